"""Where a series changed: E-divisive with a permutation test.

Energy statistics ask whether two stretches of a series come from one distribution, without asking which: any shift of a
median, a mean or a spread shows (Matteson and James, "A Nonparametric Approach for Multiple Change Point Analysis of
Multivariate Data", JASA 109, 2014). The series is cut where the statistic is largest, if chance does not cut a
shuffled series as well, and its parts are cut again. Parts are only looked at once a cut is significant, so `error` is the chance
that a series in which nothing changed is cut at all.

Own code, because the packages are either a whole service (clients of databases and chats, and numpy held at one version) or
leave the level to a penalty that the caller must guess. Limit: values are exchangeable while nothing changes; a slow
drift is reported as steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHORTEST = 3
"""A stretch on either side of a change has at least so many values: fewer are an accident."""

PERMUTATIONS = 999

AT_ONCE, MOST_NUMBERS = 37, 1_000_000
"""Permutations whose statistics are one computation, of fewer where their matrices would have more numbers than the second. Of
a short series calls cost more than what they do; but most without a change need few permutations, so it is not all at once."""


def change_points(
    series: Sequence[float], *, error: float = 0.05, seed: int = 0, permutations: int = PERMUTATIONS
) -> tuple[int, ...]:
    """The positions at which a new stretch begins, ascending; the same seed gives the same answer.

    `error` is the chance that a series without a change gets one. Each further cut is tested at the same level within
    its stretch, and a stretch is only looked at after the cut around it was significant.
    """
    rng = np.random.default_rng(seed)
    values = np.asarray(series, dtype=np.float64)
    found: list[int] = []
    waiting = [(0, len(values))]
    while waiting:
        start, end = waiting.pop()
        cut = _cut(values[start:end], error, rng, permutations)
        if cut is not None:
            found.append(start + cut)
            waiting += [(start, start + cut), (start + cut, end)]
    return tuple(sorted(found))


def _cut(values: NDArray[np.float64], error: float, rng: np.random.Generator, permutations: int) -> int | None:
    """Where this stretch is cut, or None if a shuffled one is cut as well more often than `error`."""
    n = len(values)
    if n < 2 * SHORTEST or np.ptp(values) == 0:
        return None
    distances = np.abs(values[:, None] - values[None, :])
    statistic = _statistic(distances)
    best = int(np.argmax(statistic))
    most = statistic[best]
    as_good = 1
    # Chance can no longer be ruled out once so many shuffled series did as well.
    enough = error * (permutations + 1)
    at_once = max(1, min(AT_ONCE, MOST_NUMBERS // n**2))
    for done in range(0, permutations, at_once):
        orders = np.array([rng.permutation(n) for _ in range(min(at_once, permutations - done))])
        shuffled = _statistic(distances[orders[:, :, None], orders[:, None, :]])
        as_good += int(np.count_nonzero(shuffled.max(axis=-1) >= most - 1e-12))
        if as_good > enough:
            return None
    return best + SHORTEST


def _statistic(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scaled energy distance between both sides of each possible cut, the first after `SHORTEST` values; of each matrix in
    the last two dimensions.

    With m values before and k after a cut: m k / (m + k) (2 mean across - mean within before - mean within after).
    """
    n = distances.shape[-1]
    cuts = np.arange(SHORTEST, n - SHORTEST + 1)
    summed = np.zeros((*distances.shape[:-2], n + 1, n + 1))
    summed[..., 1:, 1:] = distances.cumsum(axis=-2).cumsum(axis=-1)
    before = summed[..., cuts, cuts]
    across = summed[..., cuts, n] - before
    after = summed[..., n, n, None] - before - 2 * across
    m, k = cuts, n - cuts
    return np.asarray(m * k / n * (2 * across / (m * k) - before / (m * (m - 1)) - after / (k * (k - 1))))
