"""Runs as the unit: two runs of the same network differ by more than the variation of their blocks.

A run has an effect of its own (its boot, its memory layout, the hour it was made in) that all its blocks share, so blocks are
repetitions within a run and not of it (Hurlbert, "Pseudoreplication and the Design of Ecological Field Experiments", Ecological
Monographs 54, 1984). With the model

    log value = network + run + block,   run ~ N(0, tau^2),   block ~ N(0, sigma^2)

the mean of one run of n blocks has the variance tau^2 + sigma^2 / n, and no number of blocks takes tau^2 out of it.

- Several runs a side: each run is one number, compared by Welch's t. Where one side has a single run, the other's variance
  stands for both (Student's t of two samples), and what its blocks vary more than the others' is added.
- One run a side: tau^2 + sigma^2 / n is estimated from other runs of the same kind (`RunSpread`), whose means have that variance
  already, so nothing has to be subtracted and no estimate can become negative. Degrees of freedom are those of the other runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np

from barewire.statistics.interval import CONFIDENCE, Estimate
from barewire.statistics.paired_t import student_t
from barewire.statistics.welch import welch_t

FEWEST = 3
"""Runs whose spread says anything: of two, an interval is six times as wide as of four."""


@dataclass(frozen=True, slots=True)
class RunSpread:
    """How far runs of one kind are apart: the `variance` of their means with its `degrees` of freedom, and `within`, the part of
    it that their blocks explain (the mean of their squared standard errors)."""

    variance: float
    degrees: int
    within: float

    @property
    def effect(self) -> float:
        """The standard deviation of the run's own effect: what blocks do not explain."""
        return sqrt(max(0.0, self.variance - self.within))


def spread(means: Sequence[float], errors: Sequence[float]) -> RunSpread | None:
    """The spread of runs by their means and standard errors; None for fewer than `FEWEST`."""
    if len(means) < FEWEST:
        return None
    variance = float(np.var(means, ddof=1))
    within = sum(error * error for error in errors) / len(errors) if errors else 0.0
    return RunSpread(variance, len(means) - 1, within) if isfinite(variance) else None


def between(
    before: Sequence[float], after: Sequence[float], confidence: float = CONFIDENCE, more: tuple[float, int] = (0.0, 1)
) -> Estimate | None:
    """mean after - mean before, a number a run; no bounds where both sides have a single run, None where one has none. `more` is
    what the blocks of the only run of a side have in variance beyond those of the others' runs, with its degrees of freedom."""
    sizes = len(before), len(after)
    if min(sizes) != 1 or max(sizes) == 1:
        return welch_t(before, after, confidence)
    change = float(np.mean(after) - np.mean(before))
    variance = float(np.var(max(before, after, key=len), ddof=1)) * (1 / sizes[0] + 1 / sizes[1])
    known = (variance, max(sizes) - 1)
    # Added by chance it has more degrees of freedom, and must not make the interval narrower than without.
    half = max(_half([known], confidence), _half([known, more], confidence))
    return Estimate(change, change - half, change + half, min(sizes))


def widened(
    change: float, errors: Sequence[float], blocks: Sequence[int], known: RunSpread, confidence: float = CONFIDENCE
) -> Estimate:
    """The change between two single runs (or what one says by itself), with standard errors and numbers of their blocks, widened
    by the spread of others.

    A run whose blocks vary more than those of the others adds what it has more.
    """
    more = [max(0.0, error * error - known.within) for error in errors]
    parts = [
        (len(errors) * known.variance, known.degrees),
        *((one, size - 1) for one, size in zip(more, blocks, strict=True)),
    ]
    half = _half(parts, confidence)
    return Estimate(change, change - half, change + half, min(blocks))


def _half(parts: Sequence[tuple[float, int]], confidence: float) -> float:
    """Half an interval of a sum of independent variances with their degrees of freedom, after Satterthwaite."""
    whole = sum(part for part, _ in parts)
    below = sum(part * part / degrees for part, degrees in parts if part * part > 0)
    degrees = max(1, int(whole * whole / below)) if below > 0 else parts[0][1]
    return student_t(degrees, 0.5 + confidence / 2) * sqrt(whole)
