"""Intervals and verdicts: what a set of blocks says about a ratio, and when it says nothing.

A block gives one number, the logarithm of network over host. Blocks are the replicates, never requests: requests within
a trial share its lab, its processes and its luck. Two methods make an interval from blocks:

- `paired_log_t`: Student's t on the log-ratios. For everything that each trial can tell by itself.
- `bootstrap_quantile`: for quantiles that only all blocks together support. Blocks are resampled with replacement,
  network and host together, and the quantile is read from the merged counts of each resample. The percentile interval
  of so few blocks is too narrow; it is expanded as in Hesterberg, "What Teachers Should Know About the Bootstrap"
  (The American Statistician 69, 2015, section 5.3), and needs at least `MIN_BLOCKS` blocks.

A method is a function to an `Interval`, so that another one is another function. Limits: intervals are per cell, not
simultaneous over networks; t assumes that log-ratios of blocks are about normal.

`scipy.special` rather than `scipy.stats`, and only when an interval is wanted: half the time and memory to import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, isfinite, log, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
EXCEEDANCES = 10
"""A quantile is supported if this many samples lie above it."""

MIN_BLOCKS = 6
"""The range of n resampled values cannot hold the truth more often than 1 - 2 ** (1 - n): 0.97 for 6, 0.94 for 5."""

RESAMPLES = 4000

Verdict = Literal["slower", "faster", "indistinguishable", "unsupported"]
Direction = Literal["lower", "higher"]
"""Which way is better: `lower` for latency, `higher` for rates."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A ratio with its confidence interval; `low` and `high` are None where n blocks cannot tell."""

    ratio: float
    low: float | None
    high: float | None
    n: int
    method: str


def paired_log_t(log_ratios: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """The geometric mean of ratios over blocks with Student's t interval; None without blocks, no bounds with one."""
    n = len(log_ratios)
    if n == 0:
        return None
    mean = sum(log_ratios) / n
    if n == 1:
        return Interval(exp(mean), None, None, 1, "paired-log-t")
    deviation = sqrt(sum((x - mean) ** 2 for x in log_ratios) / (n - 1))
    half = student_t(n - 1, 0.5 + confidence / 2) * deviation / sqrt(n)
    return Interval(exp(mean), exp(mean - half), exp(mean + half), n, "paired-log-t")


def student_t(degrees: int, probability: float) -> float:
    """The quantile of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))


def supports(samples: int, quantile: float) -> bool:
    """Whether `samples` have at least `EXCEEDANCES` above the quantile. The maximum is never supported."""
    # Rounded, because 1 - 0.9999 is a little less than 0.0001 and 100,000 samples are enough.
    return quantile < 1 and samples >= round(EXCEEDANCES / (1 - quantile))


def merged_quantile(counts: NDArray[np.int64], quantile: float) -> int:
    """The index of the bucket that holds the quantile of `counts` (one histogram, by bucket); -1 if it is empty.

    The rank is q n, rounded, as the hdrhistogram package has it; quantile 1 is the last bucket in use.
    """
    total = int(counts.sum())
    if total == 0:
        return -1
    return int(np.searchsorted(np.cumsum(counts), _rank(total, quantile)))


def bootstrap_quantile(
    network: NDArray[np.int64],
    host: NDArray[np.int64],
    values: NDArray[np.float64],
    quantile: float,
    seed: int,
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """The ratio of a quantile of merged histograms with its interval from resampled blocks.

    `network` and `host` are counts of shape (blocks, buckets), row by row of the same block; `values` the buckets'
    values. None if either is empty; no bounds with fewer than `MIN_BLOCKS` blocks.
    """
    blocks = len(network)
    if blocks == 0 or not network.sum() or not host.sum():
        return None

    def at(weights: NDArray[np.int64]) -> NDArray[np.float64]:
        above, below = (values[_weighted(counts, weights, quantile)] for counts in (network, host))
        return np.asarray(np.log(np.maximum(above, 1)) - np.log(np.maximum(below, 1)))

    ratio = exp(float(at(np.ones((1, blocks), dtype=np.int64))[0]))
    if blocks < MIN_BLOCKS:
        return Interval(ratio, None, None, blocks, "bootstrap-blocks")
    draws = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), size=RESAMPLES)
    # Six blocks have only 462 different resamples: each is worked out once.
    distinct, where = np.unique(draws.astype(np.int64), axis=0, return_inverse=True)
    logs = at(distinct)[where.ravel()]
    tail = _expanded_tail(blocks, confidence)
    low, high = np.quantile(logs, [tail, 1 - tail], method="inverted_cdf")
    return Interval(ratio, exp(float(low)), exp(float(high)), blocks, "bootstrap-blocks")


def floor_of(interval: Interval | None) -> float | None:
    """The noise floor: the largest ratio, as a number above 1, that host against host does not exclude."""
    if interval is None or interval.low is None or interval.high is None or interval.low <= 0:
        return None
    return max(interval.high, 1 / interval.low)


def verdict(direction: Direction, interval: Interval | None, floor: float | None) -> Verdict:
    """What may be said: a difference counts if its interval excludes 1 and it is larger than the noise floor."""
    if interval is None or interval.low is None or interval.high is None or floor is None:
        return "unsupported"
    if not (isfinite(interval.low) and isfinite(interval.high) and interval.ratio > 0):
        return "unsupported"
    if interval.low <= 1 <= interval.high or abs(log(interval.ratio)) <= log(floor):
        return "indistinguishable"
    return "slower" if (interval.ratio > 1) == (direction == "lower") else "faster"


def half_width(interval: Interval | None) -> float:
    """How far the interval reaches from its ratio, as a share of it; infinite where there is none."""
    if interval is None or interval.low is None or interval.high is None:
        return inf
    return sqrt(interval.high / interval.low) - 1


def _rank(total: int, quantile: float) -> int:
    return max(1, int(quantile * total + 0.5))


def _weighted(counts: NDArray[np.int64], weights: NDArray[np.int64], quantile: float) -> NDArray[np.int64]:
    """The bucket of the quantile of each weighted sum of histograms: weights (resamples, blocks) to (resamples,).

    A mixture's quantile lies between the smallest and the largest of its parts, so only those buckets are summed.
    """
    used = [merged_quantile(row, quantile) for row in counts if row.any()]
    first, last = min(used), max(used)
    totals = weights @ counts.sum(axis=1)
    below = weights @ counts[:, :first].sum(axis=1)
    running = below[:, None] + np.cumsum(weights @ counts[:, first : last + 1], axis=1)
    ranks = np.array([_rank(int(total), quantile) for total in totals])
    # A resample of empty histograms only has no quantile of its own; its first bucket stands for it.
    return np.asarray(first + np.argmax(running >= ranks[:, None], axis=1))


def _expanded_tail(blocks: int, confidence: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(-sqrt(blocks / (blocks - 1)) * student_t(blocks - 1, 0.5 + confidence / 2)))
