"""Netlink in one namespace: a socket for the requests that `rtnetlink` encodes, and pyroute2's for all others, opened when
needed.

Requests that do not need each other's answers are sent together; the kernel's answer to one that it refuses has its number, so
the error names the object. The kernel's extended error text (`ext_ack`) goes into it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from barewire.errors import KernelError
from barewire.kernel import pyroute, rtnetlink

_SIOCGIFHWADDR, _SIOCGIFINDEX, _IFREQ = 0x8927, 0x8933, struct.Struct("16si20x")
"""linux/sockios.h, and struct ifreq with an index (linux/if.h)."""


class Channel:
    """rtnetlink in one namespace, which `enter` enters; without it in the caller's."""

    def __init__(self, namespace: str, enter: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self.namespace, self._enter = namespace, enter
        with enter():
            self.socket = rtnetlink.open_socket()
        self._pyroute: Any = None

    def close(self) -> None:
        """Close the sockets."""
        self.socket.close()
        if self._pyroute:
            self._pyroute.close()

    @property
    def _route(self) -> Any:
        if self._pyroute is None:
            with self._enter():
                # Without groups=0 the socket would subscribe to every notification and overflow in large labs.
                self._pyroute = pyroute.IPRoute(groups=0, ext_ack=True, strict_check=True)
        return self._pyroute

    def index(self, name: str) -> int:
        """The interface index of link `name`; KernelError when there is none.

        Asked of the kernel each time (SIOCGIFINDEX): decoding a list of links in Python takes a millisecond a link."""
        try:
            answer = fcntl.ioctl(self.socket.fileno(), _SIOCGIFINDEX, _IFREQ.pack(name.encode(), 0))
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise
            raise KernelError(f"there is no link {name}", where=self.namespace) from None
        return int(_IFREQ.unpack(answer)[1])

    def has_mac(self, name: str) -> bool:
        """Whether link `name` has a MAC other than zeros; KernelError when there is no such link."""
        self.index(name)
        answer = fcntl.ioctl(self.socket.fileno(), _SIOCGIFHWADDR, _IFREQ.pack(name.encode(), 0))
        return any(answer[18:24])

    def send(
        self, request: rtnetlink.RouteRequest, tried: Callable[[], str], *, tolerate: tuple[int, ...] = ()
    ) -> None:
        """Send one request; an errno in `tolerate` counts as done, another is a KernelError that says what was `tried`."""
        self.send_all([(request, tried, tolerate)])

    def send_all(self, batch: Sequence[tuple[rtnetlink.RouteRequest, Callable[[], str], tuple[int, ...]]]) -> None:
        """Send requests together: each with what is `tried` and the errnos that count as done. All are sent, also after one that
        the kernel refuses; KernelError for the first of those."""
        for number, error in rtnetlink.send_all(self.socket, [request for request, _, _ in batch]):
            _, tried, tolerate = batch[number]
            if error.code not in tolerate:
                said = _words(error.code, error.said)
                raise KernelError(f"cannot do `{tried()}`", where=self.namespace, said=said)

    def call(self, function: str, verb: str, tried: str, *, tolerate: tuple[int, ...] = (), **arguments: Any) -> None:
        """Send one request (`link`, `addr`, `route`, `neigh`, `fdb`); an errno in `tolerate` counts as done."""
        try:
            getattr(self._route, function)(verb, **arguments)
        except pyroute.NetlinkError as error:
            if error.code in tolerate:
                return
            raise KernelError(f"cannot do `{tried}`", where=self.namespace, said=kernel_words(error)) from error

    def namespace_number(self, fd: int) -> int:
        """The number that stands for the namespace behind `fd` in this one; negative if it has none."""
        try:
            return int(self._route.get_netnsid(fd=fd)["nsid"])
        except pyroute.NetlinkError as error:
            raise KernelError(
                "cannot ask for a namespace's number", where=self.namespace, said=kernel_words(error)
            ) from error

    def dump(self, function: str, **arguments: Any) -> list[Any]:
        """All objects of a kind, as pyroute2 messages."""
        try:
            return list(getattr(self._route, function)(**arguments))
        except pyroute.NetlinkError as error:
            raise KernelError(f"cannot read {function}", where=self.namespace, said=kernel_words(error)) from error


def kernel_words(error: Any) -> str:
    """The errno's name and the kernel's extended error text."""
    return _words(error.code, str(error.args[1]) if len(error.args) > 1 else "")


def _words(code: int, said: str) -> str:
    standard = os.strerror(code)
    return standard if said in ("", standard) else f"{standard}: {said}"
