"""The result of every method: a number with its bounds, on the scale of the computation or as a ratio."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, sqrt

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A ratio with its confidence interval; `low` and `high` are None where n blocks are too few."""

    ratio: float
    low: float | None
    high: float | None
    n: int
    method: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A location with its confidence interval on the scale of the given numbers: logarithms, or the metric's unit."""

    value: float
    low: float | None
    high: float | None
    n: int

    def widened(self, factor: float) -> Estimate:
        """The same with bounds so many times further away."""
        if self.low is None or self.high is None or factor == 1:
            return self
        low, high = (self.value + (bound - self.value) * factor for bound in (self.low, self.high))
        return Estimate(self.value, low, high, self.n)

    def ratio(self, method: str) -> Interval:
        """An estimate of a logarithm as the interval of a ratio."""
        low, high = (None if bound is None else _exp(bound) for bound in (self.low, self.high))
        return Interval(_exp(self.value), low, high, self.n, method)

    @property
    def half(self) -> float:
        """Half of the interval's width; infinite where there is none."""
        return inf if self.low is None or self.high is None else (self.high - self.low) / 2


def half_width(interval: Interval | None) -> float:
    """How far the interval reaches from its ratio, as a share of it; infinite where there is none."""
    if interval is None or interval.low is None or interval.high is None or interval.low <= 0:
        return inf
    return sqrt(interval.high / interval.low) - 1


def _exp(value: float) -> float:
    # Two blocks that differ by orders of magnitude have bounds that no double holds.
    return exp(value) if value < 709 else inf
