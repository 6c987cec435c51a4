"""Network namespaces of one lab, by name.

A namespace is made by unsharing, kept by a descriptor and bound to `/run/netns/NAME` (a tmpfs of the lab's own), so
that `ip netns exec NAME ...` works inside. Entering changes the calling thread only; the lab's init has one thread,
and everything that depends on the namespace (a socket, a child process) is made while inside and stays there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from barewire.errors import KernelError
from barewire.kernel import syscalls

BOUND = Path("/run/netns")
_bound: set[str] = set()


def added() -> set[str]:
    """The names of namespaces in BOUND that this process has not bound there: programs have."""
    return {name for name in os.listdir(BOUND) if name not in _bound and os.path.ismount(BOUND / name)}


def share() -> None:
    """Let `ip netns add` in any process of the lab have effect for all: its bind mount must reach the lab's mount namespace."""
    BOUND.mkdir(parents=True, exist_ok=True)
    syscalls.mount(str(BOUND), str(BOUND), flags=syscalls.MS_BIND)
    syscalls.mount("none", str(BOUND), flags=syscalls.MS_SHARED)


class Namespaces:
    """The lab's network namespaces; `enter` is the only way in."""

    def __init__(self) -> None:
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._inside = self._home
        self._fds: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every namespace made so far, in order."""
        return tuple(self._fds)

    def fd(self, name: str) -> int:
        """The file descriptor that keeps namespace `name` alive."""
        try:
            return self._fds[name]
        except KeyError:
            raise KernelError(f"there is no namespace {name}", said=f"there are {', '.join(self._fds)}") from None

    def create(self, name: str) -> None:
        """`ip netns add NAME`."""
        try:
            syscalls.unshare(syscalls.CLONE_NEWNET)
            try:
                self._fds[name] = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
                target = BOUND / name
                BOUND.mkdir(parents=True, exist_ok=True)
                target.touch(exist_ok=False)
                _bound.add(name)
                syscalls.mount("/proc/self/ns/net", str(target), flags=syscalls.MS_BIND)
            finally:
                syscalls.setns(self._home, syscalls.CLONE_NEWNET)
        except OSError as error:
            raise KernelError("cannot make a network namespace", where=name, said=str(error)) from error

    def adopt(self, name: str, origin: str | int) -> None:
        """`ip netns attach NAME PID`, or a namespace by its path. It is not changed, neither now nor at the end."""
        path = Path(f"/proc/{origin}/ns/net") if isinstance(origin, int) else Path(origin)
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                syscalls.setns(fd, syscalls.CLONE_NEWNET)
            except OSError:
                os.close(fd)
                raise
            syscalls.setns(self._home, syscalls.CLONE_NEWNET)
        except OSError as error:
            raise KernelError(
                f"cannot adopt the network namespace of {path}", where=name, said=error.strerror or str(error),
                remedy="Is the process or the file still there, and a network namespace's?",
            ) from error  # fmt: skip
        self._fds[name] = fd

    def adopt_own(self, name: str) -> None:
        """Call the namespace that this process was started in `name`. That takes no privilege, and it stays as it is."""
        self._fds[name] = self._home

    def release(self, name: str) -> None:
        """Close an adopted namespace."""
        os.close(self._fds.pop(name))

    def close(self) -> None:
        """Let go of the namespace that this process was in. No other may be held, or entered afterwards."""
        os.close(self._home)

    def remove(self, name: str) -> None:
        """Release a namespace; the kernel removes it if nothing else uses it."""
        os.close(self._fds.pop(name))
        _bound.discard(name)
        target = BOUND / name
        if target.is_mount() or target.exists():
            with suppress(OSError):
                syscalls.unmount(str(target))
            with suppress(OSError):
                target.unlink()

    @contextmanager
    def enter(self, name: str) -> Iterator[None]:
        """`ip netns exec NAME`, for the body of the `with`, within another one's too."""
        before, wanted = self._inside, self.fd(name)
        if wanted == before:
            yield  # a process that may not enter the machine's own namespace may be in it
            return
        self._inside = wanted
        syscalls.setns(self._inside, syscalls.CLONE_NEWNET)
        try:
            yield
        finally:
            self._inside = before
            syscalls.setns(before, syscalls.CLONE_NEWNET)
