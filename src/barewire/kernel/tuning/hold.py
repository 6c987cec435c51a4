"""Hold a machine's settings during a study, and recover those of a study that was killed.

`Hold` takes the lock, starts the guard before anything changes, and then applies profile after profile; leaving it puts
everything back. Where nothing can be set, or the state folder is closed to us, no lock is taken and no guard is started.
"""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from barewire.errors import PrerequisiteError, UsageError, folder_remedy
from barewire.kernel.readiness import wait_readable
from barewire.kernel.tuning.ledger import Ledger
from barewire.kernel.tuning.machine import Returned, TuningOutcome, apply, restore
from barewire.kernel.tuning.setting import Found, Setting, Tree, examine

_STARTUP_SECONDS, _GUARD_SECONDS = 30.0, 10.0


class Hold:
    """The settings of this machine while the body of the `with` runs."""

    def __init__(self, tree: Tree, ledger: Ledger | None = None) -> None:
        self._tree, self._ledger = tree, ledger or Ledger()
        self._lock: int | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self.left: list[Returned] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def apply(self, settings: Sequence[Setting], profile: str) -> list[TuningOutcome]:
        """Make the machine as `settings` want it and nothing else of ours; UsageError when somebody else holds it."""
        found = [examine(setting, self._tree) for setting in settings]
        if self._lock is None and not any(not one.reason for one in found):
            return [TuningOutcome(one.setting, one.now, one.now, one.reason) for one in found]
        if self._lock is None:
            closed = self._take()
            if closed:
                return [_closed(one, closed) for one in found]
        self._watch()
        return apply(self._ledger, settings, profile, "study", os.getpid(), self._tree)

    def release(self) -> None:
        """Put everything back, end the guard, give the lock up."""
        if self._lock is None:
            return
        try:
            self.left = [returned for returned in restore(self._ledger) if returned.state == "left"]
        finally:
            if self._line is not None:
                self._line.close()
            if self._guard is not None:
                self._guard.wait()
            self._ledger.unlock(self._lock)
            self._lock = None

    def abandon(self) -> None:
        """In a forked child: hold nothing by which the guard sees that the parent lives, and change nothing."""
        if self._line is not None:
            self._line.close()
        self._drop()

    def _take(self) -> str:
        """Take the lock; why it cannot be had at all, if so."""
        try:
            self._lock = take(self._ledger)
            held = self._ledger.read()
        except OSError as error:
            remedy = folder_remedy(error, "BAREWIRE_STATE")
            return f"{self._ledger.folder} cannot keep the former values: {error.strerror} ({remedy})"
        except BaseException:
            self._drop()
            raise
        if held is not None and held.holder != "study" and held.entries:
            self._drop()
            raise UsageError(
                f"this machine's settings are those of {held.profile} since {held.since}, by barewire tune",
                remedy="Restore them first with barewire tune restore, or leave --tune out",
            )
        return ""

    def _drop(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _watch(self) -> None:
        """See that a guard lives: the first, or another one when somebody has killed it."""
        assert self._lock is not None
        if self._guard is not None and self._guard.poll() is None:
            return
        if self._line is not None:
            self._line.close()
        self._line, theirs = socket.socketpair()
        with theirs:
            numbers = [str(theirs.fileno()), str(self._lock)]
            self._guard = subprocess.Popen(
                [sys.executable, "-P", "-m", "barewire.kernel.tuning.guard", *numbers, str(self._ledger.folder.absolute())],
                pass_fds=[theirs.fileno(), self._lock], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        if not wait_readable([self._line], _STARTUP_SECONDS) or self._line.recv(64) != b"ready":
            raise PrerequisiteError(
                "the process that restores this machine's settings did not start, so nothing was changed",
                remedy="See its message above, or leave --tune out",
            )


def take(ledger: Ledger) -> int:
    """The lock; UsageError when somebody else holds the settings. A guard that is just putting things back is waited for."""
    deadline = time.monotonic() + _GUARD_SECONDS
    while (lock := ledger.lock()) is None:
        held = ledger.read()
        busy = held is not None and held.holder == "study" and _alive(held.pid)
        if busy or time.monotonic() > deadline:
            who = f"the study with process {held.pid}" if held is not None and busy else "another barewire"
            raise UsageError(
                f"{who} holds this machine's settings", remedy="Wait until it has ended, or leave --tune out"
            )
        time.sleep(0.02)
    return lock


def recover(ledger: Ledger | None = None) -> str:
    """Put back what a study and its guard, both killed, have left; one sentence about it, empty when there was nothing."""
    ledger = ledger or Ledger()
    if not ledger.exists():
        return ""
    try:
        lock = ledger.lock()
    except OSError as error:
        killed = "this machine's settings may still be those of a study that was killed"
        if error.errno in (errno.EACCES, errno.EPERM):
            return f"{killed}; as root, barewire puts them back"
        return (
            f"{killed}, and {ledger.folder} cannot be used: {error.strerror}. {folder_remedy(error, 'BAREWIRE_STATE')}"
        )
    if lock is None:
        return ""
    try:
        held = ledger.read()
        if held is not None and held.holder != "study":
            return ""
        done = restore(ledger)
    finally:
        ledger.unlock(lock)
    left = [returned for returned in done if returned.state == "left"]
    words = [f"{sum(one.state == 'put back' for one in done)} settings of a study that was killed are put back"]
    words += [f"{one.entry.name} stays: {one.detail} (barewire tune restore --force)" for one in left]
    return "; ".join(words) if done else ""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _closed(one: Found, reason: str) -> TuningOutcome:
    return TuningOutcome(one.setting, one.now, one.now, one.reason or reason)
