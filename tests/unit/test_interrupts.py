"""Ctrl-C ends a command wherever it comes, also where Python drops what is raised."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGINNING = """
import gc, os, signal, time, weakref
from barewire.cli import ends

def interrupt():
    os.kill(os.getpid(), {signal})
    for _ in range(100):  # Python handles a signal between two steps of the program
        pass

class Finalized:
    def __del__(self):
        interrupt()

ends.watch()
try:
    {where}
    time.sleep(30)
    print("lost")
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("signal", ["signal.SIGINT", "signal.SIGTERM", "signal.SIGHUP"])
@pytest.mark.parametrize(
    "where",
    [
        "Finalized()",
        "os.register_at_fork(after_in_parent=interrupt); os.fork() or os._exit(0)",
        "weakref.finalize(Finalized, interrupt); del Finalized; gc.collect()",
    ],
    ids=["finalizer", "fork hook", "weak reference"],
)
def test_an_interrupt_that_python_drops_comes_again(signal: str, where: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", BEGINNING.format(signal=signal, where=where)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_other_dropped_exceptions_are_still_printed() -> None:
    script = BEGINNING.replace("interrupt()\n\nends", "1 / 0\n\nends").format(signal=2, where="Finalized()")
    done = subprocess.run(
        [sys.executable, "-P", "-c", script.replace("time.sleep(30)", "pass")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout == "lost\n" and "ZeroDivisionError" in done.stderr


HOLDER = """
import os, signal, socket, threading
from barewire.testbeds.local.start import start_holder

def pause():  # the second half of a library's hook
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(100):
        pass
    print("whole")

os.register_at_fork(after_in_parent=pause)
ours, theirs = socket.socketpair()
try:
    with ours, theirs:
        start_holder(theirs, [], shared=True)
    print("lost")
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_waits_for_the_fork_of_a_holder() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", HOLDER], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("whole\ninterrupted\n", "")
