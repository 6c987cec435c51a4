"""Exact values recorded by the generator, without histogram buckets, and their statistics.

For the counted clock, with which most requests of a load take the same number. The median is reported: timer ticks and other rare
work of the kernel shift a mean, and affect other requests in every run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

    def record(self) -> dict[str, Any]:
        """As a trial keeps them: `mode` is the value that came most often, of several the least."""
        if not self.pairs:
            return {"count": 0}
        mode, times = min(self.pairs, key=lambda pair: (-pair[1], pair[0]))
        return {
            "count": self.count,
            "median": self.median(),
            "mean": round(self.total / self.count, 3),
            "min": self.pairs[0][0],
            "max": self.pairs[-1][0],
            "mode": mode,
            "mode_count": times,
        }


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

    def record(self) -> dict[str, Any]:
        """As a trial's load keeps it."""
        kept: dict[str, Any] = {f"{kind}_ns": values.record() for kind, values in self.values.items()}
        return kept | {
            "idle_ns": self.idle_ns,
            "span_ns": self.span_ns,
            "answers": self.answers,
            "partial": self.partial,
        }


def parse(found: Mapping[str, Any] | None) -> Exact | None:
    """`exact` of the generator's last line; ValueError, TypeError or KeyError when it is not whole."""
    if found is None:
        return None
    values = {kind: Values(_pairs(found[kind])) for kind in KINDS if kind in found}
    idle, span, answers, partial = found["idle_ns"], found["span_ns"], found.get("answers"), found.get("partial")
    for name, number in (("answers", answers), ("partial", partial)):
        if not (number is None or (isinstance(number, int) and 0 <= number < MOST)):
            raise ValueError(f"{name} of exact is {number!r}")
    if not isinstance(span, int) or not 0 <= span < MOST or not (idle is None or 0 <= int(idle) < MOST):
        raise ValueError(f"exact has an idle time of {idle!r} in {span!r}")
    return Exact(values, None if idle is None else int(idle), span, answers, partial)


def _pairs(found: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    pairs = tuple((int(value), int(times)) for value, times in found)
    if any(not 0 <= value < MOST or times < 1 for value, times in pairs) or list(pairs) != sorted(dict(pairs).items()):
        raise ValueError("exact values are not in order, or out of range")
    return pairs
