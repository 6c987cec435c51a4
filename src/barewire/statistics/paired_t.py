"""Student's t on the blocks' numbers.

Assumes that their mean is about normal; `hodges_lehmann` does not, and `choice` looks where the two disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt

from barewire.statistics.interval import CONFIDENCE, Estimate, Interval


def paired_t(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate | None:
    """The mean with Student's t interval; None without values, no bounds with one."""
    n = len(values)
    if n == 0:
        return None
    mean = sum(values) / n
    if n == 1:
        return Estimate(mean, None, None, 1)
    # A product of what is too large is infinite; a power raises.
    deviation = sqrt(sum((x - mean) * (x - mean) for x in values) / (n - 1))
    if not isfinite(deviation):
        return Estimate(mean, None, None, n)
    half = student_t(n - 1, 0.5 + confidence / 2) * deviation / sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def paired_log_t(log_ratios: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """The geometric mean of ratios over blocks with Student's t interval; None without blocks, no bounds with one."""
    found = paired_t(log_ratios, confidence)
    return found.ratio("paired-log-t") if found else None


def student_t(degrees: float, probability: float) -> float:
    """The quantile of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))
