"""The Hodges-Lehmann estimate with the exact interval of Wilcoxon's signed-rank test: the twin that one wild block hardly moves.

The estimate is the median of all pairwise means of the blocks' numbers (Walsh averages), the interval reaches from the k-th
smallest to the k-th largest of them (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 2014, section 3.3). k
comes from the exact distribution of the signed-rank statistic, so the interval holds for any symmetric distribution,
however few the blocks. It assumes symmetry, not normality.

Being discrete, it holds at least as often as asked: with 6 blocks 96.9 % for 95 % asked, with 8 96.1 %, with 10 95.1 %. Fewer
than 6 blocks cannot give 95 % at all: all signs being alike by chance is then more likely than 5 %. The estimate withstands a
wild block from 6 blocks on, its interval from 12 on: with fewer, the outermost pairs that it needs are those of that block.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from barewire.statistics.interval import CONFIDENCE, Estimate


def hodges_lehmann(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate | None:
    """The estimate; without bounds where so few values cannot give such a confidence, None without values."""
    n = len(values)
    if n == 0:
        return None
    known = np.asarray(values, dtype=np.float64)
    walsh = np.sort((known[:, None] / 2 + known[None, :] / 2)[_upper(n)])
    k = rank(n, confidence)
    centre = float(np.median(walsh))
    return Estimate(centre, float(walsh[k - 1]), float(walsh[-k]), n) if k else Estimate(centre, None, None, n)


@cache
def rank(n: int, confidence: float) -> int:
    """Which smallest and largest pairwise mean bound the interval; 0 if none does."""
    return int(np.searchsorted(_cumulated(n), (1 - confidence) / 2 * (1 + 1e-12), side="right"))


def attained(n: int, confidence: float) -> float | None:
    """The confidence that an interval of n blocks really has where `confidence` is asked."""
    k = rank(n, confidence)
    return 1 - 2 * float(_cumulated(n)[k - 1]) if k else None


@cache
def _cumulated(n: int) -> NDArray[np.float64]:
    """P(W <= w) of the signed-rank statistic: each rank is added or not, with equal probability."""
    chance = np.zeros(n * (n + 1) // 2 + 1)
    chance[0] = 1.0
    for added in range(1, n + 1):
        chance[added:] += chance[:-added].copy()
        chance /= 2
    return np.cumsum(chance)


@cache
def _upper(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = np.triu_indices(n)
    return rows, columns
