"""A terminal that goes away (a lost ssh connection, a closed window) ends a command as Ctrl-C does, with its results."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from barewire.records import plain
from barewire.results import current, reading
from tests.crash.test_kill import COMMAND, SHORT
from tests.support.leftovers import MARK, Census, gone

_LIMIT_SECONDS = 120


def hang_up(mark: str, arguments: list[str], ready: Callable[[str], bool]) -> int:
    """Run barewire on a terminal of its own, close that once `ready` is true of what was printed; the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**os.environ, MARK: mark, "TERM": "xterm"}, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    printed = ""
    while not ready(printed):
        readable, _, _ = select.select([ours], [], [], 0.05)
        try:
            printed += os.read(ours, 65536).decode(errors="replace") if readable else ""
        except OSError:
            break  # it has ended before its time
    assert process.poll() is None, printed
    os.close(ours)
    return process.wait(_LIMIT_SECONDS)


@pytest.mark.kernel
def test_a_study_that_loses_its_terminal_writes_its_report(tmp_path: Path) -> None:
    before = Census.take()
    run, mark = tmp_path / "run", f"hangup-{os.getpid()}"
    trials = run / "trials.ndjson"
    status = hang_up(
        mark, [*SHORT, "tcp-rr,http-max", "--seed", "7", "--out", str(run)],
        lambda _: trials.exists() and trials.read_text().count("\n") >= 2,
    )  # fmt: skip
    assert status == 130
    found = reading.read(run)
    assert len(found.trials) >= 2
    assert json.loads(found.summary_text)["trials"] == plain(current.fingerprint(found.lines))
    assert (run / "report.html").exists()
    assert gone(mark) == []
    assert Census.take() == before


@pytest.mark.kernel
def test_a_lab_whose_terminal_is_lost_is_taken_down() -> None:
    before = Census.take()
    mark = f"hangup-lab-{os.getpid()}"
    status = hang_up(mark, ["lab", "up", "ptp", "--name", mark], lambda printed: "end: Ctrl-C" in printed)
    assert status == 130
    assert gone(mark) == []
    assert Census.take() == before


@pytest.mark.kernel
def test_nohup_keeps_a_lab_up() -> None:
    mark = f"nohup-{os.getpid()}"
    process = subprocess.Popen(
        ["nohup", *COMMAND, "lab", "up", "ptp", "--name", mark], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={**os.environ, MARK: mark},
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("end:"):
            break
    process.send_signal(signal.SIGHUP)
    done = subprocess.run([*COMMAND, "lab", "down", mark], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert gone(mark) == []
