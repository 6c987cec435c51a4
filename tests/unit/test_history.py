"""Many runs: a step is reported between its two runs with its size, a changed machine splits, a bad directory hides nothing."""

from __future__ import annotations

import contextlib
import ctypes
import json
import shutil
from collections.abc import Iterator, Mapping
from math import exp
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from barewire import schemas
from barewire.errors import RunError, UsageError
from barewire.records import plain as as_json
from barewire.render.history.formats.json import document
from barewire.render.history.formats.text import plain
from barewire.results.history.series import history
from barewire.results.history.steps import Point, steps
from barewire.workloads.definition.metric import LATENCY, REQUEST_RATE
from tests.support import synthetic

STEP, RUNS = 7, 12


def write_run(path: Path, ratios: Mapping[str, float], **options: Any) -> Path:
    """A run of one workload at a rate: a history takes each workload alone."""
    return synthetic.write_run(path, ratios, workloads=("http",), **options)


def points(logs: list[float]) -> list[Point]:
    return [Point(i, exp(x), None, None) for i, x in enumerate(logs)]


def redated(run: Path, day: int, **environment: Any) -> None:
    record = json.loads((run / "run.json").read_text())
    record["created"] = f"2026-01-{day:02d}T00:00:00Z"
    record["environment"] |= environment
    (run / "run.json").write_text(json.dumps(record))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 runs; with the eighth, flannel/vxlan loses another 20 %."""
    base = tmp_path_factory.mktemp("history")
    for i in range(RUNS):
        ratios = {"flannel/vxlan": 1.5 * (1.2 if i >= STEP else 1.0), "ptp": 1.2}
        # Names do not sort as times do.
        run = base / f"run-{(i * 5) % RUNS:02d}"
        write_run(run, ratios, blocks=3, seed=100 + i, requests=1000, effect=0.03, rejected=False)
        redated(run, i + 1)
    return base


def test_a_step_is_between_two_runs_and_has_an_interval(folder: Path) -> None:
    found = history(folder)
    assert [one.run.created[8:10] for one in found.runs] == [f"{i + 1:02d}" for i in range(RUNS)]
    one = next(s for s in found.series if (s.question.network, s.question.quantile) == ("flannel/vxlan", 0.5))
    (step,) = one.steps
    assert (step.before, step.after, step.verdict) == (STEP - 1, STEP, "worse")
    assert step.size.low and step.size.high
    assert 1 < step.size.low < step.size.ratio < step.size.high
    assert step.size.ratio == pytest.approx(1.2, rel=0.07)  # four standard errors
    assert not any(s.steps for s in found.series if s.question.network == "ptp")
    assert found.worse
    text = plain(found)
    assert f"somewhere between {found.runs[STEP - 1].path} and {found.runs[STEP].path}." in text


def test_what_is_printed_is_valid(folder: Path) -> None:
    printed = json.loads(json.dumps(as_json(document(history(folder, full=True))), allow_nan=False))
    jsonschema.Draft202012Validator(schemas.schema("history")).validate(printed)
    assert len(printed["series"]) > len(document(history(folder)).series)


def test_the_table_fits_80_columns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for full in (False, True):
        found = history(folder, full=full)
        lines = [line for line in plain(found, full=full).splitlines() if "somewhere between" not in line]
        assert max(map(len, lines)) <= 80
        # What changed comes first, and alone unless everything is wanted.
        assert any(line.startswith("flannel/vxlan") for line in lines)
        assert any(line.startswith("ptp") for line in lines) == full


@pytest.mark.parametrize("taking_turns", [False, True])
def test_a_changed_machine_is_a_group_of_its_own_and_not_a_step(tmp_path: Path, taking_turns: bool) -> None:
    for i in range(8):
        new = i % 2 == 1 if taking_turns else i >= 4
        run = write_run(
            tmp_path / f"{i}", {"ptp": 1.8 if new else 1.2}, blocks=3, seed=i, requests=800, unavailable=None
        )
        redated(run, i + 1, kernel="Linux 7.0" if new else "Linux 6.12")
    found = history(tmp_path)
    assert [group.runs for group in found.groups] == (
        [(0, 2, 4, 6), (1, 3, 5, 7)] if taking_turns else [(0, 1, 2, 3), (4, 5, 6, 7)]
    )
    assert not any(one.steps for one in found.series)
    assert "kernel was Linux 6.12, is Linux 7.0" in " ".join(plain(found).split())
    printed = json.loads(json.dumps(as_json(document(found)), allow_nan=False))
    jsonschema.Draft202012Validator(schemas.schema("history")).validate(printed)


def test_damaged_and_empty_runs_are_left_out_and_named(folder: Path, tmp_path: Path) -> None:
    for number, name in enumerate(("good", "damaged", "empty", "unfinished")):
        write_run(tmp_path / name, {"ptp": 1.2}, blocks=2, seed=number, requests=500)
    (tmp_path / "damaged" / "run.json").write_text("{")
    (tmp_path / "empty" / "trials.ndjson").write_text("")
    (tmp_path / "empty" / "summary.json").unlink()
    (tmp_path / "unfinished" / "summary.json").unlink()
    found = history(tmp_path)
    assert [one.path.name for one in found.runs] == ["good", "unfinished"]
    assert any("damaged" in note and "run.json" in note for note in found.notes)
    assert any("empty: it has no result" in note for note in found.notes)
    assert any("unfinished: There is no summary.json" in note for note in found.notes)
    assert history(folder, since="2026-01-10").runs[0].run.created == "2026-01-10T00:00:00Z"


@pytest.mark.parametrize(
    "since", ["31.1.2026", "yesterday", "2026-1-3", "2026-13", "2026-01-31 15:00", "2026-01-31T15Z", "20"]
)
def test_what_is_no_time_is_refused_and_leaves_out_no_run(folder: Path, since: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        history(folder, since=since)


@pytest.mark.parametrize(
    "since", ["2026", "2026-01", "2026-01-01", "2026-01-01T00", "2026-01-01T00:00", "2026-01-01T00:00:00Z"]
)
def test_the_beginning_of_a_time_is_one(folder: Path, since: str) -> None:
    assert len(history(folder, since=since).runs) == RUNS


def test_a_time_after_every_run_is_named_as_the_reason(folder: Path) -> None:
    with pytest.raises(RunError, match="begun at 2027 or later"):
        history(folder, since="2027")


def test_own_rates_that_are_apart_make_no_series(tmp_path: Path) -> None:
    """A network's own maximum was found half as large again in one run: its latency there is of another rate."""
    for number in range(3):
        run = write_run(
            tmp_path / str(number), {"ptp": 1.2}, blocks=2, seed=number, requests=400, rejected=False, summary=False
        )
        lines = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
        for one in (load for trial in lines for load in trial["loads"] if trial["network"] == "ptp" and number == 1):
            if one["load"] == "own-50%":
                one["offered_per_s"] *= 1.5
                one["achieved_per_s"] *= 1.5
        (run / "trials.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def points(unlike: str) -> set[int]:
        found = history(tmp_path, full=True, unlike=unlike)
        own = [one for one in found.series if one.question.load.load == "own-50%"]
        assert own and any("of ptp at a share of its own maximum rate" in note for note in found.notes) == (not unlike)
        return {len(one.points) for one in own}

    assert points("") == {2}
    assert points("rates") == {3}


def test_a_copy_of_a_run_is_not_another_run(tmp_path: Path) -> None:
    for number in (1, 2):
        write_run(tmp_path / f"run-{number}", {"ptp": 1.2}, blocks=2, seed=number, requests=500)
    shutil.copytree(tmp_path / "run-1", tmp_path / "backup" / "run-1")
    # One that was copied before the study had reached its end: the longer one stands for both.
    early = Path(shutil.copytree(tmp_path / "run-2", tmp_path / "early"))
    lines = (early / "trials.ndjson").read_text().splitlines(keepends=True)
    (early / "trials.ndjson").write_text("".join(lines[:6]))
    found = history(tmp_path)
    assert [one.path.name for one in found.runs] == ["run-1", "run-2"]
    copies = [note for note in found.notes if "copy" in note]
    assert len(copies) == 2
    assert any(f"Left out {tmp_path / 'early'}: it is a copy of {tmp_path / 'run-2'}" in note for note in copies)


def test_a_copy_that_was_written_anew_is_the_same_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", {"ptp": 1.2}, blocks=2, seed=1, requests=500)
    lines = (run / "trials.ndjson").read_text().splitlines()
    written = {
        "windows": "".join(line + "\r\n" for line in lines),
        "reversed": "".join(line + "\n" for line in reversed(lines)),
        "pretty": "".join(json.dumps(json.loads(line), sort_keys=True) + "\n" for line in lines),
    }
    for name, text in written.items():
        copy = Path(shutil.copytree(run, tmp_path / name))
        (copy / "trials.ndjson").write_bytes(text.encode())
    found = history(tmp_path)
    assert len(found.runs) == 1
    assert sum("it is a copy of" in note for note in found.notes) == 3


def test_a_link_to_a_run_is_the_run_and_others_are_named(tmp_path: Path) -> None:
    kept = write_run(tmp_path / "kept" / "run", {"ptp": 1.2}, blocks=2, seed=1, requests=500)
    folder = tmp_path / "runs"
    write_run(folder / "own", {"ptp": 1.2}, blocks=2, seed=2, requests=500)
    (folder / "link").symlink_to(kept)
    (folder / "above").symlink_to(tmp_path)
    found = history(folder)
    assert sorted(one.path.name for one in found.runs) == ["link", "own"]
    assert any(f"Left out {folder / 'above'}: it is a link to a directory" in note for note in found.notes)


def test_a_folder_that_may_not_be_entered_is_named(tmp_path: Path) -> None:
    for number, name in enumerate(("open", "closed", "listed")):
        write_run(tmp_path / name, {"ptp": 1.2}, blocks=2, seed=number, requests=500)
    (tmp_path / "closed").chmod(0)
    (tmp_path / "listed").chmod(0o444)
    try:
        with permissions_matter():
            found = history(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o755)
        (tmp_path / "listed").chmod(0o755)
    assert [one.path.name for one in found.runs] == ["open"]
    assert any(f"{tmp_path / 'closed'}: it cannot be entered (Permission denied)" in note for note in found.notes)
    assert any(str(tmp_path / "listed") in note and "Permission denied" in note for note in found.notes)


@contextlib.contextmanager
def permissions_matter() -> Iterator[None]:
    """Without root's CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capset(2), version 3), for this thread."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, data) == 0
    before = data[0]
    data[0] &= ~0b110
    assert libc.capset(header, data) == 0
    try:
        yield
    finally:
        data[0] = before
        assert libc.capset(header, data) == 0


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run below"):
        history(tmp_path)


def test_a_step_within_the_noise_floor_is_taken_back() -> None:
    rng = np.random.default_rng(1)
    logs = [*rng.normal(0, 0.005, 10), *rng.normal(0.03, 0.005, 10), *rng.normal(0.23, 0.005, 10)]
    both = steps(points(logs), 1.01, LATENCY, 0.01)
    assert [step.after for step in both] == [10, 20]
    (one,) = steps(points(logs), 1.05, LATENCY, 0.01)
    assert one.after == 20
    # Its size is against everything before it, now that the small step does not count.
    assert one.size.ratio == pytest.approx(exp(np.mean(logs[20:]) - np.mean(logs[:20])))


def test_of_a_rate_less_is_worse() -> None:
    rng = np.random.default_rng(2)
    logs = [*rng.normal(0, 0.01, 8), *rng.normal(-0.2, 0.01, 8)]
    assert [step.verdict for step in steps(points(logs), None, REQUEST_RATE, 0.01)] == ["worse"]
    assert [step.verdict for step in steps(points(logs), None, LATENCY, 0.01)] == ["better"]


def test_of_200_series_without_a_change_hardly_any_has_a_step() -> None:
    rng = np.random.default_rng(3)
    found = sum(bool(steps(points(list(rng.normal(0.4, 0.03, 20))), None, LATENCY, 0.01)) for _ in range(200))
    assert found <= 6  # two are expected
