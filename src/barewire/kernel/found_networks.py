"""Network namespaces of other processes of this machine: by an address that one of them holds, a name, a file or a process.

The kernel lists the local addresses of a namespace in its /proc/net; to bind a socket shows nothing where binding to others'
addresses is allowed (ip_nonlocal_bind). It takes a thread, because entering a namespace concerns the thread alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from barewire.errors import PrerequisiteError
from barewire.kernel import syscalls
from barewire.model.objects import IPAddress

_PROC, _NAMED = Path("/proc"), Path("/run/netns")
_NET = Path("/proc/thread-self/net")
_OWN = Path("/proc/self/ns/net")

_AS_ROOT = "Run barewire as root, which may enter the namespaces of other processes"
_REMEDIES = {errno.EPERM: _AS_ROOT, errno.EACCES: _AS_ROOT}
_NAMES = (
    "Give an address that the namespace holds, its name in ip netns list, the id of a process in it, "
    "or a file like /proc/PID/ns/net"
)
_RUNNING = "Give an address of a pod or container that runs on this machine"

T = TypeVar("T")


def own_number() -> int:
    """The inode number of the caller's namespace, by which namespaces differ."""
    return _OWN.stat().st_ino


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
        with contextlib.suppress(OSError):
            if _run_in(fd, lambda: holds(address)):
                return fd
        os.close(fd)
    return None


def open_named(text: str) -> int:
    """A descriptor of the network namespace that `text` names: an address that it holds, a name of `ip netns`, the id of a
    process in it, or a file, which has a slash. PrerequisiteError where there is none, or none that this user may enter."""
    with contextlib.suppress(ValueError):
        return _holding(ip_address(text))
    path = Path(text) if "/" in text else _NAMED / text
    if text.isdecimal() and not path.exists():
        path = _PROC / text / "ns/net"
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO would wait for a writer
        try:
            _run_in(fd, lambda: None)
        except OSError:
            os.close(fd)
            raise
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        said = "it is no network namespace" if number == errno.EINVAL else getattr(error, "strerror", "") or str(error)
        raise PrerequisiteError(
            f"cannot enter the network namespace {text}", where=str(path), said=said,
            remedy=_REMEDIES.get(number or 0, _NAMES),
        ) from error  # fmt: skip
    return fd


def _holding(address: IPAddress) -> int:
    fd = os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC) if holds(address) else find(address)
    if fd is None:
        raise PrerequisiteError(
            f"no network namespace of this machine holds {address}",
            remedy=_RUNNING if os.geteuid() == 0 else _AS_ROOT,
        )
    return fd


def _others() -> Iterator[int]:
    """Every namespace but the caller's own once, by descriptor, which the receiver closes."""
    seen = {own_number()}
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


def _run_in(fd: int, action: Callable[[], T]) -> T:
    """What `action` returns in the namespace behind `fd`; OSError where the kernel lets nobody in."""
    found: list[T] = []
    failed: list[OSError] = []

    def enter() -> None:
        try:
            syscalls.setns(fd, syscalls.CLONE_NEWNET)
            found.append(action())
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]
