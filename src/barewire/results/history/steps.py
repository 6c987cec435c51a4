"""The points of a series and the steps between them.

Overheads wander, so their steps are found by E-divisive, and a step smaller than the noise floor is not one. Counted runs of one
seed do not wander: there a run is compared with the first one of its stretch, layout by layout, and the first that differs
begins another. No number of runs is too small for that, and nothing has to be shuffled. Where seeds differ, layouts make
counts wander too, and E-divisive takes over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from barewire.records.history import StepVerdict
from barewire.results.analysis import Run
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.estimates import SEED
from barewire.results.comparison.question import Question
from barewire.statistics import Interval
from barewire.statistics.change_points import change_points
from barewire.statistics.welch import welch_t
from barewire.workloads.definition.metric import Metric


@dataclass(frozen=True, slots=True)
class Point:
    """A run's overhead, network / host, and of a counted run also what was counted; `run` counts from 0 in time order."""

    run: int
    ratio: float
    low: float | None
    high: float | None
    value: float | None = None

    @property
    def level(self) -> float:
        """What the series is about."""
        return self.ratio if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class SeriesStep:
    """A change somewhere between the runs `before` and `after`; `size` is later overheads, or counts, over earlier ones."""

    before: int
    after: int
    size: Interval
    verdict: StepVerdict


def steps(points: Sequence[Point], floor: float | None, metric: Metric, error: float) -> tuple[SeriesStep, ...]:
    """The steps of a series that are larger than the noise floor."""
    logs = [log(point.level) for point in points]
    cuts = list(change_points(logs, error=error, seed=SEED))
    sizes = _sizes(logs, cuts)
    while cuts and floor is not None:
        least = min(range(len(cuts)), key=lambda i: abs(log(sizes[i].ratio)))
        if abs(log(sizes[least].ratio)) > log(floor):
            break
        del cuts[least]
        sizes = _sizes(logs, cuts)
    found = []
    for cut, size in zip(cuts, sizes, strict=True):
        verdict: StepVerdict = "worse" if (size.ratio > 1) == (metric.better == "lower") else "better"
        found.append(SeriesStep(points[cut - 1].run, points[cut].run, size, verdict))
    return tuple(found)


def _sizes(logs: Sequence[float], cuts: Sequence[int]) -> list[Interval]:
    bounds = [0, *cuts, len(logs)]
    sizes = []
    for before, cut, after in zip(bounds, bounds[1:], bounds[2:], strict=False):
        size = welch_t(logs[before:cut], logs[cut:after])
        assert size is not None
        sizes.append(size.ratio("welch-log-t"))
    return sizes


def counted_steps(points: Sequence[Point], runs: Sequence[Run], question: Question) -> tuple[SeriesStep, ...] | None:
    """The steps of a series of counts; `runs` are all runs, by number. None where seeds differ."""
    if len({runs[point.run].record.seed for point in points}) > 1:
        return None
    found = []
    first = points[0].run if points else 0
    for last, point in pairwise(points):
        change = Comparison(runs[first], runs[point.run]).change(question)
        if change and change.absolute and change.verdict in ("better", "worse"):
            verdict: StepVerdict = "better" if change.verdict == "better" else "worse"
            found.append(SeriesStep(last.run, point.run, change.absolute, verdict))
            first = point.run
    return tuple(found)
