"""One marked exchange between two namespaces, watched by taps in all of them.

A TCP connection carries the token there and back (as the loads do); a UDP datagram of exactly the pod's MTU, with
don't-fragment set, shows that the MTU which the parts computed really passes. Everything runs in init's one thread: the
kernel completes the handshake against a listening socket by itself.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Mapping, Sequence

from barewire.kernel import learned_neighbours
from barewire.kernel.kernel_drops import Key
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.taps import tapped
from barewire.testbeds.testbed import Exchange, Seen

_SECONDS = 5.0
_REMEMBERED = 500
"""Exchanges, after which neighbours are forgotten: those between each two of 60 nodes would overflow the kernel's table."""

_AGAIN_SECONDS = 1.5
"""Enough for a SYN and the one that repeats it."""

_IP_MTU_DISCOVER, _IP_PMTUDISC_DO = 10, 2
_IPV6_MTU_DISCOVER, _IPV6_DONTFRAG = 23, 62

DONT_FRAGMENT = {
    socket.AF_INET: ((socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO),),
    socket.AF_INET6: (
        (socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _IP_PMTUDISC_DO),
        (socket.IPPROTO_IPV6, _IPV6_DONTFRAG, 1),
    ),
}
"""Socket options for datagrams that nobody on their way may fragment."""


def run(namespaces: Namespaces, wanted: Sequence[Exchange]) -> list[Seen]:
    """For each exchange the frames that the taps saw, and whether the full-size datagram arrived (True when none was
    wanted); the first that fails is the last. The taps are opened once for all: the kernel takes some 10 ms to close
    each."""
    found: list[Seen] = []
    with tapped(namespaces, namespaces.names) as taps:
        for number, exchange in enumerate(wanted, 1):
            taps.drain()
            try:
                with ServerEnd(namespaces, exchange) as server, ClientEnd(namespaces, exchange) as client:
                    client.begin()
                    peer = server.answer()
                    sockets = client.finish(), peer
            except OSError as error:
                return [*found, Seen(tuple(taps.drain()), False, failed=str(error) or type(error).__name__)]
            frames = tuple(taps.drain())
            arrived = _full_size(namespaces, exchange) if exchange.full_bytes else True
            found.append(Seen(frames, arrived, full_frames=tuple(taps.drain()), sockets=sockets))
            if number % _REMEMBERED == 0:
                for name in namespaces.names:
                    with namespaces.enter(name):
                        learned_neighbours.forget()
    return found


def dropped_again(namespaces: Namespaces, wanted: Exchange, count: Callable[[], Mapping[Key, int]]) -> tuple[str, ...]:
    """Repeat the beginning of an exchange that failed and name what the kernel drops meanwhile, by `count`.

    Tables and limits that all namespaces of a machine share may be used up by others: that is no fault of the network.
    """
    before = count()
    with (
        contextlib.suppress(OSError),
        ServerEnd(namespaces, wanted),
        ClientEnd(namespaces, wanted, _AGAIN_SECONDS) as client,
    ):
        client.begin()
    return tuple(
        f"{name} (in {namespace})" if namespace else name
        for (namespace, name), seen in sorted(count().items())
        if seen > before.get((namespace, name), 0)
    )


class ServerEnd(contextlib.ExitStack):
    """Who listens. The two ends may be on two machines, so what each does is divided where it waits for the other."""

    def __init__(self, namespaces: Namespaces, wanted: Exchange) -> None:
        super().__init__()
        self._wanted = wanted
        with namespaces.enter(wanted.server):
            self._listener = self.enter_context(socket.socket(_family(wanted), socket.SOCK_STREAM))
        try:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((str(wanted.listen), wanted.listen_port))
            self._listener.listen(1)
            self._listener.settimeout(_SECONDS)
        except OSError:
            self.close()
            raise

    def answer(self) -> str:
        """Receive the token and send it back, turned around; the client's socket as the server sees it."""
        server = self.enter_context(self._listener.accept()[0])
        server.settimeout(_SECONDS)
        expect(server, self._wanted.token)
        server.sendall(self._wanted.token[::-1])
        return socket_name(server.getpeername())


class ClientEnd(contextlib.ExitStack):
    """Who connects."""

    def __init__(self, namespaces: Namespaces, wanted: Exchange, seconds: float = _SECONDS) -> None:
        super().__init__()
        self._wanted = wanted
        with namespaces.enter(wanted.client):
            self._socket = self.enter_context(socket.socket(_family(wanted), socket.SOCK_STREAM))
        self._socket.settimeout(seconds)

    def begin(self) -> None:
        """Connect and send the token. The server's kernel completes the handshake alone."""
        self._socket.connect((str(self._wanted.address), self._wanted.port))
        self._socket.sendall(self._wanted.token)

    def finish(self) -> str:
        """Receive the answer; the client's own socket."""
        expect(self._socket, self._wanted.token[::-1])
        return socket_name(self._socket.getsockname())


class FullReceiver(contextlib.ExitStack):
    """Who waits for the datagram of full size."""

    def __init__(self, namespaces: Namespaces, wanted: Exchange) -> None:
        super().__init__()
        self._bytes = wanted.full_bytes
        with namespaces.enter(wanted.server):
            self._socket = self.enter_context(socket.socket(_family(wanted), socket.SOCK_DGRAM))
        try:
            self._socket.bind((str(wanted.listen), wanted.listen_port))
            self._socket.settimeout(_SECONDS)
        except OSError:
            self.close()
            raise

    def arrived(self) -> bool:
        """Whether it came, whole."""
        try:
            return len(self._socket.recv(65_535)) == self._bytes
        except OSError:
            return False


def send_full(namespaces: Namespaces, wanted: Exchange) -> bool:
    """Send the datagram of full size with don't-fragment set; whether the kernel took it."""
    with namespaces.enter(wanted.client):
        client = socket.socket(_family(wanted), socket.SOCK_DGRAM)
    with client:
        for option in DONT_FRAGMENT[client.family]:
            client.setsockopt(*option)
        try:
            client.sendto(wanted.mark.ljust(wanted.full_bytes, b"\0"), (str(wanted.address), wanted.port))
        except OSError:
            return False
    return True


def _full_size(namespaces: Namespaces, wanted: Exchange) -> bool:
    with FullReceiver(namespaces, wanted) as receiver:
        return send_full(namespaces, wanted) and receiver.arrived()


def _family(wanted: Exchange) -> socket.AddressFamily:
    return socket.AF_INET if wanted.address.version == 4 else socket.AF_INET6


def socket_name(name: tuple[str, int]) -> str:
    """An address and a port, as `getsockname` gives them, in words."""
    return f"{name[0]} port {name[1]}"


def expect(end: socket.socket, token: bytes) -> None:
    """Read exactly `token`; OSError for an end before it, and for other bytes."""
    received = b""
    while len(received) < len(token):
        piece = end.recv(len(token) - len(received))
        if not piece:
            raise ConnectionResetError("the connection was closed in the middle of the exchange")
        received += piece
    if received != token:
        raise ConnectionAbortedError("other bytes arrived than were sent")
