"""Intervals that hold together: of several networks against one host, all of them in 95 of 100 studies.

Šidák's rule: k intervals hold together with confidence c if each has c ** (1 / k). It needs no correlation. Networks share
their host, so their ratios are correlated, and Dunnett's rule would use that; but it takes the correlation as known and one
variance for all. Here each network has its own variance, and six blocks are too few for a correlation: its intervals
would be some percent narrower and hold less often (benchmarks/coverage.py --dunnett). For |t| of normal data with any
correlation Šidák's rule is never too narrow (Šidák, Journal of the American Statistical Association 62, 1967).

A family is what stands in one column: the networks under one load, at one size, in one metric and quantile. Columns are not
adjusted for each other.
"""

from __future__ import annotations

from barewire.statistics.interval import CONFIDENCE


def each(comparisons: int, confidence: float = CONFIDENCE) -> float:
    """The confidence of each of so many intervals that hold together with `confidence`."""
    return float(confidence ** (1 / max(1, comparisons)))
