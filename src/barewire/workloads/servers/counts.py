"""What barewire-serve counted, from the document that it prints at its end (docs/serve.md). Keys that nobody reads pass by."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """Of a service that answers, on one port."""

    port: int
    requests: int
    answers: int
    bytes_in: int
    bytes_out: int
    connections: int = 0
    refused: int = 0
    not_found: int = 0
    garbage: int = 0
    wrong_size: int = 0
    unsent: int = 0
    socket_drops: int = 0


@dataclass(frozen=True, slots=True)
class SinkCounts:
    """Of a sink: packets and what their numbers show."""

    packets: int
    duplicates: int
    gaps: int
    missing: int
    reordered: int
    socket_drops: int


@dataclass(frozen=True, slots=True)
class ServeCounts:
    """By the kind of service; empty where barewire-serve served nothing."""

    http: tuple[ServiceCounts, ...] = ()
    tcp: tuple[ServiceCounts, ...] = ()
    udp: tuple[ServiceCounts, ...] = ()
    sink: tuple[SinkCounts, ...] = ()


_COUNTS: TypeAdapter[ServeCounts] = TypeAdapter(ServeCounts)


def parse(text: str) -> ServeCounts:
    """The document; ValueError where it is not whole."""
    return _COUNTS.validate_json(text, strict=True)
