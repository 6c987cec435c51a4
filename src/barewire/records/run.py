"""run.json: what was planned, on which machine, and the maximum rates. Written once, before the first trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from barewire.records.coordination import GrowthRecord
from barewire.records.environment import EnvironmentRecord
from barewire.records.fields import Always, Amount, Count, Number, Parts, Time, Written
from barewire.records.instrument import InstrumentRecord
from barewire.records.maximum import KneesRecord, MaximaRecord
from barewire.records.plan import PlanRecord
from barewire.records.tuning import TuningRecord


@dataclass(frozen=True, slots=True)
class SetupRecord:
    """`networks[].setup` of run.json: what the network asks of a node before the first packet."""

    objects_per_node: Written[Mapping[str, Amount]] = field(default_factory=dict)
    objects_by_kind: Written[Mapping[str, Amount]] = field(default_factory=dict)
    growth_per_node: Written[Number | None] = None
    privileges: Always[str] = None
    kernel: Written[tuple[str, ...]] = ()
    l2: Always[str] = None
    mtu_lost_bytes: Written[int | None] = None
    pod_mtu: Written[Count | None] = None
    growth: tuple[GrowthRecord, ...] | None = None
    """How what nodes hold, and what a join takes, grows with the nodes of one segment."""


@dataclass(frozen=True, slots=True)
class NetworkRecord:
    """A network of the plan, measured or not; `reason` and `remedy` say why not and what to do. `rules` are those on every
    node, by the policy part that has them alone. `program` is the text of the file that builds it (a CNI configuration, a
    script), where one does."""

    name: str
    measured: bool
    reason: Always[str] = None
    remedy: Always[str] = None
    parts: Written[Parts] = field(default_factory=dict)
    rules: str | None = None
    setup: SetupRecord | None = None
    program: str | None = None


@dataclass(frozen=True, slots=True)
class GatesRecord:
    """Limits of the rules that reject trials, found on this machine."""

    pacing_p99_ns: Amount


PilotKind = Literal["flat", "warm-up", "slowdown", "no steady state"]


@dataclass(frozen=True, slots=True)
class PilotRecord:
    """What a pilot trial showed: where MSER-5 and the change point see the steady part begin."""

    network: str
    load: str
    kind: PilotKind
    mser_seconds: Written[Amount] = 0.0
    change_seconds: Written[Amount | None] = None
    intervals: Written[Count] = 0


@dataclass(frozen=True, slots=True)
class WarmupRecord:
    """What is left out of the beginning of each load, whether it was found, and on which pilots."""

    seconds: Amount
    found: Written[bool] = False
    pilots: Written[tuple[PilotRecord, ...]] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule about this machine, and what it found."""

    rule: str
    detail: str


@dataclass(frozen=True, slots=True)
class PreflightRecord:
    """What was found on the CPUs of the study before it began; with `forced` it was measured all the same. `busy` is the share
    of each CPU's time that others used."""

    fit: bool
    forced: bool
    reasons: tuple[Finding, ...]
    remarks: Written[tuple[Finding, ...]] = ()
    seconds: Written[Amount] = 0.0
    busy: Written[Mapping[str, Amount]] = field(default_factory=dict)
    steal: Written[Mapping[str, Amount]] = field(default_factory=dict)
    load_average: Written[Amount] = 0.0
    clocksource: Written[str] = ""


@dataclass(frozen=True, slots=True)
class RunCondition:
    """Which condition of a study of several this run is: the name, all names, the study's mark, what they differ in."""

    name: str
    of: tuple[str, ...]
    study: str
    factor: Literal["tune", "kernel", "pair"]


@dataclass(frozen=True, slots=True)
class ExtensionRecord:
    """Blocks that were added to the plan by a resume, and how many trials there were then."""

    time: Time
    from_blocks: Annotated[int, Field(ge=1)]
    to_blocks: Annotated[int, Field(ge=1)]
    trials: Count


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The whole of it."""

    schema: str
    created: Written[Time] = ""
    command: Written[str] = ""
    plan: Written[PlanRecord] = field(default_factory=PlanRecord)
    seed: Always[Count] = None
    environment: Written[EnvironmentRecord] = field(default_factory=EnvironmentRecord)
    networks: Written[tuple[NetworkRecord, ...]] = ()
    maximum: Written[MaximaRecord] = field(default_factory=MaximaRecord)
    knees: KneesRecord | None = None
    gates: Always[GatesRecord] = None
    warmup: Always[WarmupRecord] = None
    preflight: PreflightRecord | None = None
    tuning: Always[TuningRecord] = None
    instrument: Always[InstrumentRecord] = None
    condition: RunCondition | None = None
    extended: tuple[ExtensionRecord, ...] = ()
