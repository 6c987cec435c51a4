"""Whether a load kept its latency from beginning to end, by two tests on the medians of its intervals.

- KPSS for a level (Kwiatkowski, Phillips, Schmidt and Shin, Journal of Econometrics 54, 1992): its null is a level
  that stays; critical values from the paper's table 1, Bartlett weights, their lag rule 4 (n / 100)^(1/4). Not in scipy, and
  statsmodels would bring pandas for this one statistic.
- The first half against the second, by Mann and Whitney (scipy), after neighbours that depend on each other were joined:
  KPSS hardly ever speaks on fewer than 20 intervals.

Either at 1 % calls the load not stationary, so of stationary loads up to 2 % are called so too. A test that has nothing
to say says nothing: fewer than `FEWEST` intervals give None. (Dickey and Fuller's test is not used: its null is a random walk,
which latencies never are.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from barewire.statistics import effective

FEWEST = 10
KPSS_ONE_PERCENT = 0.739
ONE_PERCENT = 0.01


def is_stationary(medians: NDArray[np.float64]) -> bool | None:
    """Whether a series of interval medians (any positive unit) stays at its level; None if it is too short."""
    if len(medians) < FEWEST:
        return None
    logs = np.log(np.maximum(medians, 1e-300))
    if float(np.ptp(logs)) == 0:
        return True
    return kpss(logs) <= KPSS_ONE_PERCENT and halves(logs) >= ONE_PERCENT


def kpss(values: NDArray[np.float64]) -> float:
    """The statistic for a level: the larger, the less it stays."""
    n = len(values)
    residuals = values - values.mean()
    lags = int(4 * (n / 100) ** 0.25)
    long_run = float(residuals @ residuals) / n
    for lag in range(1, lags + 1):
        long_run += 2 * (1 - lag / (lags + 1)) * float(residuals[lag:] @ residuals[:-lag]) / n
    return float((np.cumsum(residuals) ** 2).sum()) / n**2 / long_run if long_run > 0 else 0.0


def halves(values: NDArray[np.float64]) -> float:
    """The probability (two-sided) of halves that differ so much, if nothing has changed."""
    from scipy.stats import mannwhitneyu

    for _ in range(effective.length(values).bit_length() - 1):
        values = effective.pairs(values) / 2
    middle = len(values) // 2
    return float(mannwhitneyu(values[:middle], values[middle:]).pvalue)
