"""SIGKILL and SIGSTOP to QEMU, and SIGKILL to its study, at random moments: one trial is lost and nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import barewire
from tests.support.leftovers import MARK, Census, ended, gone, marked
from tests.support.vm import image

SEED = random.SystemRandom().randrange(1 << 32)
STUDY = ("--clock", "counted", "--networks", "host", "--workloads", "tcp-rr", "--blocks", "6", "--seed", "1")


@pytest.fixture
def chance() -> random.Random:
    print(f"moments drawn from seed {SEED}")
    return random.Random(SEED)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where programs put what is not to stay; the test fails if anything does."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


IMPATIENT = (
    "import sys; from barewire.cli import main; from barewire.testbeds.vm import patience\n"
    "patience.STILL_SECONDS = 15.0\n"
    "sys.exit(main())"
)
"""barewire that takes a VM for hung after a quarter of its minute without CPU time."""


def start(mark: str, out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", IMPATIENT, "study", "--kernel", image("6.12").release, *STUDY, "--out", str(out)],
        env={**os.environ, MARK: mark}, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def qemu_of(mark: str) -> int | None:
    for pid in marked(mark):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/exe").readlink().name.startswith("qemu-system"):
                return pid
    return None


def new_qemu(process: subprocess.Popen[str], mark: str, after: int | None = None) -> int:
    """The study's VM, as soon as there is one other than `after`."""
    while True:
        found = qemu_of(mark)
        if found is not None and found != after:
            return found
        assert not ended(process, 0.05), process.communicate()


def trials(run: Path) -> list[dict[str, Any]]:
    path = run / "trials.ndjson"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def until_trials(process: subprocess.Popen[str], run: Path, count: int) -> None:
    while len(trials(run)) < count:
        assert not ended(process, 0.1), process.communicate()


def killed(pid: int) -> None:
    """Kill a process and wait for its end."""
    descriptor = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGKILL)
        select.select([descriptor], [], [], 30)
    finally:
        os.close(descriptor)


def test_a_study_killed_while_its_vm_boots_leaves_nothing(
    tmp_path: Path, temporary: Path, chance: random.Random
) -> None:
    before, mark = Census.take(), f"boot-{os.getpid()}"
    process = start(mark, tmp_path / "run")
    new_qemu(process, mark)
    assert not ended(process, chance.uniform(0, 5)), process.communicate()
    process.kill()
    process.communicate()
    assert gone(mark) == []
    assert Census.take() == before
    assert not (tmp_path / "run" / "trials.ndjson").exists()


def halted(pid: int) -> None:
    """Stop a VM again and again, until the study has ended it: every request of the study lets it go on."""
    descriptor = os.pidfd_open(pid)
    try:
        while not select.select([descriptor], [], [], 0.05)[0]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
    finally:
        os.close(descriptor)


def test_a_killed_and_a_hung_vm_cost_a_trial_each_study_goes_on(
    tmp_path: Path, temporary: Path, chance: random.Random
) -> None:
    """And a study that is killed in the end keeps its run. One study for all of it: each VM more is a boot."""
    before, mark, run = Census.take(), f"vm-{os.getpid()}", tmp_path / "run"
    process = start(mark, run)
    first = new_qemu(process, mark)
    until_trials(process, run, 1)
    assert not ended(process, chance.uniform(0, 1)), process.communicate()
    killed(first)
    seen = len(trials(run))
    # A new VM goes on: beside the trial that was lost, perhaps one that ended in time.
    second = new_qemu(process, mark, first)
    until_trials(process, run, seen + 2)
    assert [trial["valid"] for trial in trials(run)].count(False) == 1 and trials(run)[-1]["valid"]
    # Nobody waits in vain for longer than `patience` says, and then there is another VM.
    halted(second)
    new_qemu(process, mark, second)
    lost = [trial["rejected"][0] for trial in trials(run) if not trial["valid"]]
    assert len(lost) == 2 and lost[0]["rule"]
    assert "stopped answering" in lost[1]["detail"] and "no CPU time" in lost[1]["detail"]
    ended(process, chance.uniform(0, 1))
    process.kill()
    process.communicate()
    assert gone(mark) == []
    assert Census.take() == before
    count = len(trials(run))  # every line is whole
    done = barewire("report", str(run))
    assert done.code == 0, done.err
    assert len(trials(run)) == count
