"""What `barewire history --json` prints: all runs below a directory in time order, each overhead as a series, and where it
changed. Ratios of points are network over host, of steps later over earlier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from barewire.records.comparison import FromOne, Inside, Quantile, RunDifference, Size
from barewire.records.fields import Amount, Count, Rate, Time

StepVerdict = Literal["better", "worse"]


@dataclass(frozen=True, slots=True)
class HistoryRun:
    """A run: its directory, and when it was begun."""

    path: str
    created: Time


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Runs that are alike, by their numbers from 0, and what differs from the group before."""

    runs: Annotated[tuple[Count, ...], Field(min_length=1)]
    differences: tuple[RunDifference, ...]


@dataclass(frozen=True, slots=True)
class PointRecord:
    """What one run says; `value` by the counted clock alone."""

    run: Count
    ratio: Amount | None
    ratio_low: Amount | None
    ratio_high: Amount | None
    value: Rate | None = None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A change between two runs that follow each other."""

    before: Count
    after: Count
    ratio: Amount | None
    ratio_low: Amount | None
    ratio_high: Amount | None
    verdict: StepVerdict
    sentence: str


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One network, load, size, metric and quantile through the runs of a group."""

    network: str
    load: str
    response_bytes: Size | None
    metric: str
    quantile: Quantile | None
    group: Count
    clock: Literal["wall", "counted"]
    floor: FromOne | None
    points: Annotated[tuple[PointRecord, ...], Field(min_length=1)]
    steps: tuple[StepRecord, ...]


@dataclass(frozen=True, slots=True)
class HistoryDocument:
    """The whole of it; `error` is the rate of false steps."""

    schema: str
    baseline: str
    error: Inside
    runs: Annotated[tuple[HistoryRun, ...], Field(min_length=1)]
    groups: Annotated[tuple[RunGroup, ...], Field(min_length=1)]
    series: tuple[SeriesRecord, ...]
    notes: tuple[str, ...]
