"""A peer that listens on loopback, in a thread of the test, and raw connections to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from barewire.endpoints.peer import answers, authentication, listener
from barewire.endpoints.peer.connection import PeerAddress, PeerConnection
from barewire.endpoints.peer.service import PeerService

TOKEN = b"a-token-of-a-test-that-nobody-guesses"
PORTS = range(21_000, 22_000)
LOOPBACK = ip_address("127.0.0.1")


@dataclass
class Listening:
    """`services` are those of the studies that were let in, `said` what `barewire serve` would have printed."""

    port: int
    fingerprint: bytes
    peer: listener.PeerListener
    services: list[PeerService] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def connect(self, token: bytes = TOKEN, port: int | None = None) -> PeerConnection:
        """As a study does."""
        return PeerConnection(PeerAddress("127.0.0.1", port or self.port), token)

    def joined(self) -> tuple[PeerConnection, answers.Joined]:
        """A study with one endpoint, loopback."""
        connection = self.connect()
        try:
            return connection, connection.join({"host": LOOPBACK}, 60.0)
        except BaseException:
            connection.close()
            raise

    def raw(self) -> socket.socket:
        """A connection that says nothing."""
        return socket.create_connection(("127.0.0.1", self.port), 10)

    def secured(self) -> ssl.SSLSocket:
        """A connection with TLS that proves nothing."""
        return authentication.client_context().wrap_socket(self.raw())


@contextlib.contextmanager
def listening() -> Iterator[Listening]:
    """A peer for the body of the `with`; all that was started has ended after it."""
    context, fingerprint = authentication.peer_context()
    bound = listener.bind("127.0.0.1", 0)
    services: list[PeerService] = []
    said: list[str] = []

    def service() -> PeerService:
        services.append(PeerService(PORTS, lambda cpus, seconds: answers.Examined("examined")))
        return services[-1]

    peer = listener.PeerListener(bound, context, fingerprint, TOKEN, service, said.append)
    loop = asyncio.new_event_loop()
    task = loop.create_task(peer.run())

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield Listening(bound.getsockname()[1], fingerprint, peer, services, said)
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        bound.close()


def frame(body: bytes) -> bytes:
    """A message as it is sent."""
    return len(body).to_bytes(4, "big") + body


def ended(connection: socket.socket, seconds: float = 20.0) -> bytes:
    """What comes until the other end closes the connection; TimeoutError if it does not."""
    connection.settimeout(seconds)
    found = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while piece := connection.recv(65_536):
            found += piece
    return found
