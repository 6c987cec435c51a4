"""Targets of `--until`: how narrow the interval of an overhead must be before a study stops.

`p50=2%` is the half width of the ratio's interval: from the ratio it reaches 2 % up and down. A target holds for every
network and every load that it speaks of: latencies at the rate nearest to half the host's maximum, at each size (a queue
near the maximum is as noisy as it likes), or at sequential requests where a study has no rates; rates and throughput at
all their loads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from barewire import workloads
from barewire.errors import PlanError
from barewire.units import format_share, parse_share
from barewire.workloads.definition import metric

METRICS: Mapping[str, str] = {one.word: one.name for one in metric.METRICS.values() if one.better == "higher"}
"""By the word of a target: the metric without quantiles that it is about."""

QUANTILES: Mapping[str, float] = {f"p{q * 100:.10g}": q for q in metric.QUANTILES}
"""By the word of a target or a gate: the quantiles of latency."""

FEWEST_BLOCKS = 6
"""No look before so many blocks: fewer say little about their own spread."""

_NARROWEST, _WIDEST = 0.001, 1.0


@dataclass(frozen=True, slots=True)
class PrecisionTarget:
    """A half width that `metric` (at `quantile`, if it is a latency) must not exceed; 0.02 is 2 %."""

    word: str
    metric: str
    quantile: float | None
    half_width: float

    def __str__(self) -> str:
        return f"{self.word}={self.half_width * 100:.6g}%"


def parse(text: str) -> PrecisionTarget:
    """`p50=2%`, `p99.9=10%`, `rate=1%`, `throughput=3%`; PlanError with what was wrong."""
    word, equals, width = (part.strip() for part in text.partition("="))
    if not equals:
        raise PlanError(f"{text!r} has no value")
    half_width = parse_share(width)
    if not _NARROWEST <= half_width <= _WIDEST:
        raise PlanError(f"{width} is no half width between {format_share(_NARROWEST, 1)} and {format_share(_WIDEST)}")
    if word in METRICS:
        return PrecisionTarget(word, METRICS[word], None, half_width)
    match = re.fullmatch(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?)", word)
    if match is None or f"p{float(match[1]):.10g}" not in QUANTILES:
        raise PlanError(f"{word!r} cannot be a target; targets are {', '.join((*QUANTILES, *METRICS))}")
    name = f"p{float(match[1]):.10g}"
    return PrecisionTarget(name, "latency", QUANTILES[name], half_width)


def workloads_of(target: PrecisionTarget) -> tuple[str, ...]:
    """The workloads that have its metric."""
    if target.word not in METRICS:
        return tuple(one.name for one in workloads.every() if one.timed)
    return tuple(one.name for one in workloads.every() if metric.METRICS[target.metric] in one.metrics)
