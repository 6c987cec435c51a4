"""Exact values recorded by the generator, without histogram buckets, and their statistics.

For the counted clock, with which most requests of a load take the same number. The median is reported: timer ticks and other rare
work of the kernel shift a mean, and affect other requests in every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from barewire.records import ExactRecord, ExactValues

KINDS = ("latency", "service", "cycle")
"""Latency from the intended time, service from the sending, cycle from one answer to the next."""

MOST = 1 << 63


@dataclass(frozen=True, slots=True)
class Values:
    """Distinct values in ns, ascending, each with its count."""

    pairs: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        return sum(times for _, times in self.pairs)

    @property
    def total(self) -> int:
        """The sum of all."""
        return sum(value * times for value, times in self.pairs)

    def median(self) -> int:
        """The lower median, so always an observed value. ValueError without values."""
        left = (self.count + 1) // 2
        for value, times in self.pairs:
            left -= times
            if left <= 0:
                return value
        raise ValueError("there are no values")

    def record(self) -> ExactValues:
        """As a trial keeps them: `mode` is the value that came most often, of several the least."""
        if not self.pairs:
            return ExactValues(0)
        mode, times = min(self.pairs, key=lambda pair: (-pair[1], pair[0]))
        return ExactValues(
            count=self.count,
            median=self.median(),
            mean=round(self.total / self.count, 3),
            min=self.pairs[0][0],
            max=self.pairs[-1][0],
            mode=mode,
            mode_count=times,
        )


@dataclass(frozen=True, slots=True)
class Exact:
    """What a generator reports with `--exact`. `idle_ns` is the time that the CPU had nothing to do within `span_ns`: of a closed
    loop its recorded time, in which `answers` came and at whose beginning `partial` requests were under way, of a load at a rate
    all of it with its warm-up (both are None). `idle_ns` is None where the kernel does not report it, and on several CPUs, which
    it books as they wake."""

    values: Mapping[str, Values]
    idle_ns: int | None
    span_ns: int
    answers: int | None = None
    partial: int | None = 0

    @property
    def executed_ns(self) -> int | None:
        """The span without idle time, in ns; None where idle time is not known."""
        return None if self.idle_ns is None else self.span_ns - self.idle_ns

    @property
    def whole_requests(self) -> float:
        """How many requests a closed loop's recorded time holds: its answers, less half of each request that was under way on
        another connection when it began. All are answered before it ends. 0 for a load at a rate."""
        answers = self.answers or 0
        return answers - min(self.partial or 0, answers) / 2

    @property
    def idle_share(self) -> float | None:
        """Idle time as a share of the span; None where it is not known."""
        return None if self.idle_ns is None or not self.span_ns else min(1.0, self.idle_ns / self.span_ns)

    @property
    def idle_per_answer(self) -> float | None:
        """Idle time of one request of a closed loop, in ns; None where it is not known."""
        return self.idle_ns / self.whole_requests if self.answers and self.idle_ns is not None else None

    def record(self) -> ExactRecord:
        """As a trial's load keeps it."""
        kept = {kind: values.record() for kind, values in self.values.items()}
        return ExactRecord(
            span_ns=self.span_ns,
            idle_ns=self.idle_ns,
            latency_ns=kept.get("latency"),
            service_ns=kept.get("service"),
            cycle_ns=kept.get("cycle"),
            answers=self.answers,
            partial=self.partial,
        )


@dataclass(frozen=True, slots=True)
class ExactLine:
    """`exact` of the generator's last line: for each kind of time the values and their counts."""

    idle_ns: Annotated[int, Field(ge=0, lt=MOST)] | None
    span_ns: Annotated[int, Field(ge=0, lt=MOST)]
    answers: Annotated[int, Field(ge=0, lt=MOST)] | None = None
    partial: Annotated[int, Field(ge=0, lt=MOST)] | None = None
    latency: tuple[tuple[int, int], ...] | None = None
    service: tuple[tuple[int, int], ...] | None = None
    cycle: tuple[tuple[int, int], ...] | None = None


def parse(found: ExactLine | None) -> Exact | None:
    """What the generator kept; ValueError when its values are not in order."""
    if found is None:
        return None
    kept = {"latency": found.latency, "service": found.service, "cycle": found.cycle}
    values = {kind: Values(_pairs(pairs)) for kind, pairs in kept.items() if pairs is not None}
    return Exact(values, found.idle_ns, found.span_ns, found.answers, found.partial)


def _pairs(pairs: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    if any(not 0 <= value < MOST or times < 1 for value, times in pairs) or list(pairs) != sorted(dict(pairs).items()):
        raise ValueError("exact values are not in order, or out of range")
    return pairs
