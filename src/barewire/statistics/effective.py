"""How many independent requests the requests of a trial are worth for a quantile.

Requests that wait in one queue are late together: a stall of a millisecond gives fifty exceedances of p99.9 that are one event.
Requests are counted in intervals; in each, so many lie above the trial's own quantile. If they were independent, those
numbers would vary as binomial ones do. How many times more they vary is the *inefficiency*, and samples / inefficiency is
the effective number. It is Pearson's statistic of the intervals over its degrees of freedom, so partial intervals need no care.

Neighbouring intervals may depend on each other too: they are joined two by two until von Neumann's ratio of neighbours finds
nothing at 1 % (Fishman, Management Science 24, 1978), as long as `FEWEST` intervals are left.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

FEWEST = 8
"""Intervals of one load, below which neighbours are not joined."""

FEWEST_DEGREES = 5
"""Degrees of freedom of all trials together, below which nothing is said. A load of three tenths of a second has two."""

LATE_TOGETHER = 2.0
"""Requests that one independent one is worth, above which stalls make a tail."""

BODY = 0.5
"""Quantiles above this one are a tail."""

_ONE_PERCENT = 2.326
"""Of the normal distribution, one-sided: only neighbours that are alike matter."""


def inefficiency(trials: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> float | None:
    """How many requests one independent request is worth, at least 1; None where all trials together have too few intervals.

    Short loads together have enough ticks: each adds its intervals less one.

    Each trial gives its samples and those of them above its quantile, both of shape (intervals,).
    """
    statistic, degrees = 0.0, 0
    for samples, above in trials:
        used = samples > 0
        n, k = samples[used].astype(np.float64), above[used].astype(np.float64)
        share = k.sum() / n.sum() if len(n) else 0.0
        if len(n) < 2 or not 0 < share < 1:
            continue
        n, k = _joined(n, k)
        statistic += float((((k - n * share) ** 2) / (n * share * (1 - share))).sum())
        degrees += len(n) - 1
    return max(1.0, statistic / degrees) if degrees >= FEWEST_DEGREES else None


def safety_factor(worth: float) -> float:
    """By how many times more effective samples than usual must support a tail that is read from all blocks together, where one
    is `worth` so many requests: twice as many where requests are late together. What one is worth is then known from the few
    stalls that made the tail, and too low where long ones happen to lack; intervals of 10 to 20 exceedances held in 87 %."""
    return 2.0 if worth > LATE_TOGETHER else 1.0


def counted(samples: float, worth: float, quantile: float) -> float:
    """How many of a trial's samples count where the trial alone must support a quantile, if one is `worth` so many.

    In a tail only effective ones: the quantile of few independent exceedances is skewed. At the median all of them: what requests
    of a trial have in common moves it up and down alike, so it is one more effect of the trial, and blocks show how large those
    are (benchmarks/medians.py).
    """
    return samples if quantile <= BODY else samples / worth


def contributors(above: NDArray[np.int64]) -> float:
    """How many blocks make a tail, of the samples above the quantile in each: (sum k)^2 / (sum k^2 - sum k).

    Kish's effective number, less what independent samples add to the squares by chance. Six blocks with as many each are six;
    two that have all of them are two, however many the others are.
    """
    whole = float(above.sum())
    together = float((above.astype(np.float64) ** 2).sum()) - whole
    return min(float(len(above)), whole * whole / together) if together > 0 else float(len(above)) if whole else 0.0


def length(values: NDArray[np.float64]) -> int:
    """How many neighbours must be joined until their means no longer depend on each other, or too few are left."""
    joined = 1
    while len(values) >= 2 * FEWEST and neighbours_correlate(values):
        values = pairs(values) / 2
        joined *= 2
    return joined


def neighbours_correlate(values: NDArray[np.float64]) -> bool:
    """Whether neighbours resemble each other more than chance allows (von Neumann's ratio, at 1 %)."""
    count, spread = len(values), float(((values - values.mean()) ** 2).sum())
    if count < 3 or spread <= 0:
        return False
    ratio = float((np.diff(values) ** 2).sum()) / spread
    expected, deviation = 2 * count / (count - 1), sqrt(4 * (count - 2) / (count**2 - 1)) * count / (count - 1)
    return (expected - ratio) / deviation > _ONE_PERCENT


def pairs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of neighbours, two by two; an odd last one joins the pair before it."""
    even = len(values) // 2 * 2
    summed = values[0:even:2] + values[1:even:2]
    if even < len(values):
        summed[-1] += values[-1]
    return np.asarray(summed)


def _joined(n: NDArray[np.float64], k: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    while len(n) >= 2 * FEWEST and neighbours_correlate(k / n):
        n, k = pairs(n), pairs(k)
    return n, k
