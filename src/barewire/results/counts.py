"""Histograms as plain arrays of counts, which is what merging and resampling want.

All of barewire's histograms have one layout (1 ns to 1 hour, 3 significant digits), so buckets of two of them are the
same buckets, and adding two is adding arrays. A run's histograms are kept sparse once read: a trial has a few thousand
buckets in use out of 33,792. Limit: a log of another layout is refused, not converted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from barewire.workloads.generator.histogram import Entry, Histogram, buckets

COMPARED = ("latency/", "wire/")
"""Tags of the kinds of time that are compared between networks; the others are only kept."""

Counts = NDArray[np.int64]
"""Samples per HdrHistogram bucket, shape (buckets,)."""


@cache
def bucket_values() -> NDArray[np.float64]:
    """The largest value in ns of each bucket: what HdrHistogram reports for a quantile that falls into it."""
    layout = Histogram().hdr
    _, highest = buckets(layout, np.arange(layout.counts_len, dtype=np.int64))
    return highest.astype(np.float64)


def counts_of(histogram: Histogram) -> Counts:
    """The counts of a histogram; `ValueError` if its layout is another."""
    hdr = histogram.hdr
    if len(hdr.counts) != len(bucket_values()):
        raise ValueError(f"a histogram with {len(hdr.counts)} buckets instead of {len(bucket_values())}")
    return np.asarray(np.ctypeslib.as_array(hdr.counts), dtype=np.int64)


class CountsCache:
    """Merged counts by trial and tag; each trial's log is read once, with `read`."""

    def __init__(self, read: Callable[[int], Iterable[Entry]]) -> None:
        self._read = read
        self._trials: dict[int, dict[str, tuple[NDArray[np.intp], Counts]]] = {}

    def __call__(self, trial: int, tag: str) -> Counts | None:
        """All intervals of a tag added up, or None if the trial has none."""
        if trial not in self._trials:
            merged: dict[str, Counts] = {}
            for entry in self._read(trial):
                if entry.tag.startswith(COMPARED):
                    counts = counts_of(entry.histogram)
                    merged[entry.tag] = merged[entry.tag] + counts if entry.tag in merged else counts
            used = {name: np.flatnonzero(counts) for name, counts in merged.items()}
            self._trials[trial] = {name: (used[name], counts[used[name]]) for name, counts in merged.items()}
        found = self._trials[trial].get(tag)
        if found is None:
            return None
        whole = np.zeros(len(bucket_values()), dtype=np.int64)
        whole[found[0]] = found[1]
        return whole
