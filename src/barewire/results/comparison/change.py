"""What changed from one run to another: for each network, load, size, metric and quantile the ratio of its overheads.

    change = (network / host after) / (network / host before)

Each run brings its own host, so a machine that became faster as a whole changes nothing. By the counted clock no machine can be
faster, so there the values themselves are judged, those of the host too: what costs every network another hundred instructions is
news, and no overhead would show it. What is repeated makes the interval (`units`):

- Several runs a side: runs are the unit, by Welch's t of their log-overheads. Two runs of one network differ by more than their
  blocks show, and no number of blocks averages that out.
- One run a side: widened by the spread of earlier runs, or by that of restarts within the runs; where neither is known, blocks
  are compared by Welch's t and the answer is about these two runs alone.
- Conditions of one study, whose blocks were interleaved, are compared block by block, paired t: what drifted has drifted
  for both. Likewise counted runs of one seed: block 3 of both has the same ports, addresses and phases.
- A quantile that only all blocks of each run together support is read from merged histograms, blocks resampled.
- Blocks of a run that depend on each other make intervals wider, as within that run (`statistics.dependence`).

A network that did not carry the rate in one of the runs has no latency there, so nothing is compared: `saturated`. Nor are loads
at a share of the network's own maximum rate, if that was more than 5 % apart in the runs: `unlike-rates`.

The noise floor is the same comparison of the host with itself, host a over host b, block by block: the largest change that it
does not exclude, and at least the clock's resolution. A change counts if it is larger than the floor and its interval,
widened so that those of all networks hold together, excludes 1. That interval is the one that is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp, isfinite, log

from barewire import statistics
from barewire.records.comparison import Basis, ChangeVerdict
from barewire.results import BASELINE, waits, words
from barewire.results.analysis import LoadKey, Run, metrics_of
from barewire.results.clock import COUNTED, clock_of, resolution
from barewire.results.comparison import likeness, units
from barewire.results.comparison.estimates import Estimates
from barewire.results.comparison.question import Question
from barewire.results.comparison.sides import Side
from barewire.results.comparison.units import Earlier, Logs, Merged, usual_basis
from barewire.results.counts import bucket_values
from barewire.statistics import CONFIDENCE, MARGIN, Interval
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import LATENCY, OBJECTS, SETUP_TIME, Metric

NOT_COUNTED = (SETUP_TIME,)
"""What a counted run has too and is no load: building a lab is mostly Python's work, which a layout does not fix."""

POWER = 0.8
_LARGEST_LOG = 700.0
"""Of a ratio that a double holds."""

_OVERHEADS: tuple[Logs, Merged] = (Side.overheads, Side.merged_overheads)
_VALUES: tuple[Logs, Merged] = (Side.values, Side.merged_values)


@dataclass(frozen=True, slots=True)
class SideFigure:
    """What one run says: the network's `overhead` against its host, and its `value` in the metric's unit."""

    overhead: Interval | None
    value: float | None
    offered_per_s: float | None
    samples: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Change:
    """The answer to a question. `ratio` is of overheads, `absolute` of values; both after / before, with intervals that hold
    together with those of all networks. The verdict is about the overhead, or in counted runs the value, and rests on `basis`;
    None for the host by the wall clock, of which nothing is judged. `detectable` is the smallest change that would have been
    found. Where the verdict is `saturated`, `saturated` says which run did not carry the rate, and where it is `unlike-rates`,
    `rates` has both."""

    question: Question
    before: SideFigure
    after: SideFigure
    ratio: Interval | None
    absolute: Interval | None
    floor: float | None
    verdict: ChangeVerdict | None
    basis: Basis = "these-runs"
    detectable: float | None = None
    saturated: str = ""
    rates: str = ""


class Comparison:
    """One run or several on either side, `before` and `after`, of machines that are alike enough. `before` and `after` are the
    first of each; `earlier` are other runs of the same kind, which say how far two runs are apart. With `any_rates` latencies are
    compared whatever the rates."""

    def __init__(
        self,
        before: Run | Sequence[Run],
        after: Run | Sequence[Run],
        *,
        earlier: Sequence[Run] = (),
        margin: float = MARGIN,
        any_rates: bool = False,
    ) -> None:
        self.runs = tuple((one,) if isinstance(one, Run) else tuple(one) for one in (before, after))
        self.before, self.after = (side[0] for side in self.runs)
        self.counted = all(clock_of(run.record) == COUNTED for side in self.runs for run in side)
        single = max(map(len, self.runs)) == 1
        self.took_turns = single and likeness.took_turns(self.before, self.after)
        self.paired = self.took_turns or (single and likeness.same_layouts(self.before, self.after))
        self.earlier, self._margin, self._any_rates = Earlier(earlier), margin, any_rates
        self.basis = usual_basis(self.runs, self.earlier, together=self.took_turns or self.counted)
        self._answered = cache(self._answer)
        self._estimates = Estimates(self.runs, self.earlier, self.basis, paired=self.paired)

    @property
    def networks(self) -> tuple[str, ...]:
        """Networks that all have measured, the host first, in the order of the first run."""
        every = [run for side in self.runs for run in side]
        return tuple(name for name in self.before.measured if all(name in run.measured for run in every))

    @property
    def loads(self) -> tuple[LoadKey, ...]:
        every = [run for side in self.runs for run in side]
        return tuple(load for load in self.before.loads if all(load in run.loads for run in every))

    @property
    def together(self) -> float:
        """The confidence of each interval, so that those of all networks in a column hold together."""
        return statistics.each(len(self.networks) - (0 if self.counted else 1), self.level())

    def level(self, together: float = CONFIDENCE) -> float:
        """The confidence of an interval, so that those of all looks that the runs took hold `together`."""
        return units.level([run for side in self.runs for run in side], self.basis, together)

    def questions(self) -> Iterator[Question]:
        """Everything that all runs can be asked."""
        for load in self.loads:
            for network in self.networks:
                for metric, quantile in metrics_of(load):
                    # What is counted from a plan does not vary.
                    if metric is not OBJECTS and not (self.counted and metric in NOT_COUNTED):
                        yield Question(network, load, metric, quantile)

    def change(self, question: Question) -> Change | None:
        """The answer, or None if a run has nothing to say; worked out once."""
        return self._answered(question)

    def _answer(self, question: Question) -> Change | None:
        sides = self._sides(question)
        figures = self.side_figure(sides[0], question), self.side_figure(sides[1], question)
        if any(one.value is None for one in figures):
            return None
        floor, judged_basis = self.floor(question), self._basis(question, counted=self.counted)
        if why := self.saturated(question):
            return Change(question, *figures, None, None, floor, "saturated", judged_basis, saturated=why)
        if rates := self.unlike_rates(question):
            return Change(question, *figures, None, None, floor, "unlike-rates", judged_basis, rates=rates)
        absolute = self.absolute(question, self.together)
        if question.network == BASELINE and not self.counted:
            same = absolute and replace(absolute, ratio=1.0, low=1.0, high=1.0, method="baseline")
            return Change(question, *figures, same, absolute, floor, None, judged_basis)
        ratio = None if question.network == BASELINE else self.ratio(question, self.together)
        detectable = self.detectable(question, floor)
        said = verdict(question.metric, absolute if self.counted else ratio, floor, self._margin, detectable)
        return Change(question, *figures, ratio, absolute, floor, said, judged_basis, detectable)

    def saturated(self, question: Question) -> str:
        """Which run did not carry the rate whose latency is asked for, and how that shows; empty where all did."""
        for when, sides in zip(("before", "after"), self._sides(question), strict=True):
            for side in sides:
                if why := side.saturated(question.metric):
                    return f"{when}: {why}"
        return ""

    def unsupported(self, question: Question) -> str:
        """Why blocks of one of the runs give no interval; empty where they do."""
        sides = [side for one in self._sides(question) for side in one]
        return next(filter(None, (side.unsupported(question.metric, question.quantile) for side in sides)), "")

    def unlike_rates(self, question: Question) -> str:
        """The rates that were offered, if they are a share of the network's own maximum and more than 5 % apart; else empty."""
        if self._any_rates or not shares.is_own(question.load.load):
            return ""
        before, after = ([rate for one in sides if (rate := one.offered_per_s)] for sides in self._sides(question))
        if not before or not after or likeness.same_rate(min(*before, *after), max(*before, *after)):
            return ""
        return f"{_rates(before)} before and {_rates(after)} after"

    def detectable(self, question: Question, floor: float | None) -> float | None:
        """The smallest change, as a ratio above 1, that these runs would have called one in 80 of 100 comparisons: what must lie
        beyond the interval's half (the error rate) and 80 % of the estimates (the power)."""
        halves = [_half(self.judged(question, confidence)) for confidence in (self.together, 2 * POWER - 1)]
        if None in halves or floor is None:
            return None
        power = halves[1] or 0.0
        return exp(min(max((halves[0] or 0.0) + power, log(floor) + power), _LARGEST_LOG))

    def judged(self, question: Question, confidence: float = CONFIDENCE) -> Interval | None:
        """What a gate looks at: the change of the overhead, or in counted runs of the value."""
        return (self.absolute if self.counted else self.ratio)(question, confidence)

    def judged_basis(self, question: Question) -> Basis:
        """What that rests on."""
        return self._basis(question, counted=self.counted)

    def floor(self, question: Question) -> float | None:
        """The largest change that is noise."""
        floor = statistics.floor_of(self.noise(question, self.level()))
        return max(floor, resolution(question.load.load)) if floor is not None and self.counted else floor

    def ratio(self, question: Question, confidence: float = CONFIDENCE) -> Interval | None:
        """Overhead after / overhead before; bounds are None where blocks or samples are too few."""
        return self._estimates.at(question, *_OVERHEADS)[1](confidence)

    def absolute(self, question: Question, confidence: float = CONFIDENCE) -> Interval | None:
        """Value after / value before: of the networks alone, fair only on the same machine."""
        found = self._estimates.at(question, *_VALUES)[1](confidence)
        if not self.counted or found is None or question.metric is not LATENCY:
            return found
        before, after = self._sides(question)
        base = self.side_figure(before, question).value
        slack = waits.slack_ns(_idle_share(after), _idle_share(before))
        return waits.Slack(*slack, base).of_ratio(found) if base else found

    def noise(self, question: Question, confidence: float = CONFIDENCE) -> Interval | None:
        """The host against itself in the same blocks: (host a / host b after) / (host a / host b before)."""
        hosts = replace(question, network=BASELINE)
        return self._estimates.by_blocks(hosts, Side.noise, Side.merged_noise)(confidence)

    def offered(self, load: LoadKey) -> tuple[float | None, float | None]:
        """The rates of the schedule: shares of each run's own host."""
        before, after = self._estimates.sides(BASELINE, load)
        return before[0].offered_per_s, after[0].offered_per_s

    def values(self, question: Question) -> tuple[float | None, float | None]:
        """What was measured, before and after."""
        before, after = (self.side_figure(side, question).value for side in self._sides(question))
        return before, after

    def side_figure(self, sides: Sequence[Side], question: Question) -> SideFigure:
        """What one run says by itself; of several the geometric mean."""
        metric, quantile = question.metric, question.quantile
        known = [one for side in sides if (one := _value(side, metric, quantile)) is not None]
        return SideFigure(
            overhead=None if sides[0].network == BASELINE else units.overhead(sides, metric, quantile),
            value=exp(sum(map(log, known)) / len(known)) if known and len(known) == len(sides) else None,
            offered_per_s=sides[0].offered_per_s,
            samples=sum(side.samples(metric) for side in sides) if quantile is not None else 0,
            blocks=sum(len(side.values(metric, quantile)) for side in sides),
        )

    def _basis(self, question: Question, *, counted: bool) -> Basis:
        return self._estimates.at(question, *(_VALUES if counted else _OVERHEADS))[0]

    def _sides(self, question: Question) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
        return self._estimates.sides(question.network, question.load)


def _value(side: Side, metric: Metric, quantile: float | None) -> float | None:
    values = side.values(metric, quantile)
    if quantile is not None and values and not side.each_supports(metric, quantile):
        merged = side.merged_values(metric, quantile)
        if merged is not None:
            return float(bucket_values()[statistics.merged_quantile(merged.counts.sum(axis=0), quantile)])
    return exp(sum(values.values()) / len(values)) if values else None


def _rates(offered: Sequence[float]) -> str:
    return words.listing([words.value(one, "1/s") for one in offered])


def _idle_share(sides: Sequence[Side]) -> float | None:
    known = [side.idle_share for side in sides if side.idle_share is not None]
    return sum(known) / len(known) if known else None


def _half(interval: Interval | None) -> float | None:
    """Half of the interval's width, of logarithms."""
    if interval is None or interval.low is None or interval.high is None or interval.low <= 0:
        return None
    return min(log(interval.high / interval.low) / 2, _LARGEST_LOG) if isfinite(interval.high) else _LARGEST_LOG


def verdict(
    metric: Metric,
    interval: Interval | None,
    floor: float | None,
    margin: float = MARGIN,
    detectable: float | None = None,
) -> ChangeVerdict:
    """What may be said of a change."""
    said = statistics.verdict(metric.better, interval, floor, margin=margin, detectable=detectable)
    return {"slower": "worse", "faster": "better"}.get(said, said)  # type: ignore[return-value]
