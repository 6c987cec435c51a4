"""How much a quantile changed from one run to another, where only all blocks of a run together support it.

The bootstrap of one run (`pooled`), twice: blocks are resampled with replacement, network and host together. Where nothing
pairs the runs' blocks, each run has a standard error of its own, and their difference is Welch's; where blocks are
pairs, both runs are resampled alike, and what both have in common cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barewire.statistics.dependence import inflation
from barewire.statistics.interval import CONFIDENCE, Estimate
from barewire.statistics.pooled import MIN_BLOCKS, resamples, spread, weighted
from barewire.statistics.welch import apart


@dataclass(frozen=True, slots=True)
class Blocks:
    """One run's histograms: counts of shape (blocks, buckets), row by row of the same block.

    `over` is what the quantile is divided by, or None for a quantile as it is.
    """

    counts: NDArray[np.int64]
    over: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def empty(self) -> bool:
        return not self.counts.sum() or (self.over is not None and not self.over.sum())

    def log_quantile(
        self, weights: NDArray[np.int64], values: NDArray[np.float64], quantile: float
    ) -> NDArray[np.float64]:
        """The logarithm of the quantile, perhaps over the other's, of each weighted sum of blocks: (resamples,)."""
        log = np.log(np.maximum(values[weighted(self.counts, weights, quantile)], 1))
        if self.over is None:
            return np.asarray(log)
        return np.asarray(log - np.log(np.maximum(values[weighted(self.over, weights, quantile)], 1)))


@dataclass(frozen=True, slots=True)
class Resampled:
    """A change with the standard errors that resampling found, from which an interval of any confidence follows at once; no
    errors where blocks are too few."""

    change: float
    errors: tuple[float, ...]
    blocks: tuple[int, ...]

    def widened_errors(self, autocorrelations: Sequence[float]) -> tuple[float, ...]:
        """The standard errors of blocks that depend on each other by `autocorrelations`."""
        known = zip(self.errors, self.blocks, autocorrelations, strict=True)
        return tuple(error * inflation(blocks, one)[0] for error, blocks, one in known)

    def interval_at(self, confidence: float = CONFIDENCE, autocorrelations: Sequence[float] = (0.0, 0.0)) -> Estimate:
        """The logarithm of the change with its interval; `autocorrelations` are those of the blocks of either run."""
        if not self.errors:
            return Estimate(self.change, None, None, min(self.blocks))
        # Pairs of blocks are as dependent as those of the run whose blocks are.
        known = autocorrelations if len(self.errors) == 2 else [max(autocorrelations)]
        return apart(self.change, self.errors, self.blocks, confidence, known)


def joined(runs: Sequence[Blocks | None]) -> Blocks | None:
    """The blocks of several runs as those of one; None if one has none."""
    known = [one for one in runs if one is not None]
    if not known or len(known) < len(runs):
        return None
    over = [one.over for one in known if one.over is not None]
    return Blocks(np.concatenate([one.counts for one in known]), np.concatenate(over) if over else None)


def pooled_change(
    before: Blocks,
    after: Blocks,
    values: NDArray[np.float64],
    quantile: float,
    seed: int,
    *,
    paired: bool,
) -> Resampled | None:
    """ln after - ln before of a quantile of merged histograms; `values` are those of the buckets.

    With `paired`, row i of both is of the same block. None if there is nothing to merge; no bounds with fewer than
    `MIN_BLOCKS` blocks in either run.
    """
    if before.empty or after.empty:
        return None
    runs = (before, after)
    whole = [float(run.log_quantile(np.ones((1, len(run)), dtype=np.int64), values, quantile)[0]) for run in runs]
    change = whole[1] - whole[0]
    sizes = (len(before), len(after))
    if min(sizes) < MIN_BLOCKS:
        return Resampled(change, (), sizes)
    rng = np.random.default_rng(seed)
    if paired:
        weights, times = resamples(rng, len(before))
        logs = [run.log_quantile(weights, values, quantile) for run in runs]
        return Resampled(change, (spread(logs[1] - logs[0], times, len(before)),), sizes[:1])
    errors = []
    for run in runs:
        weights, times = resamples(rng, len(run))
        errors.append(spread(run.log_quantile(weights, values, quantile), times, len(run)))
    return Resampled(change, tuple(errors), sizes)
