"""SIGTERM and SIGHUP end a command as Ctrl-C does: with everything that was measured so far.

SIGHUP comes when an ssh connection is lost or a terminal window is closed. Under `nohup` it is ignored before the program
starts, and stays so. It may come twice (the kernel and the shell both send one), so the second is ignored: it must not
interrupt the summary that the first one asked for. The terminal is gone by then, and every write to it fails with EIO; its file
descriptors are pointed at /dev/null, so that the reports are still written.

Python drops an exception that is raised where nobody can catch it: in a finalizer, a callback of C code, a hook around a fork
(`logging` has some). An interrupt that came just there is delivered again a moment later.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Collection
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_STANDARD = (0, 1, 2)
_AGAIN_SECONDS = 0.01
_terminals: Collection[int] = ()
_watched = 0
"""The process in which interrupts are delivered again: a fork of it must not be interrupted by a timer of its own."""


def watch() -> None:
    """Handle both signals from now on, and deliver again an interrupt that Python drops."""
    global _terminals, _watched
    _watched = os.getpid()
    sys.unraisablehook = _see_dropped
    signal.signal(signal.SIGALRM, _interrupt_again)
    _terminals = [fd for fd in _STANDARD if os.isatty(fd)]
    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _hang_up)


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Raise what Ctrl-C raises."""
    raise KeyboardInterrupt


def leave_terminal() -> None:
    """Point the file descriptors of a terminal that has hung up at /dev/null; one that still works is left alone."""
    gone = [fd for fd in _terminals if not os.isatty(fd)]
    if gone:
        null = os.open(os.devnull, os.O_RDWR)
        for fd in gone:
            os.dup2(null, fd)
        os.close(null)


def _see_dropped(dropped: UnraisableHookArgs) -> None:
    if issubclass(dropped.exc_type, KeyboardInterrupt) and os.getpid() == _watched:
        # Raised in here it would be dropped as well.
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(dropped)


def _interrupt_again(number: int, frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)  # whose handler may be another one by now


def _hang_up(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    leave_terminal()
    raise KeyboardInterrupt
