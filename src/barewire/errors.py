"""Every error that barewire raises on purpose.

    BarewireError                  exit 3 unless the leaf says otherwise
    ├── UsageError                 exit 2  the command, plan or run directory is wrong
    │   ├── PlanError                      a plan or an option: names the key and, for a file, the line
    │   ├── NetworkError                   an unknown network, or parts that do not go together
    │   └── RunError                       a run directory that cannot be read, resumed or compared
    ├── PrerequisiteError          exit 2  a program, permission or kernel feature is missing
    └── MeasurementError           exit 3  the measurement is invalid
        ├── KernelError                    the kernel refused something
        ├── ProofError                     packets did not take the path that the network's name promises
        ├── ProgramError                   a program that builds a network failed
        └── LoadError                      a load generator or a server under test failed

A message is up to four parts: what was tried, where, what the kernel (or program) said, what to do. The command line
prints the message and nothing else; any other exception is a bug, whose traceback is shown and which exits with 70.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})
"""What flock(2) and file systems without it (some NFS, FUSE and 9p) answer."""

INTERNAL = 70
"""The exit code of an error in barewire itself: EX_SOFTWARE of sysexits.h. Python's own 1 would say that a check failed."""


REMEDIES = {
    errno.ENOSPC: "Make room on that disk",
    errno.EDQUOT: "Make room: this user's share of the disk is used up",
    errno.EROFS: "Name a place that can be written to",
    errno.EMFILE: "Raise the limit of open files: ulimit -n",
    errno.ENFILE: "The whole machine has too many files open: fs.file-max",
    errno.EAGAIN: "Raise the limit of processes: ulimit -u, or pids.max of the cgroup",
    errno.EFBIG: "Raise the limit of file sizes: ulimit -f",
    errno.ENOMEM: "Free some memory, or raise the limit: ulimit -v, or memory.max of the cgroup",
}
"""What the machine lacks, whatever was being done: no error of barewire's."""


_OWN_LIMITS = (errno.ENFILE, errno.EMFILE, errno.EFBIG)
"""Limits that any system call can meet, whatever it was about, so that no other remedy helps. The first one's words
hold the second's."""


def _remedy_against(said: str, remedy: str) -> str:
    if "ulimit" in remedy:
        return remedy
    return next((REMEDIES[number] for number in _OWN_LIMITS if os.strerror(number) in said), remedy)


def remedy_for(error: Exception) -> str:
    """What to do about an error of the system that names a lack of the machine; empty for any other."""
    number = errno.ENOMEM if isinstance(error, MemoryError) else getattr(error, "errno", None)
    return REMEDIES.get(number, "") if number is not None else ""


class BarewireError(Exception):
    """The base: `what` was tried, `where`, what was `said`, and the `remedy`."""

    exit_code = 3

    def __init__(self, what: str, *, where: str = "", said: str = "", remedy: str = "") -> None:
        self.what, self.where, self.said, self.remedy = what, where, said, _remedy_against(said, remedy)
        super().__init__(str(self))

    def __str__(self) -> str:
        text = self.what
        if self.where:
            text += f" (in {self.where})"
        if self.said:
            text += f": {self.said}"
        text = text.rstrip(".") + "."
        if self.remedy:
            text += f" {self.remedy}" if self.remedy.endswith("?") else f" {self.remedy.rstrip('.')}."
        return text

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross from the lab to the study by pickle; keyword-only arguments need naming.
        return (_rebuild, (type(self), self.what, self.where, self.said, self.remedy))


def _rebuild(kind: type[BarewireError], what: str, where: str, said: str, remedy: str) -> BarewireError:
    return kind(what, where=where, said=said, remedy=remedy)


class UsageError(BarewireError):
    """The command line is wrong."""

    exit_code = 2


class PlanError(UsageError):
    """A plan is malformed or impossible."""


class NetworkError(UsageError):
    """A network is unknown, or its parts do not go together."""


class RunError(UsageError):
    """A run directory cannot be read, resumed or compared."""


class PrerequisiteError(BarewireError):
    """Something that barewire needs is not on this machine."""

    exit_code = 2


class MeasurementError(BarewireError):
    """A measurement is invalid; nothing is concluded from it."""


class KernelError(MeasurementError):
    """The kernel refused a request."""


class ProofError(MeasurementError):
    """Captured packets contradict the network's name."""


class ProgramError(MeasurementError):
    """A program that builds a network (a CNI plugin, a user's script) failed, or what it built is not usable."""


class LoadError(MeasurementError):
    """A load generator or a server under test failed."""


def folder_remedy(error: OSError, variable: str) -> str:
    """The remedy for a folder that cannot be written or locked; the environment variable `variable` names another one."""
    if error.errno in NO_ROOM:
        return f"Free space there, or name a folder on another disk in {variable}"
    if error.errno in NO_LOCKS:
        return f"That file system has no locks: name a folder on a local disk in {variable}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Run it as root, or name a folder that you may write to in {variable}"
    return f"Name a folder that can be written to in {variable}"


def report_bug(error: BaseException) -> int:
    """Print the traceback of an unexpected error with a line that asks for a bug report; return the exit code."""
    traceback.print_exception(error, file=sys.stderr)
    name = type(error).__name__
    print(
        f"barewire: internal error: {name}: {error}" if str(error) else f"barewire: internal error: {name}",
        end="",
        file=sys.stderr,
    )
    print(". This is a bug in barewire; please report it with the traceback above.", file=sys.stderr)
    return INTERNAL
