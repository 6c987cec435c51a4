"""`nsenter` for a running lab: run a program inside, on the caller's terminal.

The calling process becomes a small one (`python -m barewire.kernel.enter`), because only a single-threaded process may enter a
mount namespace, and the command line's libraries may have started threads. That one enters the lab's namespaces and then makes a
child, because a pid namespace holds only for children. The child dies with its parent, so that a killed `lab exec` leaves nothing
in the lab.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from barewire.errors import BarewireError, PrerequisiteError, UsageError, report_bug
from barewire.kernel import syscalls
from barewire.kernel.namespaces import BOUND

_KINDS = {
    "user": syscalls.CLONE_NEWUSER,
    "mnt": syscalls.CLONE_NEWNS,
    "uts": syscalls.CLONE_NEWUTS,
    "pid": syscalls.CLONE_NEWPID,
}


def become(init: int, namespace: str, hostname: str, argv: Sequence[str]) -> NoReturn:
    """Replace this process by one that runs `argv` in the lab. Does not return."""
    module = [sys.executable, "-P", "-m", "barewire.kernel.enter"]
    os.execv(module[0], [*module, str(init), namespace, hostname, *argv])


def main() -> int:
    """Parse the arguments of `become` from the command line and run."""
    init, namespace, hostname, *argv = sys.argv[1:]
    try:
        return run_inside(int(init), namespace, hostname, argv)
    except BarewireError as error:
        print(f"barewire: {error}", file=sys.stderr)
        return error.exit_code
    except Exception as error:
        return report_bug(error)


def run_inside(init: int, namespace: str, hostname: str, argv: Sequence[str]) -> int:
    """Run `argv` in network namespace `namespace` of the lab whose first process is `init`; its exit status."""
    try:
        before = Path.cwd()
    except OSError:  # the folder was deleted; in the lab it would be no other
        before = Path("/")
    try:
        # All are opened before the first is entered: afterwards /proc is the lab's.
        for file, flag in [(_open(init, kind), flag) for kind, flag in _KINDS.items()]:
            if file is not None:
                syscalls.setns(file, flag)
                os.close(file)
        with (BOUND / namespace).open() as bound:
            syscalls.setns(bound.fileno(), syscalls.CLONE_NEWNET)
    except OSError as error:
        raise PrerequisiteError(
            f"cannot enter {namespace}", said=str(error), remedy="Is the lab still up? See barewire lab list"
        ) from error
    with contextlib.suppress(OSError):
        os.chdir(before)
    alive_read, alive_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(alive_write)
        _become(hostname, argv, alive_read)
    os.close(alive_read)
    os.write(alive_write, b"1")
    # Ctrl-C is for the program inside; this process only reports how it ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _open(init: int, kind: str) -> int | None:
    theirs, ours = Path(f"/proc/{init}/ns/{kind}"), Path(f"/proc/self/ns/{kind}")
    # Entering one's own user namespace is an error; root's labs share it with the machine.
    return None if theirs.readlink() == ours.readlink() else os.open(theirs, os.O_RDONLY | os.O_CLOEXEC)


def _become(hostname: str, argv: Sequence[str], alive: int) -> None:
    """In the child: never returns."""
    status = 126
    try:
        syscalls.die_with_parent()
        if not os.read(alive, 1):
            os._exit(1)
        # All mounts of a lab are private except /run/netns, so that `ip netns add` in here has effect outside.
        syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS)
        socket.sethostname(hostname)
        # /sys/class/net shows the namespace in which sysfs was mounted.
        with contextlib.suppress(OSError):
            syscalls.mount("sysfs", "/sys", "sysfs")
        os.execvp(argv[0], list(argv))
    except FileNotFoundError:
        os.write(2, (str(UsageError(f"there is no program {argv[0]}", where=hostname)) + "\n").encode())
        status = 127
    except OSError as error:
        os.write(2, (str(UsageError(f"cannot run {argv[0]}", where=hostname, said=str(error))) + "\n").encode())
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
