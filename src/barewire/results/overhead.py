"""Trials against trials under one load, block by block: a network against the host, host a against host b, or a network
against another that differs in one part.

A comparison gathers its evidence for a metric once; intervals at any confidence are made of it, because a cell shows an
interval of its own and is judged by one that holds together with those of other networks. Which method speaks:

- If every trial supports the quantile by itself (or the metric has none): the blocks' log-ratios, by Student's t, or by
  Hodges and Lehmann where the two disagree (`statistics.choice`).
- If only all blocks together support it: the quantiles of the merged histograms, with a bootstrap over blocks.
- Else there is a ratio to look at and no interval.

Which of them holds, and why neither does, is `results.support`'s business. Bounds are wider where the run's blocks depend on
each other (`results.dependence`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log

from barewire import statistics
from barewire.results import BASELINE, dependence, support, waits
from barewire.results.analysis import LoadKey, Run
from barewire.results.clock import COUNTED, clock_of, resolution
from barewire.results.counts import Counts, bucket_values
from barewire.results.seeds import derived_seed
from barewire.results.support import Group
from barewire.results.waits import NO_SLACK, Slack
from barewire.statistics import CONFIDENCE, Estimate, Interval, Paired, Pooled, choice
from barewire.workloads.definition.metric import LATENCY, Metric

METHODS = {"paired-t": "paired-log-t", "hodges-lehmann": "hodges-lehmann"}


@dataclass(frozen=True, slots=True)
class Match:
    """One block's trials of either side."""

    block: int
    own: Group
    other: Group

    def log_ratio(self, metric: Metric, quantile: float | None) -> float | None:
        """ln of one side less ln of the other; the mean of logarithms where a side has two trials."""
        own, other = (_values(side, metric, quantile) for side in (self.own, self.other))
        if not own or not other or min(*own, *other) <= 0:
            return None
        return sum(map(log, own)) / len(own) - sum(map(log, other)) / len(other)

    def difference(self, metric: Metric, quantile: float | None) -> float | None:
        """One side less the other in the metric's unit; means where a side has two trials."""
        own, other = (_values(side, metric, quantile) for side in (self.own, self.other))
        return sum(own) / len(own) - sum(other) / len(other) if own and other else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What blocks say about a ratio and a difference; intervals are made when asked for."""

    ratios: Paired | None
    logs: tuple[float, ...] = ()
    differences: tuple[float, ...] = ()
    pooled: Pooled | None = None
    point: float | None = None
    bounded: bool = True
    slack: Slack = NO_SLACK
    autocorrelation: float = 0.0

    @property
    def n(self) -> int:
        return self.pooled.blocks if self.pooled else len(self.logs)

    @property
    def method(self) -> str:
        """As `summary.json` names it."""
        if self.pooled and self.bounded:
            return "bootstrap-blocks"
        return METHODS[self.ratios.method] if self.ratios and self.bounded else "none"

    @property
    def disagree(self) -> bool:
        """Whether Student's t and Hodges-Lehmann do."""
        return bool(self.bounded and self.ratios and self.ratios.disagree)

    def ratio(self, confidence: float = CONFIDENCE) -> Interval | None:
        """The ratio with its interval."""
        if self.pooled:
            found: Estimate | None = self.pooled.ratio_at(confidence)
        elif self.ratios:
            found = choice.estimate_by(self.ratios.method, self.logs, confidence)
        else:
            return None
        return self._known(self.slack.of_logarithm(found), confidence).ratio(self.method) if found else None

    def difference(self, confidence: float = CONFIDENCE) -> Estimate | None:
        """The difference with its interval, by the same method."""
        if self.pooled:
            return self._known(self.slack.of_difference(self.pooled.difference_at(confidence)), confidence)
        if not self.ratios or not self.differences:
            return None
        found = choice.estimate_by(self.ratios.method, self.differences, confidence)
        return self._known(self.slack.of_difference(found), confidence) if found else None

    @property
    def twin(self) -> Interval | None:
        """The ratio by the method that is not shown; None where there is only one."""
        if self.pooled or not self.ratios or not self.bounded or self.ratios.twin.low is None:
            return None
        other = "paired-log-t" if self.ratios.disagree else "hodges-lehmann"
        return self._known(self.ratios.twin, CONFIDENCE).ratio(other)

    def _known(self, found: Estimate, confidence: float) -> Estimate:
        """With the bounds that may be stated: none, or wider ones where blocks depend on each other."""
        if not self.bounded:
            return Estimate(found.value, None, None, found.n)
        return found.widened(statistics.widening(found.n, self.autocorrelation, confidence))


class BlockComparison:
    """One side against the other under one load, over the blocks that have both; `what` seeds the resampling."""

    def __init__(self, run: Run, load: LoadKey, matches: Sequence[Match], what: str) -> None:
        self.run, self.load, self.matches, self._what = run, load, tuple(matches), what
        self._read: dict[tuple[str, str], Counts | None] = {}
        self._alone: dict[tuple[str, float], str] = {}
        self._together: dict[tuple[str, float], str] = {}

    def own_rows(self, metric: Metric) -> Counts | None:
        """Histograms of this side, a row a block; None where the metric has none."""
        return self._rows("own", [m.own for m in self.matches], metric)

    def other_rows(self, metric: Metric) -> Counts | None:
        """And of the other."""
        return self._rows("other", [m.other for m in self.matches], metric)

    def rows(self, groups: Sequence[Group], metric: Metric) -> Counts | None:
        """Histograms of any trials, a row a group."""
        tag = self.load.tag(metric)
        return self.run.rows(groups, tag) if tag else None

    def _rows(self, side: str, groups: Sequence[Group], metric: Metric) -> Counts | None:
        if (side, metric.name) not in self._read:
            self._read[side, metric.name] = self.rows(groups, metric)
        return self._read[side, metric.name]

    def evidence(self, metric: Metric, quantile: float | None, confidence: float = CONFIDENCE) -> Evidence | None:
        """What the blocks say, or None without a single one; the choice of method is made at `confidence`."""
        found = self._evidence(metric, quantile, confidence)
        if found is None:
            return None
        if clock_of(self.run.record) != COUNTED:
            return replace(found, autocorrelation=dependence.dependence_of(self.run).autocorrelation)
        return replace(found, slack=self._slack(quantile)) if metric is LATENCY else found

    def _slack(self, quantile: float | None) -> Slack:
        """What waits hide of a latency by a clock that counts."""
        own = [observation for match in self.matches for observation in match.own]
        other = [observation for match in self.matches for observation in match.other]
        base = [x for observation in other if (x := observation.value(LATENCY, quantile))]
        if not base:
            return NO_SLACK
        shares = (waits.idle_share(observation.load for observation in side) for side in (own, other))
        return Slack(*waits.slack_ns(*shares), sum(base) / len(base))

    def _evidence(self, metric: Metric, quantile: float | None, confidence: float) -> Evidence | None:
        logs = tuple(_known(m.log_ratio(metric, quantile) for m in self.matches))
        differences = tuple(_known(m.difference(metric, quantile) for m in self.matches))
        ratios = statistics.paired(logs, confidence)
        if quantile is None or self.each_supports(metric, quantile):
            return Evidence(ratios, logs, differences) if ratios else None
        own, other = self.own_rows(metric), self.other_rows(metric)
        # A maximum grows with the samples, and two hosts have more of them: only maxima of single trials compare.
        if quantile == 1 or own is None or other is None or own.shape != other.shape:
            return Evidence(ratios, logs, differences, bounded=False) if ratios else None
        seed = derived_seed(self.run.record.seed, self.load.tag(metric), quantile, self._what)
        together = self.all_support(metric, quantile)
        found = statistics.pooled(own, other, bucket_values(), quantile, seed, errors=together)
        return Evidence(None, pooled=found, bounded=together) if found else None

    def each_supports(self, metric: Metric, quantile: float | None) -> bool:
        """Whether every trial supports the quantile by itself."""
        return not self._why_not_each(metric, quantile)

    def all_support(self, metric: Metric, quantile: float) -> bool:
        """Whether all blocks together support it, and have histograms to read it from."""
        return not self._why_not_all(metric, quantile)

    def unsupported(self, metric: Metric, quantile: float | None) -> str:
        """Why blocks give no interval, as a clause (`results.support`); empty where they do, or where there are none."""
        if not self.matches:
            return ""
        what = "layout" if clock_of(self.run.record) == COUNTED else "block"
        known = sum(match.log_ratio(metric, quantile) is not None for match in self.matches)
        if known < len(self.matches) and known < 2:
            return f"{'one' if known else 'no'} {what} has values that can be compared"
        if known < 2:
            return f"one {what} has no interval"
        alone = self._why_not_each(metric, quantile)
        if not alone or quantile is None or quantile >= 1 or len(self.matches) < statistics.MIN_BLOCKS:
            return alone
        return self._why_not_all(metric, quantile) or alone

    def _why_not_each(self, metric: Metric, quantile: float | None) -> str:
        """Why not every trial supports the quantile by itself; worked out once, since each interval depends on it."""
        if quantile is None:
            return ""
        key = (metric.name, quantile)
        if key not in self._alone:
            self._alone[key] = next(filter(None, (side.alone(metric, quantile) for side in self._sides())), "")
        return self._alone[key]

    def _why_not_all(self, metric: Metric, quantile: float) -> str:
        """Why not all blocks together do; worked out once."""
        key = (metric.name, quantile)
        if key not in self._together:
            own, other = self.own_rows(metric), self.other_rows(metric)
            if own is None or other is None:
                return support.NO_HISTOGRAMS
            sides = zip((own, other), self._sides(), strict=True)
            self._together[key] = next(filter(None, (one.together(rows, metric, quantile) for rows, one in sides)), "")
        return self._together[key]

    def _sides(self) -> tuple[support.Trials, support.Trials]:
        own, other = ([m.own for m in self.matches], [m.other for m in self.matches])
        return support.Trials(self.run, self.load, own), support.Trials(self.run, self.load, other)


def against_host(run: Run, network: str, load: LoadKey) -> BlockComparison:
    """A network against both hosts; of the host, both against themselves."""
    pairs = run.pairs(network, load)
    matches = [Match(p.block, p.hosts if network == BASELINE else (p.network,), p.hosts) for p in pairs]
    return BlockComparison(run, load, matches, network)


def noise(run: Run, load: LoadKey) -> BlockComparison:
    """Host a against host b."""
    matches = [Match(p.block, (p.host_a,), (p.host_b,)) for p in run.pairs(BASELINE, load)]
    return BlockComparison(run, load, matches, "noise")


def between(run: Run, network: str, other: str, load: LoadKey) -> BlockComparison:
    """A network against another in the same blocks, not by way of the host, whose noise would come in twice."""
    found = [(block, run.group(block, network, load), run.group(block, other, load)) for block in run.blocks]
    return BlockComparison(run, load, [Match(*one) for one in found if one[1] and one[2]], f"{network} against {other}")


def floor(run: Run, load: LoadKey, noise: Interval | None) -> float | None:
    """Which differences are none, as a ratio above 1: those that host against host does not exclude, and by a clock that counts,
    where two hosts may be equal to the last digit, those that two runs of one plan may have."""
    found = statistics.floor_of(noise)
    return max(found, resolution(load.load)) if found is not None and clock_of(run.record) == COUNTED else found


def value(groups: Iterable[Group], rows: Counts | None, metric: Metric, quantile: float | None) -> float | None:
    """A metric of many trials: a latency from the merged histograms, anything else as geometric mean."""
    numbers = [x for group in groups for x in _values(group, metric, quantile)]
    if quantile == 1:
        return max(numbers, default=None)  # exact, where a bucket would be rounded
    if rows is not None and quantile is not None:
        index = statistics.merged_quantile(rows.sum(axis=0), quantile)
        return float(bucket_values()[index]) if index >= 0 else None
    if not numbers:
        return None
    if min(numbers) <= 0:
        return sum(numbers) / len(numbers)
    return exp(sum(map(log, numbers)) / len(numbers))


def _values(group: Group, metric: Metric, quantile: float | None) -> list[float]:
    return _known(o.value(metric, quantile) for o in group)


def _known(numbers: Iterable[float | None]) -> list[float]:
    return [number for number in numbers if number is not None]
