"""`summary.json`: one cell for each network, load, size, metric and quantile, with its interval and its verdict.

How a cell comes about:

- `ratio` with its interval is made of blocks (`statistics`). If every trial supports the quantile by itself, it is the
  geometric mean of the blocks' paired ratios; if only all of them together do, it is the ratio of the quantiles of the
  merged histograms; otherwise there is no interval, and the verdict is `unsupported`.
- `value` and `baseline_value` of a latency are read from the merged histograms of those trials, because percentiles are
  never averaged; of a rate, a time or a cost they are the geometric mean. So `value / baseline_value` is `ratio` for
  rates, and close to it for latencies.

The host has cells of its own, with the ratio 1. Nothing is NaN or infinite: what is not known is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import exp, isfinite, log
from typing import Any, Literal

from barewire import schemas, statistics
from barewire.runs import BASELINE
from barewire.runs.analysis import LATENCY, OBJECTS, LoadKey, Metric, Observation, Run, metrics_of
from barewire.runs.counts import Counts, bucket_values
from barewire.statistics import CONFIDENCE, Interval
from barewire.study.blocks import derived_seed
from barewire.study.plan import share_of

DIGITS = 7
"""Significant digits that are written; more would be noise."""


def summarise(run: Run, confidence: float = CONFIDENCE) -> dict[str, Any]:
    """`summary.json` of a run, however partial; intervals at `confidence`, which differs from what is reported where a study
    has looked several times (`looks`)."""
    cells: list[dict[str, Any]] = []
    floors: list[dict[str, Any]] = []
    for load in run.loads:
        hosts = _Comparison(run, load, BASELINE, confidence)
        intervals = {which: hosts.noise(*which) for which in metrics_of(load)}
        floors += [_floor_record(load, *which, interval) for which, interval in intervals.items() if interval]
        for network in run.measured:
            comparison = hosts if network == BASELINE else _Comparison(run, load, network, confidence)
            for which in metrics_of(load):
                floor = statistics.floor_of(intervals[which])
                cells += comparison.cell(*which, floor)
    return {
        "schema": f"barewire/summary/{schemas.VERSION}",
        "clock": "wall",
        "baseline": BASELINE,
        "blocks": len({pair.block for load in run.loads for pair in run.pairs(BASELINE, load)}),
        "confidence": CONFIDENCE,
        "networks": [
            {key: network[key] for key in ("name", "measured", "reason", "remedy", "parts")}
            for network in run.record["networks"]
        ],
        "cells": cells,
        "noise_floor": floors,
        "rejected": run.rejected,
        "complete": run.complete,
    }


def precision(run: Run) -> dict[str, float]:
    """For progress while a study runs: each candidate's relative half-width of the median's ratio, at the rate nearest
    50 % and the smallest size. Infinite while fewer than two blocks have it. Needs no histograms."""
    rates = [load for load in run.loads if load.kind == "rate"]
    if not rates:
        return {}
    load = min(rates, key=lambda key: (abs(share_of(key.load) - 0.5), key.response_bytes or 0))
    widths = {}
    for network in run.measured[1:]:
        logs = _known(pair.log_ratio(LATENCY, 0.5) for pair in run.pairs(network, load))
        widths[network] = statistics.half_width(statistics.paired_log_t(logs))
    return widths


def intervals(
    run: Run, load: LoadKey, metric: Metric, quantile: float | None, confidence: float
) -> Iterator[Interval | None]:
    """The interval of every candidate that has anything to say about the metric."""
    for network in run.measured[1:]:
        comparison = _Comparison(run, load, network, confidence)
        if comparison.has(metric, quantile):
            yield comparison.interval(metric, quantile)


class _Comparison:
    """One network against the host under one load, over the blocks that have both."""

    def __init__(self, run: Run, load: LoadKey, network: str, confidence: float) -> None:
        self._run, self._load, self._network, self._confidence = run, load, network, confidence
        self._pairs = run.pairs(network, load)
        own = [p.hosts for p in self._pairs] if network == BASELINE else [(p.network,) for p in self._pairs]
        # Without a single pair the network's own values are still worth showing.
        self._own: list[tuple[Observation, ...]] = [*own] or [(o,) for o in run.all_of(network, load)]
        self._hosts = [p.hosts for p in self._pairs]
        self._read: dict[tuple[str, str], Counts | None] = {}

    def _side(self, which: Literal["own", "hosts"], metric: Metric) -> Counts | None:
        """The histograms of the network itself, or of its hosts, block by block."""
        if (which, metric.name) not in self._read:
            self._read[which, metric.name] = self._rows(self._own if which == "own" else self._hosts, metric)
        return self._read[which, metric.name]

    def _rows(self, groups: Sequence[Sequence[Observation]], metric: Metric) -> Counts | None:
        tag = self._load.tag(metric)
        return self._run.rows(groups, tag) if tag else None

    def noise(self, metric: Metric, quantile: float | None) -> Interval | None:
        """Host a over host b."""
        if metric is OBJECTS or not self._pairs:
            return None
        logs = _known(pair.log_floor(metric, quantile) for pair in self._pairs)
        sides = [self._rows([(host,) for host in side], metric) for side in zip(*self._hosts, strict=True)]
        return self._interval(logs, metric, quantile, sides[0], sides[1], "noise")

    def cell(self, metric: Metric, quantile: float | None, floor: float | None) -> Iterator[dict[str, Any]]:
        """The cell, if the network has anything to say about the metric."""
        if not self.has(metric, quantile):
            return
        value = self._value(self._own, self._side("own", metric), metric, quantile)
        if value is None:
            return
        interval = self.interval(metric, quantile)
        if interval and self._network == BASELINE:
            bound = None if floor is None else 1.0
            interval = replace(interval, ratio=1.0, low=bound, high=bound, method="baseline")
        verdict = statistics.verdict(metric.better, interval, floor)
        observations = [o for group in self._own for o in group]
        shares = _known(o.achieved_share for o in observations)
        yield {
            "network": self._network,
            "load": self._load.load,
            "offered_per_s": _number(observations[0].record.get("offered_per_s")),
            "response_bytes": self._load.response_bytes,
            "metric": metric.name,
            "quantile": quantile,
            "unit": metric.unit,
            "value": _number(value),
            "baseline_value": _number(
                self._value(self._hosts, self._side("hosts", metric), metric, quantile) if self._pairs else None
            ),
            **_bounds(interval),
            "n": interval.n if interval else 0,
            "supported": interval is not None and interval.low is not None,
            "verdict": verdict,
            "method": interval.method if interval else "none",
            "samples": sum(o.samples(metric) for o in observations) if quantile is not None else None,
            "achieved_share": _number(sum(shares) / len(shares)) if shares else None,
        }

    def has(self, metric: Metric, quantile: float | None) -> bool:
        """Whether the network has anything to say about the metric."""
        return any(o.value(metric, quantile) is not None for group in self._own for o in group)

    def interval(self, metric: Metric, quantile: float | None) -> Interval | None:
        """The network against the host."""
        logs = _known(pair.log_ratio(metric, quantile) for pair in self._pairs)
        return self._interval(
            logs, metric, quantile, self._side("own", metric), self._side("hosts", metric), self._network
        )

    def _interval(
        self,
        logs: Sequence[float],
        metric: Metric,
        quantile: float | None,
        own: Counts | None,
        host: Counts | None,
        what: str,
    ) -> Interval | None:
        trials = [o for pair in self._pairs for o in (pair.network, *pair.hosts)]
        if quantile is None or all(statistics.supports(o.samples(metric), quantile) for o in trials):
            return statistics.paired_log_t(logs, self._confidence)
        # A maximum grows with the samples, and two hosts have more of them: only maxima of single trials compare.
        if quantile == 1 or own is None or host is None or own.shape != host.shape:
            point = statistics.paired_log_t(logs)
            return point and replace(point, low=None, high=None, method="none")
        if statistics.supports(int(own.sum()), quantile) and statistics.supports(int(host.sum()), quantile):
            seed = derived_seed(self._run.record["seed"], self._load.tag(metric), quantile, what)
            return statistics.bootstrap_quantile(own, host, bucket_values(), quantile, seed, self._confidence)
        return self._point(own, host, quantile)

    def _point(self, own: Counts, host: Counts, quantile: float) -> Interval | None:
        """A ratio that may be looked at, without an interval."""
        above, below = (self._merged(rows, quantile) for rows in (own, host))
        return Interval(above / below, None, None, len(own), "none") if above and below else None

    def _merged(self, rows: Counts, quantile: float) -> float | None:
        index = statistics.merged_quantile(rows.sum(axis=0), quantile)
        return float(bucket_values()[index]) if index >= 0 else None

    def _value(
        self, groups: Sequence[Sequence[Observation]], rows: Counts | None, metric: Metric, quantile: float | None
    ) -> float | None:
        numbers = _known(o.value(metric, quantile) for group in groups for o in group)
        if quantile == 1:
            return max(numbers, default=None)  # exact, where a bucket would be rounded
        if rows is not None and quantile is not None:
            return self._merged(rows, quantile)
        if not numbers:
            return None
        if min(numbers) <= 0:
            return sum(numbers) / len(numbers)
        return exp(sum(map(log, numbers)) / len(numbers))


def _floor_record(load: LoadKey, metric: Metric, quantile: float | None, interval: Interval) -> dict[str, Any]:
    return {
        "load": load.load,
        "response_bytes": load.response_bytes,
        "metric": metric.name,
        "quantile": quantile,
        **_bounds(interval),
        "floor": _number(statistics.floor_of(interval)),
        "n": interval.n,
    }


def _bounds(interval: Interval | None) -> Mapping[str, float | None]:
    if interval is None:
        return {"ratio": None, "ratio_low": None, "ratio_high": None}
    return {
        "ratio": _number(interval.ratio),
        "ratio_low": _number(interval.low),
        "ratio_high": _number(interval.high),
    }


def _known(numbers: Iterable[float | None]) -> list[float]:
    return [number for number in numbers if number is not None]


def _number(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else float(f"{value:.{DIGITS}g}")
