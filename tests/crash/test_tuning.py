"""SIGKILL to a study that has changed this machine, and to its guard: what it changed is as before, at the latest after the
next barewire.

The settings are real ones of this machine that nobody feels: how many kernel messages about the network come in a burst, and
how often memory statistics are folded. They are put back by the tests too, whatever fails.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from barewire.kernel.tuning.ledger import Ledger
from tests.support.leftovers import MARK, ended, gone, marked

COMMAND = [sys.executable, "-P", "-m", "barewire"]
STUDY = [
    "study",
    "--force",
    "--networks",
    "host",
    "--blocks",
    "2",
    "--seconds",
    "0.2",
    "--warmup",
    "0.05",
    "--workloads",
    "tcp-rr",
]
BURST, FOLD = Path("/proc/sys/net/core/message_burst"), Path("/proc/sys/vm/stat_interval")
PROFILE = """
[machine.sysctls]
"net.core.message_burst" = 17
"vm.stat_interval" = 3
[lab.sysctls]
"net.ipv4.tcp_fin_timeout" = 10
"""

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.access(BURST, os.W_OK), reason="this machine's settings may be changed by root alone"
)


def values() -> tuple[str, str]:
    return BURST.read_text().strip(), FOLD.read_text().strip()


@pytest.fixture(autouse=True)
def as_before() -> Iterator[tuple[str, str]]:
    """The values of this machine, which no test may leave changed."""
    before = values()
    yield before
    after = values()
    BURST.write_text(before[0])
    FOLD.write_text(before[1])
    assert after == before


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, and the profiles beside it."""
    monkeypatch.setenv("BAREWIRE_STATE", str(tmp_path / "state"))
    (tmp_path / "loud.toml").write_text(PROFILE)
    return tmp_path / "state"


def start(mark: str, folder: Path, seed: int, tune: str) -> subprocess.Popen[str]:
    arguments = [*STUDY, "--seed", str(seed), "--out", str(folder / "run"), "--tune", tune]
    environment = {**os.environ, MARK: mark}
    return subprocess.Popen(
        [*COMMAND, *arguments], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def until_tuned(process: subprocess.Popen[str], before: tuple[str, str]) -> None:
    while values() == before:
        assert not ended(process, 0.01), process.communicate()


def until_ready(process: subprocess.Popen[str], state: Path) -> None:
    """Every change of the profile is made and noted."""
    while (record := Ledger(state).read()) is None or any(entry.after is None for entry in record.entries):
        assert not ended(process, 0.01), process.communicate()


def guard_of(mark: str) -> int:
    for pid in marked(mark):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if b"barewire.kernel.tuning.guard" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    raise AssertionError("there is no guard")


def wait_a_while(process: subprocess.Popen[str], seed: int, most: float) -> None:
    """A moment of the study that depends on the seed; no outcome depends on which is met."""
    ended(process, random.Random(seed).uniform(0, most))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_killed_study_is_undone_by_its_guard(
    seed: int, tmp_path: Path, state: Path, as_before: tuple[str, str]
) -> None:
    mark = f"tuned-{os.getpid()}-{seed}"
    process = start(mark, tmp_path, seed, f"{tmp_path}/loud.toml")
    until_tuned(process, as_before)
    wait_a_while(process, seed, 3.0)
    process.kill()
    process.communicate(timeout=60)
    assert gone(mark) == []
    assert values() == as_before, f"seed {seed}"
    assert not Ledger(state).file.exists()


@pytest.mark.parametrize("seed", [0, 1])
def test_the_next_barewire_undoes_what_a_killed_guard_left(
    seed: int, tmp_path: Path, state: Path, as_before: tuple[str, str]
) -> None:
    mark = f"both-{os.getpid()}-{seed}"
    process = start(mark, tmp_path, seed, f"{tmp_path}/loud.toml,none")
    until_tuned(process, as_before)
    wait_a_while(process, seed, 3.0)
    # The study may be between two conditions, with the settings of neither: then its guard may be the one killed last.
    victims = [process.pid, guard_of(mark)]
    random.Random(seed).shuffle(victims)
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    process.kill()
    process.communicate(timeout=60)
    assert gone(mark) == []
    done = subprocess.run([*COMMAND, "networks"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert values() == as_before, f"seed {seed}: {done.stderr}"
    assert not Ledger(state).file.exists()


def test_the_next_barewire_says_what_it_puts_back(tmp_path: Path, state: Path, as_before: tuple[str, str]) -> None:
    mark = f"said-{os.getpid()}"
    process = start(mark, tmp_path, 1, f"{tmp_path}/loud.toml")
    until_ready(process, state)
    os.kill(guard_of(mark), signal.SIGKILL)
    process.kill()
    process.communicate(timeout=60)
    assert gone(mark) == []
    assert values() == ("17", "3")
    BURST.write_text("18")
    done = subprocess.run([*COMMAND, "networks"], capture_output=True, text=True, check=False, timeout=60)
    assert "1 settings of a study that was killed are put back" in done.stderr
    assert "net.core.message_burst stays: it is 18 now" in done.stderr
    assert values() == ("18", as_before[1])
    forced = subprocess.run(
        [*COMMAND, "tune", "restore", "--force"], capture_output=True, text=True, check=False, timeout=60
    )
    assert forced.returncode == 0, forced.stderr
    assert values() == as_before


def test_interrupted_conditions_are_all_undone_and_resume(
    tmp_path: Path, state: Path, as_before: tuple[str, str]
) -> None:
    mark = f"interrupt-{os.getpid()}"
    out = tmp_path / "run"
    process = start(mark, tmp_path, 5, f"none,{tmp_path}/loud.toml")
    runs = [out / "none" / "trials.ndjson", out / "loud" / "trials.ndjson"]

    def lines() -> list[int]:
        return [run.read_text().count("\n") if run.exists() else 0 for run in runs]

    while sum(lines()) < 3 and not ended(process, 0.02):
        pass
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert gone(mark) == []
    assert values() == as_before
    assert all((run.parent / "report.html").exists() and (run.parent / "summary.json").exists() for run in runs)
    finished = subprocess.run(
        [*COMMAND, "study", "--force", "--resume", str(out)], capture_output=True, text=True, check=False, timeout=300
    )
    assert finished.returncode in (0, 3), finished.stderr  # 3: a machine too busy
    assert min(lines()) >= 2 * 2
    assert values() == as_before
    assert not Ledger(state).file.exists()
