"""What changed from one run to another: for each network, load, size, metric and quantile the ratio of its losses.

    change = (network / host after) / (network / host before)

Each run brings its own host, so a machine that became faster as a whole changes nothing. By the counted clock no machine can be
faster, so there the values themselves are judged, those of the host too: what costs every network another hundred instructions is
news, and no loss would show it. Blocks are the replicates:

- Runs made one after the other are compared by Welch's t of the blocks' log-losses, whose blocks nothing pairs.
- Conditions of one study, whose blocks were interleaved, are compared block by block, paired t: what drifted has drifted
  for both. Likewise counted runs of one seed: block 3 of both has the same ports, addresses and phases.
- A quantile that only all blocks of each run together support is read from merged histograms, blocks resampled.

The noise floor is the same comparison of the host with itself, host a over host b: the largest change that it does not
exclude, and at least what the clock tells apart. A change counts if it is larger than the floor and its interval, widened so
that those of all networks hold together, excludes 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp
from typing import Literal

from barewire import statistics
from barewire.compare import likeness
from barewire.compare.sides import ByBlock, Side
from barewire.runs import BASELINE, waits
from barewire.runs.analysis import LATENCY, OBJECTS, SETUP_TIME, LoadKey, Metric, Run, metrics_of
from barewire.runs.clock import COUNTED, RESOLUTION, clock_of
from barewire.runs.counts import bucket_values
from barewire.statistics import CONFIDENCE, Interval
from barewire.statistics.change import Blocks, Resampled, pooled_change
from barewire.statistics.welch import welch_t

SEED = 1
"""Of every resampling: the same runs give the same answer."""

NOT_COUNTED = (SETUP_TIME,)
"""What a counted run tells too and is no load: building a lab is mostly Python's work, which a layout does not fix."""

Merged = Callable[[Side, Metric, float | None], Blocks | None]
"""Which histograms of a side are merged."""

Verdict = Literal[
    "better", "worse", "equivalent", "no-difference-found", "below-noise-floor", "inconclusive", "unsupported"
]


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared of a network."""

    network: str
    load: LoadKey
    metric: Metric
    quantile: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """What one run says: the network's `loss` against its host, and its `value` in the metric's unit."""

    loss: Interval | None
    value: float | None
    offered_per_s: float | None
    samples: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Change:
    """The answer to a question. `ratio` is of losses, `absolute` of values; both after / before. The verdict is about the loss,
    or in counted runs about the value: `joint` is that with the interval that holds together with those of all networks."""

    question: Question
    before: Told
    after: Told
    ratio: Interval | None
    absolute: Interval | None
    floor: float | None
    verdict: Verdict
    joint: Interval | None = None


class Comparison:
    """Two runs, `before` and `after`, of machines that are alike enough."""

    def __init__(self, before: Run, after: Run) -> None:
        self.before, self.after = before, after
        self.counted = clock_of(before.record) == clock_of(after.record) == COUNTED
        self.took_turns = likeness.took_turns(before, after)
        self.paired = self.took_turns or likeness.same_layouts(before, after)
        self._side = cache(self._make_side)
        self._answered = cache(self._answer)
        self._resampled = cache(self._resample)

    @property
    def networks(self) -> tuple[str, ...]:
        """Networks that both have measured, the host first, in the order of the first run."""
        return tuple(name for name in self.before.measured if name in self.after.measured)

    @property
    def loads(self) -> tuple[LoadKey, ...]:
        return tuple(load for load in self.before.loads if load in self.after.loads)

    @property
    def _together(self) -> float:
        """The confidence of each interval, so that those of all networks in a column hold together."""
        return statistics.each(len(self.networks) - (0 if self.counted else 1))

    def questions(self) -> Iterator[Question]:
        """Everything that both runs can be asked."""
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
        told = self.told(sides[0], question), self.told(sides[1], question)
        if any(one.value is None for one in told):
            return None
        floor = self.floor(question)
        absolute = self.absolute(question)
        if self.counted:
            joint = self.absolute(question, self._together)
            ratio = None if question.network == BASELINE else self.ratio(question)
            return Change(question, *told, ratio, absolute, floor, verdict(question.metric, joint, floor), joint)
        if question.network == BASELINE:
            same = absolute and replace(absolute, ratio=1.0, low=1.0, high=1.0, method="baseline")
            return Change(question, *told, same, absolute, floor, verdict(question.metric, same, floor))
        joint = self.ratio(question, self._together)
        ratio = self.ratio(question)
        return Change(question, *told, ratio, absolute, floor, verdict(question.metric, joint, floor), joint)

    def judged(self, question: Question, confidence: float = CONFIDENCE) -> Interval | None:
        """What a gate looks at: the change of the loss, or in counted runs of the value."""
        return (self.absolute if self.counted else self.ratio)(question, confidence)

    def floor(self, question: Question) -> float | None:
        """The largest change that is noise."""
        floor = statistics.floor_of(self.noise(question))
        return max(floor, RESOLUTION) if floor is not None and self.counted else floor

    def ratio(self, question: Question, confidence: float = CONFIDENCE) -> Interval | None:
        """Loss after / loss before; bounds are None where blocks or samples are too few."""
        return self._interval(question, Side.losses, Side.merged_losses, confidence)

    def absolute(self, question: Question, confidence: float = CONFIDENCE) -> Interval | None:
        """Value after / value before: of the networks alone, fair only on the same machine."""
        found = self._interval(question, Side.values, Side.merged_values, confidence)
        if not self.counted or found is None or question.metric is not LATENCY:
            return found
        before, after = self._sides(question)
        base = self.told(before, question).value
        slack = waits.slack_ns(after.idle_share, before.idle_share)
        return waits.Slack(*slack, base).of_ratio(found) if base else found

    def noise(self, question: Question, confidence: float = CONFIDENCE) -> Interval | None:
        """The host against itself, by the same method: (host a / host b after) / (host a / host b before)."""
        hosts = replace(question, network=BASELINE)
        return self._interval(hosts, Side.noise, Side.merged_noise, confidence)

    def offered(self, load: LoadKey) -> tuple[float | None, float | None]:
        """The rates of the schedule: shares of each run's own host."""
        before, after = (self._side(which, BASELINE, load) for which in (0, 1))
        return before.offered_per_s, after.offered_per_s

    def values(self, question: Question) -> tuple[float | None, float | None]:
        """What was measured, before and after."""
        before, after = (self.told(side, question).value for side in self._sides(question))
        return before, after

    def told(self, side: Side, question: Question) -> Told:
        """What one run says by itself."""
        metric, quantile = question.metric, question.quantile
        values = side.values(metric, quantile)
        value = exp(sum(values.values()) / len(values)) if values else None
        if value is not None and quantile is not None and not side.each_supports(metric, quantile):
            merged = side.merged_values(metric, quantile)
            if merged is not None:
                value = float(bucket_values()[statistics.merged_quantile(merged.counts.sum(axis=0), quantile)])
        return Told(
            loss=None if side.network == BASELINE else side.loss(metric, quantile),
            value=value,
            offered_per_s=side.offered_per_s,
            samples=side.samples(metric) if quantile is not None else 0,
            blocks=len(values),
        )

    def _interval(
        self,
        question: Question,
        logs: Callable[[Side, Metric, float | None], ByBlock],
        merged: Merged,
        confidence: float,
    ) -> Interval | None:
        sides = self._sides(question)
        metric, quantile = question.metric, question.quantile
        if all(side.each_supports(metric, quantile) for side in sides):
            return self._by_blocks([logs(side, metric, quantile) for side in sides], confidence)
        if pooled := self._resampled(question, merged):
            return pooled.at(confidence).ratio("bootstrap-blocks")
        point = self._by_blocks([logs(side, metric, quantile) for side in sides], confidence)
        return point and replace(point, low=None, high=None, method="none")

    def _resample(self, question: Question, merged: Merged) -> Resampled | None:
        """What resampling says where histograms support the quantile together; a change is asked for it at two confidences, and
        every network for the host's."""
        sides, metric, quantile = self._sides(question), question.metric, question.quantile
        before, after = (merged(side, metric, quantile) for side in sides)
        if before is None or after is None or quantile is None:
            return None
        paired = self.paired and sides[0].blocks == sides[1].blocks
        return pooled_change(before, after, bucket_values(), quantile, SEED, paired=paired)

    def _by_blocks(self, logs: Sequence[ByBlock], confidence: float) -> Interval | None:
        before, after = logs
        if not self.paired:
            apart = welch_t([*before.values()], [*after.values()], confidence)
            return apart.ratio("welch-log-t") if apart else None
        both = [block for block in before if block in after]
        return statistics.paired_log_t([after[block] - before[block] for block in both], confidence)

    def _sides(self, question: Question) -> tuple[Side, Side]:
        return self._side(0, question.network, question.load), self._side(1, question.network, question.load)

    def _make_side(self, which: int, network: str, load: LoadKey) -> Side:
        return Side((self.before, self.after)[which], network, load)


def verdict(metric: Metric, interval: Interval | None, floor: float | None) -> Verdict:
    """What may be said of a change."""
    said = statistics.verdict(metric.better, interval, floor)
    return {"slower": "worse", "faster": "better"}.get(said, said)  # type: ignore[return-value]
