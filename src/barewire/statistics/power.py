"""Which difference a study could have found, and how many blocks would find a given one.

A difference is found if the judged interval excludes 1 and the ratio is above the noise floor. With a standard error e of the
logarithm, known from so many degrees of freedom, the estimate is normal about the truth and e varies as the root of a
chi-square over its degrees: the chance of a finding is the mean of Phi((delta - max(ln floor, t e')) / e) over e'. Without a
floor that is the power of the t test, Student's noncentral t (Owen, Biometrika 52, 1965); the integral has the floor as well.
`DETECTED` of studies find the difference that is called detectable.

Limits: e is itself estimated, from six blocks to within a factor of 0.6 to 2.5, so a detectable difference is a size and no
promise. Findings on the wrong side are not counted; they are rarer than 1 in 1,000 where a difference is detectable.
"""

from __future__ import annotations

from functools import cache
from math import exp, inf, isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

from barewire.statistics.interval import CONFIDENCE, Interval
from barewire.statistics.paired_t import student_t

DETECTED = 0.8
"""The power at which a difference is called detectable."""

MOST_BLOCKS = 1000

_POINTS = 256
_HALVINGS = 40
_LARGEST = 700.0
"""Of a logarithm whose power a double holds."""


def power(ratio: float, error: float, degrees: int, confidence: float = CONFIDENCE, floor: float = 1.0) -> float:
    """The chance to find `ratio` (above 1), given the standard error of the logarithm and its degrees of freedom."""
    return float(_found(log(ratio), error, _limits(error, degrees, confidence, floor)))


def detectable(
    error: float, degrees: int, confidence: float = CONFIDENCE, floor: float = 1.0, wanted: float = DETECTED
) -> float:
    """The smallest ratio above 1 that is found with the power `wanted`; infinite where no number holds it."""
    if degrees < 1 or not isfinite(error):
        return inf
    if error <= 0:
        return floor
    limits = _limits(error, degrees, confidence, floor)
    low, high = 0.0, float(limits.max()) + 4 * error
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _found(middle, error, limits) < wanted else (low, middle)
    return exp(high) if high < _LARGEST else inf


def detectable_by(interval: Interval | None, confidence: float, floor: float | None) -> float | None:
    """What a study with this judged interval could have found; None without bounds or a floor.

    The standard error is the half width over Student's t of the interval's blocks, whatever method made it.
    """
    if interval is None or floor is None or interval.low is None or interval.high is None or interval.n < 2:
        return None
    if interval.low <= 0 or not isfinite(interval.high):
        return inf
    half = log(interval.high / interval.low) / 2
    return detectable(half / student_t(interval.n - 1, 0.5 + confidence / 2), interval.n - 1, confidence, floor)


def blocks_for(ratio: float, spread: float, confidence: float = CONFIDENCE, wanted: float = DETECTED) -> int | None:
    """How many blocks find `ratio` (above 1) where `spread` is the standard deviation of the blocks' log-ratios; None if more
    than `MOST_BLOCKS`. Without a floor, which is mostly narrower than the interval of several networks."""
    return _blocks_for(log(ratio), float(f"{spread:.3g}"), confidence, wanted)


@cache
def _blocks_for(delta: float, spread: float, confidence: float, wanted: float) -> int | None:
    def finds(blocks: int) -> bool:
        error = spread / sqrt(blocks)
        return error <= 0 or float(_found(delta, error, _limits(error, blocks - 1, confidence, 1.0))) >= wanted

    if not finds(MOST_BLOCKS):
        return None
    low, high = 1, MOST_BLOCKS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if finds(middle) else (middle, high)
    return high


def _limits(error: float, degrees: int, confidence: float, floor: float) -> NDArray[np.float64]:
    """What the estimate must exceed, for each of equally likely estimates of the standard error."""
    return np.maximum(log(floor), student_t(degrees, 0.5 + confidence / 2) * error * _roots(degrees))


def _found(delta: float, error: float, limits: NDArray[np.float64]) -> float:
    from scipy.special import ndtr

    return float(ndtr((delta - limits) / error).mean())


@cache
def _roots(degrees: int) -> NDArray[np.float64]:
    """The root of chi-square over its degrees of freedom, at the middles of equally likely parts."""
    from scipy.special import chdtri

    above = (np.arange(_POINTS) + 0.5) / _POINTS
    return np.sqrt(np.asarray(chdtri(degrees, above)) / degrees)
