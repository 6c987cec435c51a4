"""A server that delays and stalls by a known, seeded schedule, and what a client must then have seen.

It stamps, with the clock that the generator reads too, when it had read a request and when it began to write the answer. Nothing
is assumed of its own timing or of the network's: answer j of a connection reached the client after it was written and, where
`pipeline` requests may be under way, before request j + pipeline was read, for that one could only be sent after it. So every
latency has a lower and an upper bound, and so has every order statistic, however busy the machine is.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.generator import answer

REQUEST_BYTES, RESPONSE_BYTES = 16, 100
LONG_MS = 200
ANSWERS = {"http": answer(b"x" * RESPONSE_BYTES), "tcp": b"x" * RESPONSE_BYTES}
SIZES: dict[str, dict[str, Any]] = {
    "http": {"expect_bytes": RESPONSE_BYTES},
    "tcp": {"request_bytes": REQUEST_BYTES, "response_bytes": RESPONSE_BYTES},
    "udp": {"request_bytes": REQUEST_BYTES, "response_bytes": RESPONSE_BYTES, "timeout": "50s"},
}
"""The server, as the generator is given it."""

Schedule = Mapping[tuple[int, int], float]
"""Milliseconds by connection and number of the request on it."""


@dataclass
class Log:
    """One connection: when requests were read and answers written, in ns of the monotonic clock."""

    read: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)


@dataclass
class Server:
    """`logs` by connection, in the order in which they were opened; `ended` is when no client was left."""

    port: int
    logs: list[Log] = field(default_factory=list)
    ended: int = 0


@dataclass(frozen=True)
class Truth:
    """Bounds of every recorded time, in ns, in the order of connections and requests."""

    latency: tuple[list[int], list[int]]
    service: tuple[list[int], list[int]]
    lag: tuple[list[int], list[int]]


def drawn(seed: int, connections: int, requests: int) -> Schedule:
    """Every tenth request held up to 3 ms, and some for 25, 60 and LONG_MS; none at the very end, so that it is felt."""
    chance = random.Random(seed)
    found: dict[tuple[int, int], float] = {}
    for connection in range(connections):
        for number in range(requests):
            if chance.random() < 0.1:
                found[connection, number] = chance.uniform(0, 3)
        for long in (5, 25, 60, LONG_MS):
            found[connection, chance.randrange(requests // 10, requests * 3 // 4)] = long
    return found


@contextmanager
def stalling(protocol: str, schedule: Schedule, connections: int = 1) -> Iterator[Server]:
    """The server, for so many connections; at the end of the `with` all of them are over."""
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as listener:
        listener.bind(("127.0.0.1", 0))
        server = Server(listener.getsockname()[1], [Log() for _ in range(connections)])
        if protocol == "udp":
            threads = [threading.Thread(target=_datagrams, args=(listener, schedule, server))]
        else:
            listener.listen(connections)
            threads = [threading.Thread(target=_accept, args=(listener, protocol, schedule, server, connections))]
        for thread in threads:
            thread.start()
        try:
            yield server
        finally:
            server.ended = time.monotonic_ns()
            if protocol == "udp":
                with socket.socket(socket.AF_INET, kind) as last:
                    last.sendto(b"", ("127.0.0.1", server.port))
            for thread in threads:
                thread.join()


def _accept(listener: socket.socket, protocol: str, schedule: Schedule, server: Server, connections: int) -> None:
    threads = []
    for number in range(connections):
        connection, _ = listener.accept()
        mine = {at: ms for (whose, at), ms in schedule.items() if whose == number}
        threads.append(threading.Thread(target=_stream, args=(connection, protocol, mine, server.logs[number])))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _stream(connection: socket.socket, protocol: str, delays_ms: Mapping[int, float], log: Log) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    with connection:
        while True:
            while (length := _whole(protocol, held)) == 0:
                try:
                    more = connection.recv(65536)
                except ConnectionError:
                    return
                if not more:
                    return
                held += more
            held = held[length:]
            _hold(delays_ms.get(len(log.read)), log)
            connection.sendall(ANSWERS[protocol])


def _whole(protocol: str, held: bytes) -> int:
    """The length of the first whole request; 0 when there is none."""
    if protocol == "tcp":
        return REQUEST_BYTES if len(held) >= REQUEST_BYTES else 0
    return held.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in held else 0


def _datagrams(inbox: socket.socket, schedule: Schedule, server: Server) -> None:
    peers: dict[object, int] = {}
    while True:
        request, peer = inbox.recvfrom(65536)
        if not request:
            return
        number = peers.setdefault(peer, len(peers))
        log = server.logs[number]
        _hold(schedule.get((number, len(log.read))), log)
        inbox.sendto(request[:8].ljust(RESPONSE_BYTES, b"x"), peer)


def _hold(delay_ms: float | None, log: Log) -> None:
    log.read.append(time.monotonic_ns())
    if delay_ms is not None:
        time.sleep(delay_ms / 1000)
    log.written.append(time.monotonic_ns())


def truth(server: Server, intended: Sequence[int], pipeline: int) -> Truth:
    """What the generator must have recorded; `intended` are absolute, of one thread, whose connections take turns."""
    bounds: dict[str, tuple[list[int], list[int]]] = {kind: ([], []) for kind in ("latency", "service", "lag")}
    connections = len(server.logs)
    for number, log in enumerate(server.logs):
        due = intended[number::connections]
        assert len(log.read) == len(log.written) == len(due), "a request was lost, or sent twice"
        latest = [*log.read[pipeline:], *[server.ended] * pipeline]
        # A request leaves after its time and after the answer that made room for it, and before it is read.
        room = [0] * pipeline + log.written[: max(0, len(due) - pipeline)]
        for at, done, done_at_most, first, read in zip(due, log.written, latest, room, log.read, strict=False):
            sent = max(at, first)
            for kind, low, high in (
                ("latency", done - at, done_at_most - at),
                ("service", done - read, done_at_most - sent),
                ("lag", sent - at, read - at),
            ):
                bounds[kind][0].append(low)
                bounds[kind][1].append(high)
    return Truth(**bounds)
