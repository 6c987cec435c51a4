"""One run's network under one load, as a comparison of runs wants it: logarithms by block, and histograms by block.

The host is a network here too: its value is the mean of both hosts of a block, and its overhead is nothing. What a run says by
itself, and which samples support what, is `results.overhead`'s business, so that it is the same as in the run's summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import log

from barewire.results import BASELINE, dependence, overhead, saturation, waits
from barewire.results.analysis import LoadKey, Run
from barewire.results.overhead import BlockComparison, Evidence
from barewire.results.support import Group
from barewire.statistics import CONFIDENCE, Interval
from barewire.statistics.change import Blocks
from barewire.workloads.definition.metric import LATENCY, WIRE_LATENCY, Metric

ByBlock = Mapping[int, float]
"""A logarithm for each block that has it."""


class Side:
    """A network under a load, over the blocks of a run that have it and both hosts."""

    def __init__(self, run: Run, network: str, load: LoadKey, blocks: frozenset[int] | None = None) -> None:
        """Of all blocks of the run, or of `blocks`."""
        self.network, self.load, self.run = network, load, run
        self._wanted = blocks
        self._against = _of(overhead.against_host(run, network, load), blocks)
        self._evidence: dict[tuple[str, float | None], Evidence | None] = {}

    @cached_property
    def _noise(self) -> BlockComparison:
        return _of(overhead.noise(self.run, self.load), self._wanted)

    @property
    def blocks(self) -> tuple[int, ...]:
        return tuple(match.block for match in self._against.matches)

    def overhead(self, metric: Metric, quantile: float | None, confidence: float = CONFIDENCE) -> Interval | None:
        """Network / host, as the run's summary has it."""
        found = self.evidence(metric, quantile)
        return found.ratio(confidence) if found else None

    def evidence(self, metric: Metric, quantile: float | None) -> Evidence | None:
        """What the blocks say of the overhead; worked out once, because tails are resampled for it."""
        key = (metric.name, quantile)
        if key not in self._evidence:
            self._evidence[key] = self._against.evidence(metric, quantile)
        return self._evidence[key]

    def floor(self, metric: Metric, quantile: float | None, confidence: float = CONFIDENCE) -> Interval | None:
        """Host a / host b."""
        found = self._noise.evidence(metric, quantile)
        return found.ratio(confidence) if found else None

    def overheads(self, metric: Metric, quantile: float | None) -> ByBlock:
        """ln network / host."""
        return _known((m.block, m.log_ratio(metric, quantile)) for m in self._against.matches)

    def values(self, metric: Metric, quantile: float | None) -> ByBlock:
        """ln network; of the host, the mean of both."""
        return _known((m.block, _mean_log(m.own, metric, quantile)) for m in self._against.matches)

    def noise(self, metric: Metric, quantile: float | None) -> ByBlock:
        """ln host a / host b."""
        return _known((m.block, m.log_ratio(metric, quantile)) for m in self._noise.matches)

    def each_supports(self, metric: Metric, quantile: float | None) -> bool:
        """Whether every trial supports the quantile by itself."""
        return self._against.each_supports(metric, quantile)

    def unsupported(self, metric: Metric, quantile: float | None) -> str:
        """Why this run alone has no interval, of the network or of host against host; empty where it has both."""
        own = "" if self.network == BASELINE else self._against.unsupported(metric, quantile)
        return own or self._noise.unsupported(metric, quantile)

    def merged_overheads(self, metric: Metric, quantile: float | None) -> Blocks | None:
        """Histograms of the network over those of the host; None if they do not support the quantile together."""
        return _blocks(self._against, metric, quantile)

    def merged_values(self, metric: Metric, quantile: float | None) -> Blocks | None:
        """Histograms of the network."""
        found = _blocks(self._against, metric, quantile)
        return Blocks(found.counts) if found else None

    def merged_noise(self, metric: Metric, quantile: float | None) -> Blocks | None:
        """Histograms of host a over those of host b."""
        return _blocks(self._noise, metric, quantile)

    def samples(self, metric: Metric) -> int:
        """Requests behind the network's times."""
        return sum(one.samples(metric) for match in self._against.matches for one in match.own)

    @cached_property
    def idle_share(self) -> float | None:
        """By the counted clock, the share of the network's time in which the CPU was idle."""
        return waits.idle_share(one.load for match in self._against.matches for one in match.own)

    @property
    def autocorrelation(self) -> float:
        """By how much the run's blocks depend on each other; 0 where they do not."""
        return dependence.dependence_of(self.run).autocorrelation

    def saturated(self, metric: Metric) -> str:
        """Why a latency says nothing here: the rate was not carried; else empty."""
        return saturation.reason(self.run, self.network, self.load) if metric in (LATENCY, WIRE_LATENCY) else ""

    @property
    def offered_per_s(self) -> float | None:
        """The rate of the schedule: a share of this run's own host."""
        matches = self._against.matches
        offered = matches[0].own[0].load.offered_per_s if matches else None
        return float(offered) if offered else None


def side_of(run: Run, network: str, load: LoadKey, blocks: frozenset[int] | None = None) -> Side:
    """The side, made once for a run: what is worked out of it serves every comparison of that run."""
    key = ("side", network, load, blocks)
    if key not in run.cache:
        run.cache[key] = Side(run, network, load, blocks)
    found: Side = run.cache[key]
    return found


def by_restart(side: Side) -> tuple[Side, ...]:
    """The side in parts, one for each restart of the lab or VM within the run; itself alone where there was none."""
    groups = restarts(side.run)
    if len(groups) < 2:
        return (side,)
    return tuple(side_of(side.run, side.network, side.load, blocks) for blocks in groups)


def restarts(run: Run) -> tuple[frozenset[int], ...]:
    """The blocks of each restart, in order; a single group where a run does not record any."""
    found: dict[int, int] = {}
    for (block, _, _), trial in run.slots.items():
        found.setdefault(block, trial.restart or 1)
    return tuple(
        frozenset(block for block, restart in found.items() if restart == one) for one in sorted(set(found.values()))
    )


def _of(found: BlockComparison, blocks: frozenset[int] | None) -> BlockComparison:
    if blocks is None:
        return found
    matches = [match for match in found.matches if match.block in blocks]
    return BlockComparison(found.run, found.load, matches, "restart")


def _blocks(found: BlockComparison, metric: Metric, quantile: float | None) -> Blocks | None:
    if quantile is None or quantile >= 1 or not found.matches or not found.all_support(metric, quantile):
        return None
    own, other = found.own_rows(metric), found.other_rows(metric)
    return Blocks(own, other) if own is not None else None


def _mean_log(group: Group, metric: Metric, quantile: float | None) -> float | None:
    found = [one.value(metric, quantile) for one in group]
    return sum(log(x) for x in found if x) / len(found) if found and all(found) else None


def _known(found: Iterable[tuple[int, float | None]]) -> ByBlock:
    return {block: value for block, value in found if value is not None}
