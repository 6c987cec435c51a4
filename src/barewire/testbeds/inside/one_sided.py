"""One end of a marked exchange whose other end is on another machine.

    there:  listen            here:  call              the kernel there completes the handshakes
    there:  collect           here:  hear              tokens are answered turned around, then both look at what was captured

Each step returns at once or within a timeout, so neither end needs a second thread. Frames of all namespaces of the lab are
captured where the kernel lets this user (CAP_NET_RAW in the network's user namespace); elsewhere nothing is, and that is said.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from barewire.errors import LoadError
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.taps import Frame, Taps, tapped
from barewire.model.objects import IPAddress
from barewire.testbeds.inside.exchange import (
    DONT_FRAGMENT,
    expect,
    socket_name,
)

_SECONDS = 5.0
_REFUSED = frozenset({errno.EPERM, errno.EACCES})
LONGEST_TOKEN = 128
_MTU_OF_WAY = {
    socket.AF_INET: (socket.IPPROTO_IP, 14),  # IP_MTU
    socket.AF_INET6: (socket.IPPROTO_IPV6, 24),  # IPV6_MTU
}
_HEADERS = {socket.AF_INET: 28, socket.AF_INET6: 48}
"""Bytes of the IP and UDP headers."""


@dataclass(frozen=True, slots=True)
class MarkedListener:
    """Where marked connections and datagrams are awaited: as many as `flows`, whose tokens have `token_bytes` each."""

    namespace: str
    address: IPAddress
    port: int
    flows: int
    token_bytes: int


@dataclass(frozen=True, slots=True)
class MarkedCalls:
    """Connections to make from `namespace`, one for each token, and a datagram that begins with `mark`: of
    `full_bytes`, or as large as the way takes by what the kernel knows of it."""

    namespace: str
    address: IPAddress
    port: int
    tokens: tuple[bytes, ...]
    mark: bytes
    full_bytes: int


@dataclass(frozen=True, slots=True)
class OneSided:
    """What one end has of an exchange: `sockets` are the client's addresses as this end knows them; `datagram_bytes` what it sent
    or got of the datagram; `failed` why not all came."""

    frames: tuple[Frame, ...]
    sockets: tuple[str, ...]
    datagram_bytes: int = 0
    failed: str = ""


class _End:
    """Sockets and taps of one end, closed when the body of a `with` is over."""

    def __init__(self, namespaces: Namespaces, namespace: str, address: IPAddress) -> None:
        self.stack = contextlib.ExitStack()
        self.namespaces, self.namespace = namespaces, namespace
        self.family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        self.taps: Taps | None = None
        with contextlib.suppress(OSError):
            self.taps = self._tapped()

    @property
    def captures(self) -> bool:
        return self.taps is not None

    def _tapped(self) -> Taps | None:
        try:
            return self.stack.enter_context(tapped(self.namespaces, self.namespaces.names))
        except OSError as error:
            if error.errno in _REFUSED:
                return None
            raise

    def socket(self, kind: socket.SocketKind) -> socket.socket:
        with self.namespaces.enter(self.namespace):
            one = self.stack.enter_context(socket.socket(self.family, kind))
        one.settimeout(_SECONDS)
        return one

    def frames(self) -> tuple[Frame, ...]:
        return tuple(self.taps.drain()) if self.taps else ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()


class Listening(_End):
    """The end that answers."""

    def __init__(self, namespaces: Namespaces, wanted: MarkedListener) -> None:
        super().__init__(namespaces, wanted.namespace, wanted.address)
        self._wanted = wanted
        try:
            self._listener, self._datagrams = self.socket(socket.SOCK_STREAM), self.socket(socket.SOCK_DGRAM)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            for one in (self._listener, self._datagrams):
                one.bind((str(wanted.address), wanted.port))
            self._listener.listen(wanted.flows)
        except OSError as error:
            self.stack.close()
            raise LoadError(
                f"nothing can listen on {wanted.address} port {wanted.port}", said=error.strerror or str(error),
                remedy="Is it an address of that machine, and the port free? --port chooses another first port",
            ) from error  # fmt: skip

    def collect(self) -> OneSided:
        """Take as many connections as there should be, and answer each."""
        sockets: list[str] = []
        size, failed = 0, ""
        try:
            for _ in range(self._wanted.flows):
                one, name = self._listener.accept()
                with one:
                    one.settimeout(_SECONDS)
                    token = _received(one, self._wanted.token_bytes)
                    one.sendall(token[::-1])
                    _await_end(one)
                sockets.append(socket_name(name))
            size = len(self._datagrams.recv(65_535))
        except OSError as error:
            failed = str(error) or type(error).__name__
        return OneSided(self.frames(), tuple(sockets), size, failed if len(sockets) < self._wanted.flows else "")


class Calling(_End):
    """The end that connects."""

    def __init__(self, namespaces: Namespaces, wanted: MarkedCalls) -> None:
        super().__init__(namespaces, wanted.namespace, wanted.address)
        self._wanted = wanted
        self._made: list[socket.socket] = []
        self._failed = ""
        self._size = 0
        target = (str(wanted.address), wanted.port)
        try:
            for token in wanted.tokens:
                one = self.socket(socket.SOCK_STREAM)
                one.connect(target)
                one.sendall(token)
                self._made.append(one)
            datagram = self.socket(socket.SOCK_DGRAM)
            for option in DONT_FRAGMENT[self.family]:
                datagram.setsockopt(*option)
            datagram.connect(target)
            self._size = min(wanted.full_bytes, datagram.getsockopt(*_MTU_OF_WAY[self.family]) - _HEADERS[self.family])
            datagram.send(wanted.mark.ljust(self._size, b"\0"))
        except OSError as error:
            self._failed = str(error) or type(error).__name__

    def hear(self) -> OneSided:
        """The answers, in the order of the calls."""
        sockets: list[str] = []
        failed = self._failed
        try:
            for token, one in zip(self._wanted.tokens, self._made, strict=False):
                expect(one, token[::-1])
                sockets.append(socket_name(one.getsockname()))
        except OSError as error:
            failed = failed or str(error) or type(error).__name__
        return OneSided(self.frames(), tuple(sockets), self._size, failed)


def _received(end: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < min(size, LONGEST_TOKEN) and (piece := end.recv(size - len(received))):
        received += piece
    return received


def _await_end(end: socket.socket) -> None:
    """Half-close, so that the answer is on its way before the socket is gone."""
    end.shutdown(socket.SHUT_WR)
