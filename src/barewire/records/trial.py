"""A line of trials.ndjson: one network on one freshly built lab, how it was built and proved, and what each load gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from barewire.records.fields import Amount, Count, Share, Time, Written

Latencies = Mapping[str, Amount]
"""A latency in short, in ns; `count` alone if it is 0."""

CpuModes = Mapping[str, Amount]
"""CPU seconds by mode: user, nice, system, softirq, irq, steal, iowait, idle."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A rule that a trial broke, how, and by how many times its limit."""

    rule: str
    detail: Written[str] = ""
    excess: Amount | None = None


@dataclass(frozen=True, slots=True)
class HopRecord:
    """An interface that the proof's packet crossed; `ns` counts from its first hop."""

    namespace: str
    dev: str
    kind: Written[str] = ""
    direction: Written[str] = ""
    ns: Written[int] = 0


@dataclass(frozen=True, slots=True)
class PathRecord:
    """The way there and the way back."""

    forward: Written[tuple[HopRecord, ...]] = ()
    reverse: Written[tuple[HopRecord, ...]] = ()


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """What the capture had to show, and what it showed."""

    claim: str
    seen: Written[str] = ""
    holds: Written[bool] = False


@dataclass(frozen=True, slots=True)
class ProofRecord:
    """A lab's proof; of a network that a program built it is `observed`, and its claims state what was looked at."""

    claims: Written[tuple[ClaimRecord, ...]] = ()
    path: Written[PathRecord] = field(default_factory=PathRecord)
    observed: bool | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Packets that an interface, its qdisc or a rule dropped during a load; `reason` says which."""

    namespace: str
    dev: str
    packets: Count
    direction: Written[str] = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KernelDrop:
    """What the kernel dropped elsewhere during a load: in connection tracking, a socket, a table. `namespace` is empty for
    what the whole machine shares."""

    namespace: str
    counter: str
    count: Count


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """Counters of the machine during a load; CPU in seconds by mode, of `all`, `server` and `client`."""

    seconds: Written[Amount] = 0
    cpu: Written[Mapping[str, CpuModes]] = field(default_factory=dict)
    context_switches: Written[Count] = 0
    retransmissions: Written[Count] = 0
    drops: Written[tuple[Drop, ...]] = ()
    kernel_drops: Written[tuple[KernelDrop, ...]] = ()
    throttled_ns: Written[Amount | None] = None
    changes: tuple[str, ...] = ()


_UNKNOWN_USAGE = MachineRecord()


@dataclass(frozen=True, slots=True)
class Ticks:
    """A load tick by tick; `above` by quantile has how many of the samples lie above the load's own."""

    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    samples: tuple[Count, ...]
    median_ns: tuple[Count, ...]
    above: Mapping[str, tuple[Count, ...]]


@dataclass(frozen=True, slots=True)
class ExactValues:
    """Every single value of a kind of time, in ns, in short; `count` alone if it is 0."""

    count: Count
    median: Count | None = None
    mean: Amount | None = None
    min: Count | None = None
    max: Count | None = None
    mode: Count | None = None
    mode_count: Count | None = None


@dataclass(frozen=True, slots=True)
class ExactRecord:
    """By the counted clock: exact times, and how long the CPU was idle."""

    span_ns: Count
    idle_ns: Written[Count | None] = None
    latency_ns: ExactValues | None = None
    service_ns: ExactValues | None = None
    cycle_ns: ExactValues | None = None
    answers: Written[Count | None] = None
    partial: Written[Count | None] = None


@dataclass(frozen=True, slots=True)
class CountedFigure:
    """By the counted clock: instructions of one operation, without idle time."""

    instructions_per: str
    samples: Count
    value: Written[Amount | None] = None
    mean: Written[Amount | None] = None
    idle_ns: Written[Count | None] = None
    idle_share: Written[Share | None] = None


@dataclass(frozen=True, slots=True)
class ErrorExamples:
    """Of the first answer that was wrong."""

    status: int | None = None
    length: int | None = None
    garbage: str | None = None
    stray: str | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a trial: what was offered, what came back, what the counters saw. Which fields it has depends on its workload
    and its clock; docs/formats.md has the table."""

    load: str
    workload: str
    response_bytes: Count | None = None
    request_bytes: Count | None = None
    offered_per_s: Amount | None = None
    achieved_per_s: Amount | None = None
    rate_per_s: Amount | None = None
    bits_per_s: Amount | None = None
    streams: Count | None = None
    seconds: Amount | None = None
    connections: Count | None = None
    threads: Count | None = None
    pipeline: Count | None = None
    arrivals: str | None = None
    timing: str | None = None
    requests: Count | None = None
    completed: Count | None = None
    unfinished: Count | None = None
    lost: Count | None = None
    not_taken_up: Count | None = None
    late: Count | None = None
    longest_gap_ns: Count | None = None
    stopped_ns: Count | None = None
    errors: Mapping[str, Count] = field(default_factory=dict)
    stray: Count | None = None
    ambiguous: Count | None = None
    error_examples: ErrorExamples | None = None
    retransmissions: Count | None = None
    syn_retransmissions: Count | None = None
    unstamped: Count | None = None
    sent: Count | None = None
    received: Count | None = None
    sent_per_s: Amount | None = None
    received_per_s: Amount | None = None
    loss_share: Annotated[float, Field(le=1, allow_inf_nan=False)] | None = None
    gso: Count | None = None
    gaps: Count | None = None
    missing: Count | None = None
    reordered: Count | None = None
    duplicates: Count | None = None
    socket_drops: Count | None = None
    cpu_ns_per_request: Amount | None = None
    latency_ns: Latencies = field(default_factory=dict)
    service_ns: Latencies = field(default_factory=dict)
    pacing_ns: Latencies = field(default_factory=dict)
    lag_ns: Latencies = field(default_factory=dict)
    wire_ns: Latencies = field(default_factory=dict)
    connect_ns: Latencies = field(default_factory=dict)
    ticks: Ticks | None = None
    histogram: Annotated[str, Field(json_schema_extra={"pattern": r"^histograms/[0-9]{4,}\.hlog$"})] | None = None
    machine: MachineRecord | None = None
    exact: ExactRecord | None = None
    counted: CountedFigure | None = None

    @property
    def usage(self) -> MachineRecord:
        """What the machine did meanwhile; nothing where that was counted for the whole trial."""
        return self.machine or _UNKNOWN_USAGE


@dataclass(frozen=True, slots=True)
class Built:
    """`setup` of a trial: how long its lab took, and the kernel objects by namespace and kind."""

    seconds: Written[Amount | None] = None
    objects: Written[Mapping[str, Mapping[str, Count]]] = field(default_factory=dict)
    pod_mtu: Written[Count | None] = None


@dataclass(frozen=True, slots=True)
class IdleStateRecord:
    """A state in which a CPU waits, and how long it takes to leave it."""

    name: str
    latency_us: Count
    disabled: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the pinned CPUs are, and interrupts of devices during the trial by CPU of the whole machine."""

    siblings: Written[Mapping[str, tuple[Count, ...]]] = field(default_factory=dict)
    idle_states: Written[Mapping[str, tuple[IdleStateRecord, ...]]] = field(default_factory=dict)
    idle_limits: Written[Mapping[str, str]] = field(default_factory=dict)
    interrupts: Written[Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayoutRecord:
    """By the counted clock: what was drawn for a block."""

    port: Annotated[int, Field(ge=1, le=65535)]
    nodes: str
    pods: str
    payload: Count
    phase_ns: Count
    order: Count


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial."""

    schema: str
    trial: Annotated[int, Field(ge=1, le=1 << 63)]
    network: str
    valid: bool
    block: Written[Count] = 0
    position: Written[Count] = 0
    role: Written[Literal["baseline-a", "baseline-b", "candidate"]] = "candidate"
    started: Written[Time] = ""
    seconds: Written[Amount | None] = None
    seed: Written[Count] = 0
    rejected: Written[tuple[Reject, ...]] = ()
    tolerated: Written[tuple[Reject, ...]] = ()
    restart: Count | None = None
    setup: Written[Built | None] = None
    proof: Written[ProofRecord | None] = None
    placement: Placement | None = None
    pinning: Written[Mapping[str, tuple[Count, ...]]] = field(default_factory=dict)
    layout: LayoutRecord | None = None
    machine: MachineRecord | None = None
    loads: Written[tuple[Load, ...]] = ()
