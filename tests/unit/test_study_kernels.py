"""A study over kernels, without booting one: what it is made of, what is refused, what is left behind."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from barewire.errors import RunError, UsageError
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import kernels, study_file, testbeds
from tests.support.records import run_of


def vmlinuz(folder: Path, release: str, name: str = "") -> str:
    """The head of an x86 kernel that calls itself `release`; its path as a plan takes it."""
    head = bytearray(4096)
    head[0x202:0x206] = b"HdrS"
    head[0x20E:0x210] = (0x400).to_bytes(2, "little")
    head[0x600 : 0x600 + len(release) + 7] = f"{release} (x@y)".encode()
    path = folder / (name or f"vmlinuz-{release}")
    path.write_bytes(head)
    return str(path)


def begun(out: Path, *files: str) -> kernels.KernelStudy:
    plan = load_plan(None, {"kernel": ",".join(files), "seed": 1, "budget": 10.0})
    with kernels.begun(plan, out, "barewire study", "2026-01-01T00:00:00Z", testbeds.images(plan, print)) as study:
        for turn in study.turns:
            turn.path.mkdir()
        return study


def test_each_kernel_has_a_run_with_its_release_and_equal_budget(
    tmp_path: Path,
) -> None:
    old, new = vmlinuz(tmp_path, "6.1.0-9-amd64"), vmlinuz(tmp_path, "6.12.9-amd64")
    study = begun(tmp_path / "out", old, new)
    assert [turn.name for turn in study.turns] == ["6.1.0-9-amd64", "6.12.9-amd64"]
    assert [turn.path for turn in study.turns] == [tmp_path / "out" / turn.name for turn in study.turns]
    assert [turn.plan.kernel for turn in study.turns] == [(old,), (new,)]
    assert {turn.plan.budget for turn in study.turns} == {5.0}
    document = json.loads((tmp_path / "out" / "study.json").read_text())
    jsonschema.validate(document, schemas.schema("study"))
    assert document["factor"] == "kernel"
    assert document["plan"]["kernel"] == [old, new]
    assert study_file.are_at(tmp_path / "out")


def test_it_is_gone_on_with_on_the_same_kernels(tmp_path: Path) -> None:
    files = [vmlinuz(tmp_path, "6.1.0-9-amd64"), vmlinuz(tmp_path, "6.12.9-amd64")]
    first = begun(tmp_path / "out", *files)
    again = kernels.resumed(tmp_path / "out")
    assert again.turns == first.turns
    Path(files[1]).unlink()
    with pytest.raises(UsageError, match=f"there is no kernel {files[1]}"):
        kernels.resumed(tmp_path / "out")


def test_what_fails_before_its_first_run_leaves_nothing(tmp_path: Path) -> None:
    files = [vmlinuz(tmp_path, "6.1.0"), vmlinuz(tmp_path, "6.12.0")]
    plan = load_plan(None, {"kernel": ",".join(files), "seed": 1})
    with pytest.raises(KeyboardInterrupt), kernels.begun(plan, tmp_path / "out", "", "", testbeds.images(plan, print)):
        raise KeyboardInterrupt
    assert not (tmp_path / "out").exists()


def test_two_builds_of_one_release_get_different_numbers(tmp_path: Path) -> None:
    files = vmlinuz(tmp_path, "6.1.0", "mine"), vmlinuz(tmp_path, "6.1.0", "yours")
    study = begun(tmp_path / "out", *files)
    assert [turn.name for turn in study.turns] == ["6.1.0_1", "6.1.0_2"]
    assert [turn.image.vmlinuz for turn in study.turns] == [Path(file) for file in files]
    assert kernels.resumed(tmp_path / "out").turns == study.turns


def test_a_recorded_file_is_found_when_resuming_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "build").mkdir()
    vmlinuz(tmp_path / "build", "6.1.0", "bzImage")
    vmlinuz(tmp_path / "build", "6.12.0", "new")
    monkeypatch.chdir(tmp_path / "build")
    study = begun(tmp_path / "out", "bzImage", "./new")
    monkeypatch.chdir(tmp_path)
    assert kernels.resumed(tmp_path / "out").turns == study.turns
    assert study.turns[0].plan.kernel == (str(tmp_path / "build" / "bzImage"),)


def test_a_missing_kernel_is_reported_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no kernel"):
        begun(tmp_path / "out", vmlinuz(tmp_path, "6.1.0"), str(tmp_path / "nowhere"))
    assert not (tmp_path / "out").exists()


def test_an_entry_without_its_release_is_refused(tmp_path: Path) -> None:
    begun(tmp_path / "out", vmlinuz(tmp_path, "6.1.0"), vmlinuz(tmp_path, "6.12.0"))
    file = tmp_path / "out" / "study.json"
    document = json.loads(file.read_text())
    del document["conditions"][1]["release"]
    file.write_text(json.dumps(document))
    with pytest.raises(RunError, match="'conditions' is missing or wrong"):
        kernels.resumed(tmp_path / "out")


def test_a_resumed_run_wants_the_release_that_it_was_begun_on(tmp_path: Path) -> None:
    file = vmlinuz(tmp_path, "6.1.0")
    plan = load_plan(None, {"kernel": file})
    again = testbeds.image_again(plan, run_of({"environment": {"kernel": "Linux 6.1.0 #1 SMP"}}), print)
    assert again is not None
    assert (again.release, again.vmlinuz) == ("6.1.0", Path(file))
    assert testbeds.image_again(load_plan(), run_of({"environment": {"kernel": "Linux 6.1.0"}}), print) is None
