"""Confidence intervals and verdicts: what blocks say about a ratio or a difference, and when they support no statement.

A block gives one number, the logarithm of network over host (or their difference). Blocks are the replicates, never
requests: requests within a trial share its lab, its processes and its luck. One method a file:

    paired_t            Student's t on the blocks' numbers; for quantiles that each trial supports alone
    hodges_lehmann      the median of pairwise means with the exact Wilcoxon interval: one wild block hardly moves it
    choice              which of those two is shown, and the flag where they disagree
    pooled              quantiles that only all blocks together support, with a bootstrap over blocks
    simultaneous        the confidence that one of several intervals needs, so that all of them hold together
    effective           how many independent requests the requests of a trial are worth
    stationarity        whether a load kept its latency from its beginning to its end
    verdicts            what may be said of an interval
    dependence          whether blocks resemble their neighbours, and how much wider that makes intervals
    power               which difference could have been found, and how many blocks find a given one

How often each is right is measured by `benchmarks/coverage.py`; the table is in docs/statistics.md.

scipy is imported only when an interval is wanted: it takes longer than everything else at start.
"""

from barewire.records.fields import MARGIN, Verdict
from barewire.statistics.choice import Paired, paired
from barewire.statistics.dependence import FEWEST as FEWEST_TESTED
from barewire.statistics.dependence import Dependence, widening
from barewire.statistics.effective import counted, inefficiency, safety_factor
from barewire.statistics.hodges_lehmann import hodges_lehmann
from barewire.statistics.interval import CONFIDENCE, Estimate, Interval, half_width
from barewire.statistics.paired_t import paired_log_t, paired_t, student_t
from barewire.statistics.pooled import (
    MIN_BLOCKS,
    RESAMPLES,
    Pooled,
    bootstrap_quantile,
    is_of_two_kinds,
    is_on_an_edge,
    is_shared,
    merged_quantile,
    pooled,
    weighted,
)
from barewire.statistics.power import DETECTED, MOST_BLOCKS, blocks_for, detectable, detectable_by, power
from barewire.statistics.simultaneous import each
from barewire.statistics.stationarity import is_stationary
from barewire.statistics.verdicts import (
    DECIDED,
    DIFFERENT,
    EXCEEDANCES,
    USEFUL,
    Direction,
    floor_of,
    samples_for,
    supports,
    verdict,
)

__all__ = [
    "CONFIDENCE",
    "DECIDED",
    "DETECTED",
    "DIFFERENT",
    "EXCEEDANCES",
    "FEWEST_TESTED",
    "MARGIN",
    "MIN_BLOCKS",
    "MOST_BLOCKS",
    "RESAMPLES",
    "USEFUL",
    "Dependence",
    "Direction",
    "Estimate",
    "Interval",
    "Paired",
    "Pooled",
    "Verdict",
    "blocks_for",
    "bootstrap_quantile",
    "counted",
    "detectable",
    "detectable_by",
    "each",
    "floor_of",
    "half_width",
    "hodges_lehmann",
    "inefficiency",
    "is_of_two_kinds",
    "is_on_an_edge",
    "is_shared",
    "is_stationary",
    "merged_quantile",
    "paired",
    "paired_log_t",
    "paired_t",
    "pooled",
    "power",
    "safety_factor",
    "samples_for",
    "student_t",
    "supports",
    "verdict",
    "weighted",
    "widening",
]
