"""Quantiles that only all blocks together support: read from merged histograms, with a bootstrap over blocks.

Blocks are resampled with replacement, network and host together, and the quantile is read from the merged counts of each
resample. The spread of the resamples, times sqrt(n / (n - 1)) because n blocks resampled vary less than n new ones, is a
standard error; Student's t with n - 1 degrees makes the interval. A percentile interval cannot do it: six
blocks have 462 different resamples, whose extremes hold the truth in 97 % at the most, so no interval of several networks
together could be made of them; nor can BCa, whose bounds are such percentiles too.

Needs at least `MIN_BLOCKS` blocks. A cell is only made where at least ten samples lie above the quantile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from barewire.statistics.effective import contributors
from barewire.statistics.interval import CONFIDENCE, Estimate, Interval
from barewire.statistics.paired_t import student_t

MIN_BLOCKS = 6
RESAMPLES = 2000
"""The standard error itself is then known to 2 %."""
_AT_ONCE = 64
SHARED = 0.5
"""The share of blocks that must make a tail, by their effective number."""

EDGE = 4.0
"""Values within two standard errors of a quantile's rank that differ by more are of two kinds of requests. A tail as heavy as
Pareto's with exponent 1.1 stays below it from ten exceedances on."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """A quantile of merged histograms against the host's: as a logarithm of their ratio, and as a difference."""

    log_ratio: float
    difference: float
    log_error: float | None
    difference_error: float | None
    blocks: int

    def ratio_at(self, confidence: float = CONFIDENCE) -> Estimate:
        """The logarithm of the ratio with its interval."""
        return self._estimate(self.log_ratio, self.log_error, confidence)

    def difference_at(self, confidence: float = CONFIDENCE) -> Estimate:
        """The difference with its interval."""
        return self._estimate(self.difference, self.difference_error, confidence)

    def _estimate(self, value: float, error: float | None, confidence: float) -> Estimate:
        if error is None:
            return Estimate(value, None, None, self.blocks)
        half = student_t(self.blocks - 1, 0.5 + confidence / 2) * error
        return Estimate(value, value - half, value + half, self.blocks)


def bootstrap_quantile(
    network: NDArray[np.int64],
    host: NDArray[np.int64],
    values: NDArray[np.float64],
    quantile: float,
    seed: int,
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """The ratio of a quantile of merged histograms with its interval; arguments as those of `pooled`."""
    found = pooled(network, host, values, quantile, seed)
    return found.ratio_at(confidence).ratio("bootstrap-blocks") if found else None


def pooled(
    network: NDArray[np.int64],
    host: NDArray[np.int64],
    values: NDArray[np.float64],
    quantile: float,
    seed: int,
    *,
    errors: bool = True,
) -> Pooled | None:
    """A quantile of merged histograms against the host's, with standard errors from resampled blocks.

    `network` and `host` are counts of shape (blocks, buckets), row by row of the same block; `values` the buckets'
    values. None if either is empty; no errors with fewer than `MIN_BLOCKS` blocks, or where none are wanted.
    """
    blocks = len(network)
    if blocks == 0 or not network.sum() or not host.sum():
        return None

    def differ(weights: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        one, other = (np.maximum(values[weighted(counts, weights, quantile)], 1) for counts in (network, host))
        return np.log(one) - np.log(other), one - other

    logs, differences = differ(np.ones((1, blocks), dtype=np.int64))
    centre = float(logs[0]), float(differences[0])
    if blocks < MIN_BLOCKS or not errors:
        return Pooled(*centre, None, None, blocks)
    distinct, times = resamples(np.random.default_rng(seed), blocks)
    logs, differences = differ(distinct)
    return Pooled(*centre, spread(logs, times, blocks), spread(differences, times, blocks), blocks)


def resamples(rng: np.random.Generator, blocks: int) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """How often each block is drawn in each of the different resamples, and how often each of these came: (kinds, blocks) and
    (kinds,). Six blocks have only 462 different ones, each worth working out once."""
    draws = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=RESAMPLES).astype(np.int64)
    distinct, times = np.unique(draws, axis=0, return_counts=True)
    return distinct, times


def spread(values: NDArray[np.float64], times: NDArray[np.intp], blocks: int) -> float:
    """The spread of resamples, each as often as it came, as a standard error: n blocks resampled vary less than n new ones."""
    mean = np.average(values, weights=times)
    return sqrt(float(np.average((values - mean) ** 2, weights=times)) * blocks / (blocks - 1))


def is_shared(counts: NDArray[np.int64], quantile: float) -> bool:
    """Whether enough blocks make the tail beyond the quantile of all of them: at least `SHARED` of them, by their effective
    number. Resampling says nothing of a tail that one or two blocks have alone."""
    place = merged_quantile(counts.sum(axis=0), quantile)
    above = counts[:, place + 1 :].sum(axis=1)
    return place >= 0 and (not above.any() or contributors(above) >= SHARED * len(counts))


def is_on_an_edge(counts: NDArray[np.int64], quantile: float, samples: float, values: NDArray[np.float64]) -> bool:
    """Whether a quantile of all blocks lies where the body of a distribution ends and a tail of stalls begins.

    There some blocks have it in the body and others in the tail, and the intervals of resampled blocks hold too rarely. It does
    where the values two standard errors in rank below and above it differ by more than `EDGE`: `samples` is how many independent
    ones there are, `values` has the largest value of each bucket.
    """
    total = counts.sum(axis=0)
    error = 2 * sqrt(quantile * (1 - quantile) / samples)
    low = merged_quantile(total, max(quantile - error, 0.0))
    high = merged_quantile(total, min(quantile + error, 1.0))
    return low >= 0 and bool(values[high] > EDGE * values[low])


def is_of_two_kinds(values: Sequence[float], merged: float) -> bool:
    """Whether the quantile of all blocks lies among stalls, and that of some trials in the body of their distribution, so that it
    is a matter of how many of either there are.

    `values` are the quantile of each trial of one network alone, `merged` that of all. Without the lowest sixth of the trials,
    some lie below `merged` by more than `EDGE`. Then resampled blocks hold too rarely, whatever the distribution of stalls; where
    `merged` lies in the body, stalls of some trials are what lies above it.
    """
    return bool(values) and merged > EDGE * sorted(values)[len(values) // 6]


def merged_quantile(counts: NDArray[np.int64], quantile: float) -> int:
    """The index of the bucket that holds the quantile of `counts` (one histogram, by bucket); -1 if it is empty.

    The rank is q n, rounded, as the hdrhistogram package has it; quantile 1 is the last bucket in use.
    """
    total = int(counts.sum())
    if total == 0:
        return -1
    return int(np.searchsorted(np.cumsum(counts), _rank(total, quantile)))


def _rank(total: int, quantile: float) -> int:
    return max(1, int(quantile * total + 0.5))


def weighted(counts: NDArray[np.int64], weights: NDArray[np.int64], quantile: float) -> NDArray[np.intp]:
    """The bucket of the quantile of each weighted sum of histograms: weights (resamples, blocks) to (resamples,).

    A mixture's quantile lies between the smallest and the largest of its parts, so only those buckets are summed, and of
    them only those in use.
    """
    used = np.flatnonzero(counts.any(axis=0))
    dense = counts[:, used]
    found = [merged_quantile(row, quantile) for row in dense if row.any()]
    first, last = min(found), max(found)
    inner, before = dense[:, first : last + 1], dense[:, :first].sum(axis=1)
    totals = weights @ dense.sum(axis=1)
    ranks = np.maximum(1, (quantile * totals + 0.5).astype(np.int64))
    # A few resamples at a time, so that what they take stays in the CPU's cache. (As doubles they would go through BLAS, whose
    # threads cost more than these small products.) A resample of empty histograms only has no quantile of its own; its first
    # bucket stands for it.
    where = []
    for rows in range(0, len(weights), _AT_ONCE):
        some = weights[rows : rows + _AT_ONCE]
        running = np.cumsum(some @ inner, axis=1)
        running += (some @ before)[:, None]
        where.append(np.argmax(running >= ranks[rows : rows + _AT_ONCE, None], axis=1))
    return np.asarray(used[first + np.concatenate(where)])
