"""What `barewire compare --json` prints: runs against the first of them. Ratios are after over before, of overheads; an
overhead is network over host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from barewire.records.fields import Amount, Count, Number, Time

Basis = Literal["runs", "history", "restarts", "blocks", "these-runs"]
"""What was repeated, so what intervals rest on."""

ChangeVerdict = Literal[
    "better",
    "worse",
    "equivalent",
    "no-difference-found",
    "below-noise-floor",
    "saturated",
    "unlike-rates",
    "inconclusive",
    "unsupported",
]
ChangeMethod = Literal[
    "welch-log-t",
    "paired-log-t",
    "runs-log-t",
    "restarts-log-t",
    "history-log-t",
    "bootstrap-blocks",
    "baseline",
    "none",
]
Outcome = Literal["holds", "fails", "undecided"]
"""Of a gate."""

Size = Annotated[int, Field(ge=1)]
Quantile = Annotated[float, Field(gt=0, le=1)]
Inside = Annotated[float, Field(gt=0, lt=1)]
"""A confidence or an error rate."""

FromOne = Annotated[float, Field(ge=1, allow_inf_nan=False)]
"""A ratio that stands for itself and its inverse."""


@dataclass(frozen=True, slots=True)
class RunDifference:
    """A key that two runs disagree about; `subject` is the name that allows it."""

    subject: str
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run: its directory, when it was begun, how many blocks it has, and whether they are all of its plan."""

    path: str
    created: Time
    blocks: Count
    complete: bool


@dataclass(frozen=True, slots=True)
class SideRecord:
    """What the runs of one side say: the value, and the network's overhead against the host."""

    value: Number | None
    ratio: Amount | None
    ratio_low: Amount | None
    ratio_high: Amount | None
    offered_per_s: Amount | None
    n: Count
    samples: Count | None


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """What changed for one network, load, size, metric and quantile: `ratio` of overheads, `absolute` of values."""

    network: str
    load: str
    response_bytes: Size | None
    metric: str
    quantile: Quantile | None
    unit: str
    before: SideRecord
    after: SideRecord
    ratio: Amount | None
    ratio_low: Amount | None
    ratio_high: Amount | None
    n: Count
    method: ChangeMethod
    floor: FromOne | None
    verdict: ChangeVerdict | None
    basis: Basis
    detectable: FromOne | None
    absolute: Amount | None
    absolute_low: Amount | None
    absolute_high: Amount | None


@dataclass(frozen=True, slots=True)
class PairingRecord:
    """One side against the first, by the numbers of their runs from 0."""

    before: Count
    after: Count
    before_runs: Annotated[tuple[Count, ...], Field(min_length=1)]
    after_runs: Annotated[tuple[Count, ...], Field(min_length=1)]
    basis: Basis
    earlier_runs: Count
    paired: bool
    clock: Literal["wall", "counted"]
    same_machine: bool
    differences: tuple[RunDifference, ...]
    notes: tuple[str, ...]
    cells: tuple[ChangeRecord, ...]


@dataclass(frozen=True, slots=True)
class JudgedGate:
    """A gate, the run that it was judged for, and what came of it."""

    gate: str
    after: Count
    outcome: Outcome
    basis: Basis
    sentence: str
    bound: Amount
    confidence: Inside
    ratio: Amount | None
    ratio_low: Amount | None
    ratio_high: Amount | None


@dataclass(frozen=True, slots=True)
class CompareDocument:
    """The whole of it."""

    schema: str
    baseline: str
    confidence: Inside
    runs: Annotated[tuple[ComparedRun, ...], Field(min_length=1)]
    comparisons: tuple[PairingRecord, ...]
    gates: tuple[JudgedGate, ...]
