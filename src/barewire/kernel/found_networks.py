"""Network namespaces of other processes of this machine, by an address that one of them holds.

The kernel lists the local addresses of a namespace in its /proc/net; to bind a socket shows nothing where binding to others'
addresses is allowed (ip_nonlocal_bind). It takes a thread, because entering a namespace concerns the thread alone.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from barewire.kernel import syscalls
from barewire.model.objects import IPAddress

_PROC, _NAMED = Path("/proc"), Path("/run/netns")
_NET = Path("/proc/thread-self/net")


def holds(address: IPAddress) -> bool:
    """Whether the caller's namespace holds `address`."""
    try:
        if address.version == 6:
            return any(line.split()[0] == address.packed.hex() for line in (_NET / "if_inet6").read_text().splitlines())
        lines = (_NET / "fib_trie").read_text().splitlines()
    except OSError:
        return False
    leaves = (after for line, after in pairwise(lines) if line.split()[-1] == str(address) and "|--" in line)
    return any("host LOCAL" in after for after in leaves)


def find(address: IPAddress) -> int | None:
    """A descriptor of another namespace that holds `address`; None where there is none, or none that this user may enter."""
    for fd in _others():
        if _in_thread(fd, address):
            return fd
        os.close(fd)
    return None


def _others() -> Iterator[int]:
    """Every namespace but the caller's own once, by descriptor, which the receiver closes."""
    seen = {Path("/proc/self/ns/net").stat().st_ino}
    of_processes = (one / "ns" / "net" for one in _PROC.iterdir() if one.name.isdigit())
    named = _NAMED.iterdir() if _NAMED.is_dir() else iter(())
    for path in (*named, *of_processes):
        with contextlib.suppress(OSError):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            number = os.fstat(fd).st_ino
            if number in seen:
                os.close(fd)
                continue
            seen.add(number)
            yield fd


def _in_thread(fd: int, address: IPAddress) -> bool:
    found: list[bool] = []

    def look() -> None:
        with contextlib.suppress(OSError):
            syscalls.setns(fd, syscalls.CLONE_NEWNET)
            found.append(holds(address))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return any(found)
