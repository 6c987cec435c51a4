"""When a study looks at its intervals, and the confidence of each look, so that all looks together err at most as often as one
look would.

Looking after 6, 10, 15... blocks and stopping at a good one inflates the false-positive rate. Each look therefore has a wider
interval. The error rate is spent over the blocks by the Pocock-like function of Lan and DeMets ("Discrete Sequential
Boundaries for Clinical Trials", Biometrika 70, 1983): a ln(1 + (e - 1) t), where t is the share of the most blocks that have been
seen. It spends about as much on each look, which suits a study that may stop early because it is precise; O'Brien and
Fleming's spends next to nothing on the first looks, whose intervals would be too wide to stop at. The level of a look
follows from the joint normal distribution of the means so far (Armitage, McPherson and Rowe, "Repeated Significance Tests
on Accumulating Data", Journal of the Royal Statistical Society A 132, 1969); it is then used with Student's t, as in Jennison
and Turnbull's "Group Sequential Methods" (2000). Intervals at these levels hold at all looks at once, whatever makes one stop.

Limits: blocks count as information of equal weight; with six blocks Student's t is only nearly right for it (a simulation says
how nearly: benchmarks/stopping.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import e, log, sqrt

import numpy as np
from numpy.typing import NDArray

from barewire.results.precision.targets import FEWEST_BLOCKS
from barewire.statistics.interval import CONFIDENCE

PLANNED = (FEWEST_BLOCKS, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1000)
_GRID = 301
_LARGEST_Z = 8.0

Array = NDArray[np.float64]


def planned(most: int) -> tuple[int, ...]:
    """Block counts at which a study of at most `most` blocks looks; the last is `most`."""
    return (*(count for count in PLANNED if count < most), most)


def levels(
    counts: Sequence[int], most: int, *, last: bool = False, confidence: float = CONFIDENCE
) -> tuple[float, ...]:
    """The confidence of the interval at each of the looks `counts` (rising), of a study of at most `most` blocks.

    With `last` nothing comes after the last of them, whatever it shows, so it gets all that is left of the error rate.
    """
    return _levels(tuple(counts), most, last, confidence)


@cache
def _levels(counts: tuple[int, ...], most: int, last: bool, confidence: float) -> tuple[float, ...]:
    from scipy.special import ndtr

    alpha = 1 - confidence
    spent = [0.0, *(alpha * log(1 + (e - 1) * min(1.0, count / most)) for count in counts)]
    if last:
        spent[-1] = alpha
    found: list[float] = []
    places: Array = np.zeros(1)  # the sum of blocks so far, and how likely: all at 0 before the first
    weights: Array = np.ones(1)
    for index, (before, count) in enumerate(pairwise([0, *counts])):
        step, deviation = sqrt(count - before), sqrt(count)
        z = _boundary(places, weights, step, deviation, spent[index + 1] - spent[index])
        found.append(float(1 - 2 * ndtr(-z)))
        inside = np.linspace(-z * deviation, z * deviation, _GRID)
        distance = (inside[:, None] - places[None, :]) / step
        density = np.exp(-(distance**2) / 2) / (step * sqrt(2 * np.pi)) @ weights
        weights, places = density * _simpson(inside), inside
    return tuple(found)


def _boundary(places: Array, weights: Array, step: float, deviation: float, chance: float) -> float:
    """The z such that to have stayed inside so far, and to be beyond z standard errors now, has this chance."""
    from scipy.special import ndtr

    low, high = 0.0, _LARGEST_Z
    for _ in range(60):
        middle = (low + high) / 2
        beyond = sum(ndtr((side * places - middle * deviation) / step) for side in (1, -1))
        low, high = (middle, high) if float(weights @ beyond) > chance else (low, middle)
    return (low + high) / 2


def _simpson(points: Array) -> Array:
    """Weights of Simpson's rule on an odd number of evenly spaced points."""
    weights = np.full(len(points), 2.0)
    weights[1::2] = 4.0
    weights[[0, -1]] = 1.0
    return np.asarray(weights * (points[1] - points[0]) / 3)
