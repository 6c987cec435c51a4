"""Verdicts on an interval, and whether a number of samples supports a quantile.

A verdict looks at the interval that holds together with those of the other networks, so that among equal networks a whole
column has a false one in at most 5 % of studies, not each of its cells. And at the noise floor: host against host is
measured like any network, and a difference that this does not exclude is not called one. The intervals have the host's noise in
them already; the floor is kept because it is the one check that needs no assumption about distributions, and it costs little:
it is narrower than the interval of several networks.

Not to find a difference is not to find equality. `equivalent` needs the whole interval within a margin: that is Schuirmann's
two one-sided tests ("A Comparison of the Two One-Sided Tests Procedure and the Power Approach for Assessing the Equivalence of
Average Bioavailability", Journal of Pharmacokinetics and Biopharmaceutics 15, 1987), made with the judged interval and
therefore stricter than 5 %. The margin is of ratios, so 5 % reaches from 1 / 1.05 to 1.05.
"""

from __future__ import annotations

from math import isfinite, log
from typing import Literal

from barewire.records.fields import MARGIN, Verdict
from barewire.statistics.interval import Interval

EXCEEDANCES = 10
"""A quantile is supported if this many samples lie above it."""

USEFUL = 1.5
"""Where a network that costs half as much again could be missed, or the host differs from itself by as much, nothing useful
can be decided."""

DIFFERENT: frozenset[str] = frozenset({"slower", "faster"})
"""The verdicts that state a difference; colours and rankings follow them alone."""

DECIDED: frozenset[str] = DIFFERENT | {"equivalent", "saturated"}
"""The verdicts that answer the question."""

Direction = Literal["lower", "higher"]
"""Which way is better: `lower` for latency, `higher` for rates."""


def supports(samples: float, quantile: float) -> bool:
    """Whether `samples` (effective ones, where they are known) have at least `EXCEEDANCES` above the quantile.

    The maximum is never supported.
    """
    return quantile < 1 and samples >= samples_for(quantile)


def samples_for(quantile: float) -> int:
    """How many samples support a quantile below 1."""
    # Rounded, because 1 - 0.9999 is a little less than 0.0001 and 100,000 samples are enough.
    return round(EXCEEDANCES / (1 - quantile))


def floor_of(interval: Interval | None) -> float | None:
    """The noise floor: the largest ratio, as a number above 1, that host against host does not exclude."""
    if interval is None or interval.low is None or interval.high is None or interval.low <= 0:
        return None
    return max(interval.high, 1 / interval.low)


def verdict(
    direction: Direction,
    interval: Interval | None,
    floor: float | None,
    *,
    margin: float = MARGIN,
    detectable: float | None = None,
) -> Verdict:
    """What may be said of the judged interval; `detectable` is the smallest ratio above 1 that would have been found, None
    where that is not known.

    A difference that was found comes before equivalence: +1 % to +3 % is `slower`, and the interval shows by how little.
    """
    if interval is None or interval.low is None or interval.high is None or floor is None:
        return "unsupported"
    if not (isfinite(interval.low) and isfinite(interval.high) and interval.ratio > 0):
        return "unsupported"
    excludes = not interval.low <= 1 <= interval.high
    if excludes and abs(log(interval.ratio)) > log(floor):
        return "slower" if (interval.ratio > 1) == (direction == "lower") else "faster"
    if 1 / (1 + margin) <= interval.low and interval.high <= 1 + margin:
        return "equivalent"
    if max(floor if excludes else 1.0, detectable or 1.0) >= USEFUL:
        return "inconclusive"
    return "below-noise-floor" if excludes else "no-difference-found"
