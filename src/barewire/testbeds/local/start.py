"""Start the holder of a lab: by a fork where this process has one thread, else by executing the program anew.

A fork takes a millisecond, a new program the start of Python and all imports a second time: a fifth of a second, which was a
third of what a lab of 100 nodes took. With threads a fork is unsafe: a lock that another thread holds is never released in the
child. What a forked holder has of this process it lets go of, or never looks at: descriptors, signal handlers, objects.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Collection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from barewire.errors import INTERNAL
from barewire.testbeds.inside import holder

_INTERRUPTS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class HolderProcess(Protocol):
    """The started process, as `subprocess.Popen` has it."""

    def poll(self) -> int | None: ...
    def wait(self) -> int: ...
    def kill(self) -> None: ...


def start_holder(line: socket.socket, handed_on: Collection[int], *, shared: bool) -> HolderProcess:
    """Start the holder with its end of the `line` and the descriptors `handed_on`; of those of this process it has no others.
    OSError if no process can be started."""
    if _has_one_thread():
        return _Forked(line, handed_on, shared=shared)
    words = [str(line.fileno()), str(os.getpid()), *([holder.SHARED] if shared else [])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", holder.__name__, *words],
        pass_fds=[line.fileno(), *handed_on], stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _has_one_thread() -> bool:
    """Whether this process has no thread but this one, of Python or of a library."""
    return len(os.listdir("/proc/self/task")) == 1


class _Forked:
    """A holder that is a copy of this process."""

    def __init__(self, line: socket.socket, handed_on: Collection[int], *, shared: bool) -> None:
        self._status: int | None = None
        parent = os.getpid()
        # Before the fork: what a finalizer closes in the child may be another file there.
        gc.freeze()
        # Libraries have hooks around a fork, and Python drops what is raised in one: an interrupt would be lost, and with it
        # the hook's second half (that of `logging` holds a lock).
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
        try:
            self._pid = os.fork()
            if self._pid == 0:
                _become_holder(line, handed_on, parent, before, shared=shared)
        finally:
            gc.unfreeze()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._ended(os.WNOHANG)

    def wait(self) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        status = self._ended(0)
        assert status is not None
        return status

    def kill(self) -> None:
        """SIGKILL."""
        if self.poll() is None:
            os.kill(self._pid, signal.SIGKILL)

    def _ended(self, options: int) -> int | None:
        if self._status is None:
            try:
                pid, status = os.waitpid(self._pid, options)
            except ChildProcessError:  # somebody else has waited for it
                pid, status = self._pid, 0
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status


def _become_holder(
    line: socket.socket, handed_on: Collection[int], parent: int, mask: Collection[int], *, shared: bool
) -> None:
    """In the child: never returns, so that nothing of the parent's is finalized here. `mask`: the signals that stay blocked."""
    code = INTERNAL
    try:
        os.setsid()
        _reset_signals()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        connection = Connection(line.detach())
        _close_others({0, 1, 2, connection.fileno(), *handed_on})
        with Path(os.devnull).open() as nothing:
            os.dup2(nothing.fileno(), 0)
        code = holder.hold_for(parent, connection, shared=shared)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def _reset_signals() -> None:
    """What is ignored stays so, what has a handler gets the kernel's default."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


def _close_others(kept: Collection[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:  # that of the listing itself
                continue
