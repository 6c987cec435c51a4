"""One marked exchange between two namespaces, watched by taps in all of them.

A TCP connection carries the token there and back (as the loads do); a UDP datagram of exactly the pod's MTU, with
don't-fragment set, shows that the MTU which the parts computed really passes. Everything runs in init's one thread: the
kernel completes the handshake against a listening socket by itself.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence

from barewire.kernel.namespaces import Namespaces
from barewire.kernel.taps import tapped
from barewire.testbeds.testbed import Exchange, Seen

_SECONDS = 5.0
_IP_MTU_DISCOVER, _IP_PMTUDISC_DO = 10, 2
_IPV6_MTU_DISCOVER, _IPV6_DONTFRAG = 23, 62


def run(namespaces: Namespaces, wanted: Sequence[Exchange]) -> list[Seen]:
    """For each exchange the frames that the taps saw, and whether the full-size datagram arrived (True when none was
    wanted); the first that fails is the last. The taps are opened once for all: the kernel takes some 10 ms to close
    each."""
    found: list[Seen] = []
    with tapped(namespaces, namespaces.names) as taps:
        for exchange in wanted:
            taps.drain()
            try:
                sockets = _converse(namespaces, exchange)
            except OSError as error:
                return [*found, Seen(tuple(taps.drain()), False, failed=str(error) or type(error).__name__)]
            frames = tuple(taps.drain())
            arrived = _full_size(namespaces, exchange) if exchange.full_bytes else True
            found.append(Seen(frames, arrived, full_frames=tuple(taps.drain()), sockets=sockets))
    return found


def _converse(namespaces: Namespaces, wanted: Exchange) -> tuple[str, str]:
    """Send the token there and back; the client's socket as either end knows it."""
    family = socket.AF_INET if wanted.address.version == 4 else socket.AF_INET6
    with contextlib.ExitStack() as stack:
        with namespaces.enter(wanted.server):
            listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        with namespaces.enter(wanted.client):
            client = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(wanted.listen), wanted.listen_port))
        listener.listen(1)
        for end in (listener, client):
            end.settimeout(_SECONDS)
        client.connect((str(wanted.address), wanted.port))
        server = stack.enter_context(listener.accept()[0])
        server.settimeout(_SECONDS)
        client.sendall(wanted.token)
        _expect(server, wanted.token)
        answer = wanted.token[::-1]
        server.sendall(answer)
        _expect(client, answer)
        return _socket_name(client.getsockname()), _socket_name(server.getpeername())


def _socket_name(name: tuple[str, int]) -> str:
    return f"{name[0]} port {name[1]}"


def _expect(end: socket.socket, token: bytes) -> None:
    received = b""
    while len(received) < len(token):
        piece = end.recv(len(token) - len(received))
        if not piece:
            raise ConnectionResetError("the connection was closed in the middle of the exchange")
        received += piece
    if received != token:
        raise ConnectionAbortedError("other bytes arrived than were sent")


def _full_size(namespaces: Namespaces, wanted: Exchange) -> bool:
    family = socket.AF_INET if wanted.address.version == 4 else socket.AF_INET6
    with contextlib.ExitStack() as stack:
        with namespaces.enter(wanted.server):
            server = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        with namespaces.enter(wanted.client):
            client = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        server.bind((str(wanted.listen), wanted.listen_port))
        server.settimeout(_SECONDS)
        if family == socket.AF_INET:
            client.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)
        else:
            client.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _IP_PMTUDISC_DO)
            client.setsockopt(socket.IPPROTO_IPV6, _IPV6_DONTFRAG, 1)
        try:
            client.sendto(wanted.mark.ljust(wanted.full_bytes, b"\0"), (str(wanted.address), wanted.port))
            return len(server.recv(65_535)) == wanted.full_bytes
        except OSError:
            return False
