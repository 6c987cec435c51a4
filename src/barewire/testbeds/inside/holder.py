"""The process that opens a lab: `python -m barewire.testbeds.inside.holder FD PARENT [shared]`, or a fork of who wants it.

It leaves the caller's namespaces, makes init (pid 1 of the new pid namespace) and waits. Both ask the kernel to be killed
with their parent and then look whether the parent is still there, because it may have gone before they asked. As root no
user namespace is made, so that every feature of the kernel is at hand; everybody else gets one in which they are root. With
`shared` the network stays the caller's: nothing but the processes ends with the lab.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from barewire.errors import BarewireError, PrerequisiteError
from barewire.kernel import syscalls
from barewire.testbeds.inside.init import serve

_NAMESPACES = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWUTS
SHARED = "shared"
"""The word for a lab on the caller's own network."""


def main() -> int:
    """Open the lab of this process's parent, and wait for its end."""
    return hold_for(int(sys.argv[2]), Connection(int(sys.argv[1])), shared=sys.argv[3:] == [SHARED])


def hold_for(parent: int, connection: Connection, *, shared: bool) -> int:
    """Hold a lab for as long as the process `parent` lives, which has started this one."""
    syscalls.die_with_parent()
    return hold(connection, shared=shared) if os.getppid() == parent else 1


def hold(connection: Connection, *, shared: bool = False) -> int:
    """Leave the namespaces, make init, say its pid and the privilege on `connection`; init's exit status when it has ended."""
    try:
        privilege = _leave(_NAMESPACES if shared else _NAMESPACES | syscalls.CLONE_NEWNET)
    except BarewireError as error:
        connection.send((None, error))
        return error.exit_code
    syscalls.die_with_parent()
    alive_read, alive_write = os.pipe()
    try:
        pid = os.fork()
    except OSError as error:
        refused = PrerequisiteError(
            "no process can be started for a lab",
            said=error.strerror or str(error),
            remedy="Raise the limit of processes: ulimit -u, or pids.max of the cgroup",
        )
        connection.send((None, refused))
        return refused.exit_code
    if pid == 0:
        os.close(alive_write)
        _be_init(connection, alive_read)
    os.close(alive_read)
    # An outside that is interrupted while the lab opens closes the connection, or has killed init already.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        os.write(alive_write, b"1")
        connection.send((pid, None))
        connection.send((privilege, None))
    connection.close()
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _be_init(connection: Connection, alive: int) -> None:
    """Pid 1: never returns."""
    status = 1
    try:
        syscalls.die_with_parent()
        # The holder writes after making us; end-of-file instead means that it died before we asked to die with it.
        if os.read(alive, 1):
            os.close(alive)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            status = serve(connection)
    finally:
        os._exit(status)


def _leave(namespaces: int) -> str:
    """Leave the caller's namespaces; `root` or `user namespace`."""
    if os.geteuid() == 0:
        try:
            syscalls.unshare(namespaces)
            return "root"
        except OSError as error:
            if error.errno != errno.EPERM:
                raise _refused(error) from error
    uid, gid = os.geteuid(), os.getegid()
    try:
        syscalls.unshare(syscalls.CLONE_NEWUSER | namespaces)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
        # Some distributions let everybody make a user namespace but give no capability in it.
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    except OSError as error:
        raise _refused(error) from error
    return "user namespace"


def _refused(error: OSError) -> PrerequisiteError:
    what = "this machine does not let an ordinary user make network namespaces" if os.geteuid() else (
        "this container or machine does not let root make network namespaces"
    )  # fmt: skip
    return PrerequisiteError(what, said=error.strerror or str(error), remedy=_remedy(error))


def _remedy(error: OSError) -> str:
    if os.geteuid() == 0:
        return "Run it where CAP_SYS_ADMIN is allowed (docker run --privileged, or the machine itself)"
    for key, bad, good in (
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel.unprivileged_userns_clone", "0", "1"),
        ("user.max_user_namespaces", "0", "10000"),
    ):
        path = Path("/proc/sys", *key.split("."))
        if path.exists() and path.read_text().strip() == bad:
            return f"Run it as root, or allow it: sudo sysctl -w {key}={good}"
    return "Run it as root"


if __name__ == "__main__":
    sys.exit(main())
