"""What the load generator itself costs: `instrument` of run.json, and the document of `barewire selftest --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from barewire.records.fields import Amount, Count, Share, Written

Quantiles = Mapping[str, Amount]
"""`count`, `0.5`, `0.99` and `max`, in ns."""


@dataclass(frozen=True, slots=True)
class BiasRecord:
    """Latencies at a low rate over one connection; between two machines the path is their `wire`. `wire_ns` is None where the
    generator has no time stamps of the kernel."""

    path: Literal["loopback", "veth", "wire"]
    protocol: str
    request_bytes: Written[Count | None]
    response_bytes: Count
    latency_ns: Quantiles
    service_ns: Quantiles
    wire_ns: Written[Quantiles | None]


@dataclass(frozen=True, slots=True)
class PacingRecord:
    """How late the loop took requests up (`pacing_ns`), and how late it sent them (`lag_ns`)."""

    timing: str
    offered_per_s: Amount
    achieved_per_s: Amount
    pacing_ns: Quantiles
    lag_ns: Quantiles


@dataclass(frozen=True, slots=True)
class GeneratorMaximum:
    """A closed loop over `connections`, one core for the client and one for the server."""

    protocol: str
    connections: Count
    rate_per_s: Amount


@dataclass(frozen=True, slots=True)
class TimerRecord:
    """The clock that the generator reads."""

    resolution_ns: Amount


@dataclass(frozen=True, slots=True)
class InstrumentRecord:
    """The generator against barewire-serve. Empty by the counted clock; `failed` alone where it could not be measured."""

    failed: str | None = None
    seconds: Amount | None = None
    server: str | None = None
    pinning: Mapping[str, tuple[Count, ...]] | None = None
    timing: str | None = None
    bias_rate_per_s: Amount | None = None
    bias: tuple[BiasRecord, ...] = ()
    pacing: tuple[PacingRecord, ...] = ()
    maximum: tuple[GeneratorMaximum, ...] = ()
    timer: TimerRecord | None = None
    steal_share: Share | None = None
