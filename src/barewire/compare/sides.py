"""One run's network under one load, as the comparison wants it: logarithms by block, and histograms by block.

The host is a network here too: its value is the mean of both hosts of a block, and its loss is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import log

from barewire import statistics
from barewire.runs import BASELINE
from barewire.runs.analysis import LoadKey, Metric, Observation, Pair, Run
from barewire.runs.counts import Counts
from barewire.statistics.change import Blocks

ByBlock = Mapping[int, float]
"""A logarithm for each block that has it."""


class Side:
    """A network under a load, over the blocks of a run that have it and both hosts."""

    def __init__(self, run: Run, network: str, load: LoadKey) -> None:
        self.run, self.network, self.load = run, network, load
        self.pairs: tuple[Pair, ...] = run.pairs(network, load)

    @property
    def blocks(self) -> tuple[int, ...]:
        return tuple(pair.block for pair in self.pairs)

    def losses(self, metric: Metric, quantile: float | None) -> ByBlock:
        """ln network / host."""
        return _known((pair.block, pair.log_ratio(metric, quantile)) for pair in self.pairs)

    def values(self, metric: Metric, quantile: float | None) -> ByBlock:
        """ln network; of the host, the mean of both."""
        return _known((pair.block, _mean_log(self._own(pair), metric, quantile)) for pair in self.pairs)

    def noise(self, metric: Metric, quantile: float | None) -> ByBlock:
        """ln host a / host b."""
        return _known((pair.block, pair.log_floor(metric, quantile)) for pair in self.pairs)

    def each_supports(self, metric: Metric, quantile: float | None) -> bool:
        """Whether every trial supports the quantile by itself."""
        if quantile is None:
            return True
        trials = [o for pair in self.pairs for o in (pair.network, *pair.hosts)]
        return all(statistics.supports(o.samples(metric), quantile) for o in trials)

    def merged_losses(self, metric: Metric, quantile: float | None) -> Blocks | None:
        """Histograms of the network over those of the host; None if they do not support the quantile together."""
        host = self._rows(metric, lambda pair: pair.hosts)
        return _blocks(self._rows(metric, self._own), host, quantile) if host is not None else None

    def merged_values(self, metric: Metric, quantile: float | None) -> Blocks | None:
        """Histograms of the network."""
        return _blocks(self._rows(metric, self._own), None, quantile)

    def merged_noise(self, metric: Metric, quantile: float | None) -> Blocks | None:
        """Histograms of host a over those of host b."""
        other = self._rows(metric, lambda pair: (pair.host_b,))
        return _blocks(self._rows(metric, lambda pair: (pair.host_a,)), other, quantile) if other is not None else None

    def samples(self, metric: Metric) -> int:
        """Requests behind the network's times."""
        return sum(o.samples(metric) for pair in self.pairs for o in self._own(pair))

    @property
    def offered_per_s(self) -> float | None:
        """The rate of the schedule: a share of this run's own host."""
        offered = self.pairs[0].network.record.get("offered_per_s") if self.pairs else None
        return float(offered) if offered else None

    def _rows(self, metric: Metric, which: Callable[[Pair], tuple[Observation, ...]]) -> Counts | None:
        tag = self.load.tag(metric)
        return self.run.rows([which(pair) for pair in self.pairs], tag) if tag else None

    def _own(self, pair: Pair) -> tuple[Observation, ...]:
        return pair.hosts if self.network == BASELINE else (pair.network,)


def _mean_log(observations: Iterable[Observation], metric: Metric, quantile: float | None) -> float | None:
    found = [observation.value(metric, quantile) for observation in observations]
    return sum(log(x) for x in found if x) / len(found) if found and all(found) else None


def _blocks(counts: Counts | None, over: Counts | None, quantile: float | None) -> Blocks | None:
    if counts is None or quantile is None or quantile >= 1:
        return None
    if not all(statistics.supports(int(rows.sum()), quantile) for rows in (counts, over) if rows is not None):
        return None
    return Blocks(counts, over)


def _known(found: Iterable[tuple[int, float | None]]) -> ByBlock:
    return {block: value for block, value in found if value is not None}
