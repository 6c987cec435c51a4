"""Intervals of changes: by the unit that is repeated (`units`), with blocks that depend on each other taken into account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from barewire.records.comparison import Basis
from barewire.results.analysis import LoadKey, Run
from barewire.results.comparison import units
from barewire.results.comparison.question import Question
from barewire.results.comparison.sides import Side, by_restart, side_of
from barewire.results.comparison.units import At, Earlier, Logs, Merged
from barewire.results.counts import bucket_values
from barewire.statistics import CONFIDENCE, Estimate, Interval, paired_t, widening
from barewire.statistics.change import Resampled, joined, pooled_change
from barewire.statistics.runs import between, widened
from barewire.statistics.welch import welch_t

SEED = 1
"""Of every resampling: the same runs give the same answer."""

Key = tuple[int, int]
"""A block of a run."""


class Estimates:
    """The changes between the runs of either side, each worked out once."""

    def __init__(self, runs: Sequence[Sequence[Run]], earlier: Earlier, basis: Basis, *, paired: bool) -> None:
        self._runs, self._earlier, self._basis, self._paired = runs, earlier, basis, paired
        self.at = cache(self._make)
        self._resampled = cache(self._resample)

    def sides(self, network: str, load: LoadKey) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
        """The network under the load in the runs before and after."""
        return self._sides_of(0, network, load), self._sides_of(1, network, load)

    def _make(self, question: Question, logs: Logs, merged: Merged) -> tuple[Basis, At]:
        """The change by the unit that is repeated; what that cannot decide is stated for these runs alone."""
        sides, which = self.sides(question.network, question.load), (question.metric, question.quantile)
        blocks = self.by_blocks(question, logs, merged)
        if self._basis in ("runs", "restarts"):
            parts = sides if self._basis == "runs" else [by_restart(side[0]) for side in sides]
            before, after = (units.values(part, *which, logs, merged) for part in parts)
            if before and after and max(len(before), len(after)) > 1:
                method, more = f"{self._basis}-log-t", units.excess(parts, *which, logs)
                return self._basis, lambda at: _ratio(between(before, after, at, more), method)
            if self._basis == "runs":
                point = blocks(CONFIDENCE)
                return "runs", lambda _at: point and replace(point, low=None, high=None, method="none")
        if self._basis == "history":
            known = self._earlier.spread(question.network, question.load, *which, logs, merged)
            if known and (plain := self._errors(question, logs, merged)):
                return "history", lambda at: _ratio(widened(*plain, known, at), "history-log-t")
        return ("blocks" if self._basis == "blocks" else "these-runs"), blocks

    def _errors(
        self, question: Question, logs: Logs, merged: Merged
    ) -> tuple[float, Sequence[float], Sequence[int]] | None:
        """The change between two single runs, with standard errors and numbers of their blocks."""
        sides, metric, quantile = self.sides(question.network, question.load), question.metric, question.quantile
        dependent = self._autocorrelations(sides)
        if all(side[0].each_supports(metric, quantile) for side in sides):
            known = [[*logs(side[0], metric, quantile).values()] for side in sides]
            if min(map(len, known)) < 2:
                return None
            change = sum(known[1]) / len(known[1]) - sum(known[0]) / len(known[0])
            errors = [units.error(one, by) for one, by in zip(known, dependent, strict=True)]
            return change, errors, [len(one) for one in known]
        pooled = self._resampled(question, merged)
        if pooled is None or len(pooled.errors) != 2:
            return None
        return pooled.change, pooled.widened_errors(dependent), pooled.blocks

    def by_blocks(self, question: Question, logs: Logs, merged: Merged) -> At:
        """The change with blocks as the unit."""
        sides, metric, quantile = self.sides(question.network, question.load), question.metric, question.quantile
        before, after = (
            {(run, block): one for run, side in enumerate(part) for block, one in logs(side, metric, quantile).items()}
            for part in sides
        )
        if all(side.each_supports(metric, quantile) for part in sides for side in part):
            known = self._autocorrelations(sides)
            return lambda confidence: self._of_blocks(before, after, confidence, known)
        if pooled := self._resampled(question, merged):
            known = self._autocorrelations(sides)
            return lambda confidence: pooled.interval_at(confidence, known).ratio("bootstrap-blocks")
        point = self._of_blocks(before, after, CONFIDENCE, (0.0, 0.0))
        return lambda _confidence: point and replace(point, low=None, high=None, method="none")

    def _resample(self, question: Question, merged: Merged) -> Resampled | None:
        """What resampling says where histograms support the quantile together; a change is asked for it at two confidences, and
        every network for the host's."""
        sides, metric, quantile = self.sides(question.network, question.load), question.metric, question.quantile
        before, after = (joined([merged(side, metric, quantile) for side in part]) for part in sides)
        if before is None or after is None or quantile is None:
            return None
        paired = self._paired and sides[0][0].blocks == sides[1][0].blocks
        return pooled_change(before, after, bucket_values(), quantile, SEED, paired=paired)

    def _of_blocks(
        self, before: Mapping[Key, float], after: Mapping[Key, float], confidence: float, known: Sequence[float]
    ) -> Interval | None:
        if not self._paired:
            return _ratio(welch_t([*before.values()], [*after.values()], confidence, known), "welch-log-t")
        found = paired_t([after[block] - before[block] for block in before if block in after], confidence)
        return _ratio(found.widened(widening(found.n, max(known), confidence)), "paired-log-t") if found else None

    @staticmethod
    def _autocorrelations(sides: Sequence[Sequence[Side]]) -> tuple[float, float]:
        """By how much the blocks of either side depend on each other. Of several runs it is their mean: with the maximum, a
        single run of six that looks dependent by chance would widen the noise floor of all."""
        before, after = (sum(side.autocorrelation for side in part) / len(part) for part in sides)
        return before, after

    def _sides_of(self, which: int, network: str, load: LoadKey) -> tuple[Side, ...]:
        return tuple(side_of(run, network, load) for run in self._runs[which])


def _ratio(found: Estimate | None, method: str) -> Interval | None:
    return found.ratio(method) if found else None
