"""Claims of CPUs, so that two studies on the same CPUs notice each other: a claim is an abstract Unix socket named after the CPU.

The kernel removes such a socket when its process ends, however it ends; it needs no file, no directory and no permission, so
root's study and a user's see each other. Its peer credentials show which process holds it. Limit: abstract names belong to a
network namespace, so studies in two containers do not see each other's claims; they show up as busy CPUs.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress

_NAME = "\0barewire/cpu/{}"
CREDENTIALS = struct.Struct("3i")
"""struct ucred of unix(7): PID, UID, GID."""


@contextmanager
def claimed(cpus: Collection[int]) -> Iterator[Mapping[int, int]]:
    """Claim `cpus` for the body of the `with`; yields those that another process holds, with its PID (0 if unknown)."""
    held: list[socket.socket] = []
    taken: dict[int, int] = {}
    try:
        for cpu in sorted(set(cpus)):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            held.append(one)
            try:
                one.bind(_NAME.format(cpu))
                one.listen()
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    continue  # a nodes without Unix sockets: nothing can be claimed, and a study must not fail for it
                taken[cpu] = _holder(cpu)
        yield taken
    finally:
        for one in held:
            one.close()


def holders(cpus: Collection[int]) -> Mapping[int, int]:
    """Return which of `cpus` are claimed by a study, with its PID (0 if unknown), without claiming any."""
    return {cpu: pid for cpu in sorted(set(cpus)) if (pid := _holder(cpu, free=-1)) >= 0}


def _holder(cpu: int, free: int = 0) -> int:
    """The PID behind a claim, 0 for one of another PID namespace; `free` where nobody listens any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one, suppress(OSError):
        one.connect(_NAME.format(cpu))
        credentials = one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        return int(CREDENTIALS.unpack(credentials)[0])
    return free
