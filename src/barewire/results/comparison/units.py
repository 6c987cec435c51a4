"""What is repeated when runs are compared: runs, restarts within a run, or blocks; and what earlier runs say about it.

Two runs of one network differ by more than their blocks show (`statistics.runs`), so what may be said of a difference depends on
what was repeated. A `Basis` names it:

    runs         several runs a side: each run is one number
    history      one run a side, widened by how far earlier runs of the same kind are apart
    restarts     one run a side, in which the lab or the VM was restarted between groups of blocks: each group is one number
    blocks       nothing of a run stands between the two: they took turns block by block, or instructions were counted
    these-runs   one run a side and nothing known about the effect of a run: the difference of these two runs, nothing more
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import sqrt

import numpy as np

from barewire.records.comparison import Basis
from barewire.results.analysis import LoadKey, Run
from barewire.results.cells import bounded
from barewire.results.comparison.sides import ByBlock, Side, by_restart, restarts, side_of
from barewire.results.counts import bucket_values
from barewire.results.precision import stopping
from barewire.statistics import CONFIDENCE, each, paired_log_t
from barewire.statistics.change import Blocks
from barewire.statistics.dependence import inflation
from barewire.statistics.interval import Interval
from barewire.statistics.runs import RunSpread, spread, widened
from barewire.workloads.definition.metric import Metric

At = Callable[[float], Interval | None]
"""An interval at a confidence."""

Logs = Callable[[Side, Metric, float | None], ByBlock]
"""A logarithm a block."""

Merged = Callable[[Side, Metric, float | None], Blocks | None]
"""Which histograms of a side are merged."""


class Earlier:
    """Earlier runs of the same kind, and how far they are apart in each thing that is compared."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = tuple(runs)
        self.spread = cache(self._spread)

    def _spread(
        self, network: str, load: LoadKey, metric: Metric, quantile: float | None, logs: Logs, merged: Merged
    ) -> RunSpread | None:
        """Of a network under a load in a metric; None if fewer than three runs have it."""
        means, errors = [], []
        for run in self.runs:
            side = side_of(run, network, load)
            found = value(side, metric, quantile, logs, merged)
            if found is not None:
                means.append(found)
                # Of merged histograms it takes a resampling; without, the whole spread is taken for the run's own.
                known = side.each_supports(metric, quantile)
                errors.append(error([*logs(side, metric, quantile).values()], side.autocorrelation) if known else 0.0)
        return spread(means, errors)


def value(side: Side, metric: Metric, quantile: float | None, logs: Logs, merged: Merged) -> float | None:
    """One number for a run, or a part of it: the mean of its blocks' logarithms, or where only all its blocks together support
    the quantile, that of their merged histograms."""
    if side.each_supports(metric, quantile):
        found = [*logs(side, metric, quantile).values()]
        return sum(found) / len(found) if found else None
    blocks = merged(side, metric, quantile)
    if blocks is None or blocks.empty or quantile is None:
        return None
    return float(blocks.log_quantile(np.ones((1, len(blocks)), dtype=np.int64), bucket_values(), quantile)[0])


def values(
    sides: Sequence[Side], metric: Metric, quantile: float | None, logs: Logs, merged: Merged
) -> list[float] | None:
    """A number for each; None if one has none."""
    found = [value(side, metric, quantile, logs, merged) for side in sides]
    return [one for one in found if one is not None] if found and None not in found else None


def error(found: Sequence[float], autocorrelation: float) -> float:
    """The standard error of the mean of blocks that depend on each other by `autocorrelation`; 0 where there are too few."""
    if len(found) < 2:
        return 0.0
    return sqrt(float(np.var(found, ddof=1)) / len(found)) * inflation(len(found), autocorrelation)[0]


def excess(parts: Sequence[Sequence[Side]], metric: Metric, quantile: float | None, logs: Logs) -> tuple[float, int]:
    """By how much the variance of the mean of the only run of a part is above that of the other part's runs, by their blocks,
    with its degrees of freedom; 0 where neither part has one run alone, or blocks say nothing."""
    single, several = sorted(parts, key=len)
    if len(single) != 1 or not all(side.each_supports(metric, quantile) for side in (*single, *several)):
        return 0.0, 1
    found = [[*logs(side, metric, quantile).values()] for side in (*single, *several)]
    errors = [error(one, side.autocorrelation) for one, side in zip(found, (*single, *several), strict=True)]
    others = [one * one for one in errors[1:]]
    return max(0.0, errors[0] ** 2 - sum(others) / len(others)), max(1, len(found[0]) - 1)


def overhead(sides: Sequence[Side], metric: Metric, quantile: float | None) -> Interval | None:
    """What a run alone says of the overhead, with the interval that its report shows; of several runs, their mean with runs as
    the unit."""
    if any(side.saturated(metric) for side in sides):
        return None
    if len(sides) == 1:
        return sides[0].overhead(metric, quantile, _shown(sides[0].run, sides[0].load, metric, quantile))
    found = values(sides, metric, quantile, Side.overheads, Side.merged_overheads)
    return paired_log_t(found) if found else None


def overhead_at(
    sides: Sequence[Side], earlier: Earlier, metric: Metric, quantile: float | None, *, counted: bool
) -> tuple[Basis, At]:
    """The overhead of a run, or of several together, by what is repeated, at any confidence."""
    which = (metric, quantile, Side.overheads, Side.merged_overheads)
    parts = sides if len(sides) > 1 else by_restart(sides[0])
    usual = usual_basis([[side.run for side in sides]], earlier, together=counted)
    if usual in ("runs", "restarts"):
        found = values(parts, *which)
        if found and len(found) > 1:
            return usual, lambda at: paired_log_t(found, at)
    first = sides[0]
    if usual == "history":
        known = earlier.spread(first.network, first.load, *which)
        logs = [*first.overheads(metric, quantile).values()]
        mean = value(first, *which)
        if known and mean is not None and len(logs) > 1:
            errors = [error(logs, first.autocorrelation)] if first.each_supports(metric, quantile) else [0.0]
            return usual, lambda at: widened(mean, errors, [len(logs)], known, at).ratio("history-log-t")
    return ("blocks" if usual == "blocks" else "these-runs"), lambda at: first.overhead(metric, quantile, at)


def level(runs: Sequence[Run], basis: Basis, together: float = CONFIDENCE) -> float:
    """The confidence of an interval, so that those of all looks of a run that stopped when it was precise hold `together`; of
    several, that of the run with most looks. Where runs are the unit, their blocks make no interval."""
    return together if basis == "runs" else max(stopping.confidence(run, together) for run in runs)


def _shown(run: Run, load: LoadKey, metric: Metric, quantile: float | None) -> float:
    """The confidence of a run's interval, so that those of all its networks hold together, as its summary has it."""
    key = ("shown", load, metric.name, quantile)
    if key not in run.cache:
        family = [side_of(run, network, load).evidence(metric, quantile) for network in run.measured[1:]]
        run.cache[key] = each(sum(map(bounded, family)), stopping.confidence(run))
    found: float = run.cache[key]
    return found


def usual_basis(sides: Sequence[Sequence[Run]], earlier: Earlier, *, together: bool) -> Basis:
    """What the comparison of these runs rests on; `together`: nothing of a run stands between them."""
    if max(map(len, sides)) > 1:
        return "runs"
    if together:
        return "blocks"
    if earlier.runs:
        return "history"
    return "restarts" if any(len(restarts(side[0])) > 1 for side in sides) else "these-runs"
