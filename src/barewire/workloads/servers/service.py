"""A service: a port, and the responses served there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Service:
    """One port; made by `http`, `http_post`, `tcp`, `udp`, `sink` or `iperf3_once`. Sizes in bytes."""

    kind: str
    port: int
    sizes: tuple[int, ...] = ()
    request_bytes: int = 0
    response_bytes: int = 0
    takes_bodies: bool = False

    @property
    def stream(self) -> bool:
        """Whether TCP connections are accepted there (a sink takes them beside datagrams)."""
        return self.kind != "udp"

    def words(self) -> str:
        """As `barewire-serve` reads it after `--KIND`; iperf3 is served by a program of its own."""
        match self.kind:
            case "http":
                return f"{self.port}:{','.join(map(str, self.sizes))}"
            case "sink":
                return str(self.port)
            case _:
                return f"{self.port}:{self.request_bytes}:{self.response_bytes}"


def http(port: int, sizes: Sequence[int]) -> Service:
    """HTTP: `GET /N` returns N bytes, for every N of `sizes`."""
    return Service("http", port, sizes=tuple(sizes))


def http_post(port: int, sizes: Sequence[int]) -> Service:
    """HTTP: `POST /N` with a body of any size returns N bytes."""
    return Service("http", port, sizes=tuple(sizes), takes_bodies=True)


def tcp(port: int, request_bytes: int, response_bytes: int) -> Service:
    """TCP: a response of `response_bytes` for every `request_bytes`."""
    return Service("tcp", port, request_bytes=request_bytes, response_bytes=response_bytes)


def udp(port: int, request_bytes: int, response_bytes: int) -> Service:
    """UDP: the response to a datagram repeats its first eight bytes."""
    return Service("udp", port, request_bytes=request_bytes, response_bytes=response_bytes)


def sink(port: int) -> Service:
    """A sink: counts datagrams, and discards data of TCP connections."""
    return Service("sink", port)


def iperf3_once(port: int) -> Service:
    """iperf3: one test of TCP throughput."""
    return Service("iperf3", port)


def merged(services: Iterable[Service]) -> list[Service]:
    """One service for each port, in the order of ports; those of HTTP answer with the sizes of all."""
    found: dict[int, Service] = {}
    for one in services:
        before = found.get(one.port)
        found[one.port] = (
            one if before is None else replace(before, sizes=tuple(dict.fromkeys((*before.sizes, *one.sizes))))
        )
    return [found[port] for port in sorted(found)]
