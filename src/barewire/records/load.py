"""A load as the generator reports it: the settings and counters of its first and last line, and the document of
`barewire load --json`, which has both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from barewire.records.fields import Amount, Count, Rate
from barewire.records.trial import ErrorExamples

Natural = Annotated[int, Field(ge=0)]
_NUMBER = {"type": "number", "minimum": 0}
_KEYS = ("count", "min", "0.5", "0.95", "0.99", "0.995", "0.999", "0.9999", "0.99999", "max", "mean")
TimesSummary = Annotated[
    Mapping[str, Amount],
    Field(
        json_schema_extra={
            "properties": dict.fromkeys(_KEYS, _NUMBER),
            "required": ["count"],
            "additionalProperties": False,
        }
    ),
]
"""A kind of time in short, in ns; `count` alone if it is 0."""


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Every setting in force; `rate_per_s` is 0 for a closed loop. `exact_room` is values a thread, `payload` the seed of the
    bytes of requests."""

    protocol: str
    target: str
    port: Count
    path: str | None
    request_bytes: Count | None
    response_bytes: Count | None
    expect_bytes: Count | None
    rate_per_s: Amount
    duration_ns: Count
    warmup_ns: Count
    timeout_ns: Count
    drain_ns: Count
    connections: Count
    threads: Count
    pipeline: Count
    arrivals: Literal["even", "poisson"]
    timing: Literal["spin", "sleep"]
    seed: Natural
    congestion: str
    cpus: tuple[Count, ...]
    timestamps: bool
    exact: bool
    payload: Natural
    phase_ns: Count | None
    exact_room: Natural | None
    memory_bound_bytes: Natural


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """The last smoothed round trips of the connections, as TCP measured them."""

    min: Count
    mean: Amount
    max: Count


@dataclass(frozen=True, slots=True)
class TcpCounters:
    """`reopened` are persistent connections that were opened again for a request; `syn_retransmissions` are of connections that
    took a second or more to open, or did not."""

    retransmissions: Count
    reopened: Count
    syn_retransmissions: Count
    rtt_us: RoundTrips | None


@dataclass(frozen=True, slots=True)
class GeneratorCpu:
    """CPU time of the generator."""

    user_ns: Count
    system_ns: Count


@dataclass(frozen=True, slots=True)
class LoadCounters:
    """What was counted in the recorded time."""

    seconds: Rate
    requests: Count
    completed: Count
    unfinished: Count
    lost: Count
    longest_gap_ns: Count
    stopped_ns: Count
    achieved_per_s: Amount
    late: Count
    not_taken_up: Count
    saturated: Count
    errors: Mapping[str, Count]
    stray: Count
    ambiguous: Count
    examples: ErrorExamples
    unstamped: Count | None
    bytes_in: Count
    bytes_out: Count
    tcp: TcpCounters
    memory_bytes: Natural
    cpu: GeneratorCpu


@dataclass(frozen=True, slots=True)
class TimesRecord:
    """Each kind of time that was measured."""

    latency_ns: TimesSummary = field(default_factory=dict)
    service_ns: TimesSummary = field(default_factory=dict)
    lag_ns: TimesSummary = field(default_factory=dict)
    pacing_ns: TimesSummary = field(default_factory=dict)
    connect_ns: TimesSummary = field(default_factory=dict)
    wire_ns: TimesSummary = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SecondRecord:
    """The same for one second, which begins and ends at these times since 1970."""

    start_ns: Count
    end_ns: Count
    latency_ns: TimesSummary = field(default_factory=dict)
    service_ns: TimesSummary = field(default_factory=dict)
    lag_ns: TimesSummary = field(default_factory=dict)
    pacing_ns: TimesSummary = field(default_factory=dict)
    connect_ns: TimesSummary = field(default_factory=dict)
    wire_ns: TimesSummary = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadDocument:
    """One load by hand: its settings, what was counted, and each kind of time over all and by the second."""

    schema: str
    version: str
    command: str
    settings: LoadSettings
    interrupted: bool
    counters: LoadCounters
    whole: TimesRecord
    seconds: tuple[SecondRecord, ...]
