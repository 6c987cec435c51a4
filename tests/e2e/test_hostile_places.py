"""Folders that are gone, full or without locks, and limits that leave no process: one sentence each, with its own remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import TINY, barewire, barewire_inside
from tests.support.generator import always, answer, served

SUPPORT = Path(__file__).parents[1] / "support"
UNSHARE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
BOM = b"\xef\xbb\xbf"


@pytest.fixture
def lab() -> Iterator[str]:
    name = f"hostile-{os.getpid()}"
    done = barewire("lab", "up", "ptp", "--name", name, "--detach")
    assert done.code == 0, done.err
    yield name
    barewire("lab", "down", name)


@pytest.fixture(scope="module")
def without_locks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    library = tmp_path_factory.mktemp("nolock") / "nolock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SUPPORT / "nolock.c"], check=True)
    return {"LD_PRELOAD": str(library)}


def test_a_plan_and_a_tuning_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_bytes(BOM + b'blocks = 2\nnetworks = ["host", "ptp"]\nworkloads = ["tcp-rr"]\n')
    (tmp_path / "mine.toml").write_bytes(BOM + b'summary = "mine"\n')
    (tmp_path / "wrong.toml").write_bytes(BOM + b"blocks = 0\n")
    done = barewire_inside("study", str(tmp_path / "plan.toml"), "--dry-run")
    assert done.code == 0 and "2 networks in 2 blocks" in " ".join(done.out.split()), done.err
    assert barewire_inside("tune", "show", str(tmp_path / "mine.toml")).out.startswith("mine: mine")
    assert "wrong.toml, line 1" in barewire_inside("study", str(tmp_path / "wrong.toml"), "--dry-run").sentence


@pytest.mark.kernel
def test_lab_exec_works_in_a_folder_that_was_deleted(lab: str, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    script = f'cd {tmp_path}/gone && rmdir ../gone && exec "$@"'
    done = barewire("lab", "exec", f"{lab}/n1-p1", "--", "pwd", before=["sh", "-c", script, "sh"])
    assert (done.code, done.out, done.err) == (0, "/\n", "")


@pytest.mark.kernel
def test_lab_up_needs_no_temporary_folder() -> None:
    name = f"notmp-{os.getpid()}"
    mounts = "for folder in /tmp /var/tmp; do mount -t tmpfs -o ro none $folder; done; cd /proc"
    try:
        up = barewire(
            "lab", "up", "ptp", "--name", name, "--detach", before=[*UNSHARE, "sh", "-c", f'{mounts}; "$@"', "sh"]
        )
        assert up.code == 0 and "proved" in up.err and "Traceback" not in up.err, up.err
    finally:
        barewire("lab", "down", name)


@pytest.mark.kernel
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who has no other process")
@pytest.mark.parametrize(
    ("processes", "how"), [(1, []), (2, []), (1, ["--detach"]), (2, ["--detach"]), (3, ["--detach"])]
)  # a lab needs three: the command, the nodes's holder and its first process; one more to detach
def test_lab_up_with_too_few_processes_is_one_sentence(processes: int, how: list[str]) -> None:
    user = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
    if subprocess.run([*user, sys.executable, "-c", "import barewire"], capture_output=True, check=False).returncode:
        pytest.skip("an ordinary user cannot reach this Python")
    limit = [*user, "bash", "-c", f'ulimit -u {processes}; exec "$@"', "bash"]
    done = barewire("lab", "up", "ptp", "--name", f"few-{os.getpid()}", *how, before=limit)
    assert done.code == 2, done.err
    assert "ulimit -u" in done.sentence


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("study", *TINY, "--force", "--workloads", "tcp-rr", "--networks", "host,ptp", "--out", "{}/run"),
            "give an --out on a local disk",
        ),
        (("tune", "apply", "latency", "--root", "/nowhere"), "name a folder on a local disk in BAREWIRE_STATE"),
    ],
    ids=["study", "tune"],
)  # fmt: skip
@pytest.mark.kernel
def test_a_file_system_without_locks_is_named(
    arguments: tuple[str, ...],
    says: str,
    tmp_path: Path,
    without_locks: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {**without_locks, "BAREWIRE_STATE": str(tmp_path / "state")}.items():
        monkeypatch.setenv(name, value)
    done = barewire(*(word.format(tmp_path) for word in arguments))
    assert done.code == 2, done.err
    assert "No locks available" in done.sentence and says in done.sentence


@pytest.mark.kernel
def test_a_full_disk_under_tune_is_not_a_lack_of_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAREWIRE_STATE", f"{tmp_path}/state")
    full = f'mount -t tmpfs -o size=4k,nr_inodes=1 none {tmp_path} && exec "$@"'
    done = barewire("tune", "apply", "latency", "--root", "/nowhere", before=[*UNSHARE, "sh", "-c", full, "sh"])
    assert done.code == 2, done.err
    assert "No space left on device" in done.sentence
    said = done.sentence.partition("No space left on device")[2]  # behind the path, which may have any words in it
    assert "Free space there" in said and "root" not in said


def test_a_load_whose_file_has_no_room_is_printed(tmp_path: Path) -> None:
    """What was measured is not lost with the disk that was to take it."""
    with served(always(answer())) as port:
        full = f'mount -t tmpfs -o size=4k none {tmp_path} && head -c 4096 /dev/zero > {tmp_path}/full && exec "$@"'
        words = ["--target", "127.0.0.1", "--port", str(port), "--path", "/"]
        words += ["--duration", "50ms", "--connections", "2"]
        done = barewire(
            "load", *words, "--json", str(tmp_path / "load.json"), before=[*UNSHARE, "sh", "-c", full, "sh"]
        )
    assert done.code == 2 and "No space left on device. The results are on standard output" in done.sentence
    assert json.loads(done.out)["counters"]["completed"] > 0


@pytest.mark.parametrize("files", [8, 10, 12])
def test_too_few_open_files_are_no_lack_of_the_kernel(files: int) -> None:
    """Wherever the limit is met: in the lab, or in a probe of what the kernel can do."""
    limit = ("sh", "-c", f'ulimit -n {files} && exec "$@"', "sh")
    done = barewire("study", "--dry-run", "--networks", "host,ptp", before=limit)
    assert done.code in (2, 3), done.err
    assert "Too many open files" in done.sentence and "ulimit -n" in done.sentence
    assert "this kernel cannot" not in done.err
