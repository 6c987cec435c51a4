"""A load interval by interval, in short: what effective sample sizes and stationarity are computed from.

Kept in the trial's record, because histogram logs have whole seconds, of which a load has few, and reading hundreds of
small histograms of each trial again would take longer than the statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from barewire.measure.histogram import QUANTILES, Histogram


def series(histograms: Sequence[Histogram], seconds: float) -> dict[str, Any]:
    """`intervals` of a load's record, of intervals of `seconds`: how many answers each had, their median in ns (0 without any),
    and how many of them lie above each quantile of the whole load."""
    counts = [np.ctypeslib.as_array(h.hdr.counts).astype(np.int64) for h in histograms]
    samples = [h.count for h in histograms]
    total = sum(samples)
    if not total:
        return {"seconds": seconds, "samples": samples, "median_ns": [0] * len(samples), "above": {}}
    cumulated = np.cumsum(np.sum(counts, axis=0))
    places = [int(np.searchsorted(cumulated, max(1, int(q * total + 0.5)))) for q in QUANTILES]
    up_to = [np.cumsum(one)[places] for one in counts]
    return {
        "seconds": seconds,
        "samples": samples,
        "median_ns": [h.quantile(0.5) for h in histograms],
        "above": {
            f"{q:.10g}": [n - int(below[i]) for n, below in zip(samples, up_to, strict=True)]
            for i, q in enumerate(QUANTILES)
        },
    }
