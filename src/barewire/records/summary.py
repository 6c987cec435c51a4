"""summary.json: the overhead of every network against the host, one cell for each load, size, metric and quantile. Ratios are
network over host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from barewire.records.fields import MARGIN, Amount, Count, Method, Number, Share, Verdict, Written


@dataclass(frozen=True, slots=True)
class Twin:
    """The ratio of a cell by the method that is not shown."""

    method: str
    ratio: Written[Number | None] = None
    ratio_low: Written[Number | None] = None
    ratio_high: Written[Number | None] = None


class DifferenceBounds:
    """For a record that has both intervals of a difference, one of them joint."""

    __slots__ = ()
    difference_low: Number | None
    difference_high: Number | None
    difference_joint_low: Number | None
    difference_joint_high: Number | None

    @property
    def difference_bounds(self) -> tuple[float | None, float | None]:
        """The difference's bounds that are shown: those at the confidence of the ratio's, in runs that have them."""
        if self.difference_joint_low is not None:
            return self.difference_joint_low, self.difference_joint_high
        return self.difference_low, self.difference_high


@dataclass(frozen=True, slots=True)
class Cell(DifferenceBounds):
    """A cell of the summary: one network, load, size, metric and quantile. `ratio` is network / host."""

    network: str
    load: str
    metric: str
    unit: str
    verdict: Verdict
    offered_per_s: Written[Number | None] = None
    response_bytes: Written[int | None] = None
    quantile: Written[Number | None] = None
    value: Written[Number | None] = None
    baseline_value: Written[Number | None] = None
    ratio: Written[Number | None] = None
    ratio_low: Written[Number | None] = None
    ratio_high: Written[Number | None] = None
    joint_low: Written[Number | None] = None
    joint_high: Written[Number | None] = None
    family: Written[int] = 0
    difference: Written[Number | None] = None
    difference_low: Written[Number | None] = None
    difference_high: Written[Number | None] = None
    difference_joint_low: Written[Number | None] = None
    difference_joint_high: Written[Number | None] = None
    n: Written[int] = 0
    supported: Written[bool] = False
    method: Written[Method | None] = None
    disagree: Written[bool] = False
    twin: Written[Twin | None] = None
    samples: Written[int | None] = None
    samples_effective: Written[int | None] = None
    inefficiency: Written[Number | None] = None
    stationary: Written[Number | None] = None
    achieved_share: Written[Number | None] = None
    idle_share: Number | None = None
    detectable: Written[Number | None] = None
    saturated: str | None = None
    unsupported: str | None = None

    @property
    def low(self) -> float | None:
        """The lower bound that is shown: the one that holds together with the other networks', in runs that have it."""
        return self.joint_low if self.joint_low is not None else self.ratio_low

    @property
    def high(self) -> float | None:
        """The upper bound that is shown."""
        return self.joint_high if self.joint_high is not None else self.ratio_high


@dataclass(frozen=True, slots=True)
class PartCost(DifferenceBounds):
    """Two networks that differ in one part, block by block; `ratio` is to / from."""

    part: str
    before: Annotated[str, Field(alias="from")]
    after: Annotated[str, Field(alias="to")]
    from_network: str
    to_network: str
    load: str
    metric: str
    unit: str
    verdict: Verdict
    given: Written[tuple[str, ...]] = ()
    response_bytes: Written[int | None] = None
    quantile: Written[Number | None] = None
    ratio: Written[Number | None] = None
    ratio_low: Written[Number | None] = None
    ratio_high: Written[Number | None] = None
    joint_low: Written[Number | None] = None
    joint_high: Written[Number | None] = None
    difference: Written[Number | None] = None
    difference_low: Written[Number | None] = None
    difference_high: Written[Number | None] = None
    difference_joint_low: Written[Number | None] = None
    difference_joint_high: Written[Number | None] = None
    n: Written[int] = 0
    family: Written[int] = 0
    supported: Written[bool] = False
    method: Written[Method | None] = None
    twin: Written[Twin | None] = None
    disagree: Written[bool] = False
    detectable: Written[Number | None] = None


@dataclass(frozen=True, slots=True)
class Floor:
    """Host against host for one load, size, metric and quantile; `floor` is the largest ratio that is noise."""

    load: str
    metric: str
    ratio: Written[Number | None] = None
    ratio_low: Written[Number | None] = None
    ratio_high: Written[Number | None] = None
    floor: Written[Number | None] = None
    response_bytes: Written[int | None] = None
    quantile: Written[Number | None] = None
    n: Written[int] = 0


@dataclass(frozen=True, slots=True)
class Knee:
    """The maximum rate of a network, with its interval and its share of the host's; with a `note` it was not found."""

    network: str
    response_bytes: int
    rate_per_s: Number
    rate_low_per_s: Number | None = None
    rate_high_per_s: Number | None = None
    share: Number | None = None
    share_low: Number | None = None
    share_high: Number | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class MeasuredNetwork:
    """A network of the plan, measured or not; `reason` and `remedy` say why not and what to do."""

    name: str
    measured: bool
    reason: Written[str | None] = None
    remedy: Written[str | None] = None
    parts: Written[Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CountedHash:
    """By the counted clock: a hash over all figures of all valid trials, and how many those are."""

    hash: str
    figures: Count | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Which trials a summary is of: how many lines of trials.ndjson, and their digest."""

    count: Count
    digest: str


@dataclass(frozen=True, slots=True)
class DependenceRecord:
    """Whether blocks resemble the block before them, and what they are worth."""

    tested: bool
    autocorrelation: Amount
    effective_blocks: Amount
    chance: Written[Share | None] = None


@dataclass(frozen=True, slots=True)
class LookRecord:
    """A look at a study that stops by its precision."""

    blocks: Count
    confidence: Amount
    half_widths: Mapping[str, Amount | None]
    met: bool


@dataclass(frozen=True, slots=True)
class Stopping:
    """How a study that stops by its precision ended."""

    targets: tuple[str, ...]
    most_blocks: Count
    looks: tuple[LookRecord, ...]
    met: bool
    ended: Literal["met", "all blocks", "out of time or interrupted"]
    spent_seconds: Amount


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole of it."""

    schema: str
    networks: Written[tuple[MeasuredNetwork, ...]] = ()
    cells: Written[tuple[Cell, ...]] = ()
    noise_floor: Written[tuple[Floor, ...]] = ()
    parts: Written[tuple[PartCost, ...]] = ()
    knees: Written[tuple[Knee, ...]] = ()
    clock: Written[Literal["wall", "counted"]] = "wall"
    counted: CountedHash | None = None
    baseline: Written[str] = "host"
    trials: Fingerprint | None = None
    blocks: Written[Count] = 0
    confidence: Written[Number] = 0.95
    margin: Written[Number] = MARGIN
    dependence: Written[DependenceRecord | None] = None
    rejected: Written[Count] = 0
    complete: Written[bool] = False
    stopping: Stopping | None = None
