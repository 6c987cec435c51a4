"""What may be said of an interval, and of a quantile with so many samples.

A verdict looks at the interval that holds together with those of the other networks, so that among equal networks a whole
column has a false one in at most 5 % of studies, not each of its cells. And at the noise floor: host against host is
measured like any network, and a difference that this does not exclude is not called one. The intervals have the host's noise in
them already; the floor is kept because it is the one check that needs no assumption about distributions, and it costs little:
it is narrower than the interval of several networks.
"""

from __future__ import annotations

from math import isfinite, log
from typing import Literal

from barewire.statistics.interval import Interval

EXCEEDANCES = 10
"""A quantile is supported if this many samples lie above it."""

Verdict = Literal["slower", "faster", "indistinguishable", "unsupported"]
Direction = Literal["lower", "higher"]
"""Which way is better: `lower` for latency, `higher` for rates."""


def supports(samples: float, quantile: float) -> bool:
    """Whether `samples` (effective ones, where they are known) have at least `EXCEEDANCES` above the quantile.

    The maximum is never supported.
    """
    # Rounded, because 1 - 0.9999 is a little less than 0.0001 and 100,000 samples are enough.
    return quantile < 1 and samples >= round(EXCEEDANCES / (1 - quantile))


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
