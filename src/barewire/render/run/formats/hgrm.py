"""Latency by percentile as text, for the plotter of HdrHistogram and everything else that reads what wrk2 prints.

https://github.com/HdrHistogram/HdrHistogram, `Histogram.outputPercentileDistribution` with 5 ticks per half distance: the header
`Value Percentile TotalCount 1/(1-Percentile)`, the same levels, the same footer. One file for each network, load and size.
Values are **microseconds** (recorded nanoseconds / 1000, `-outputValueUnitRatio 1000`), because with the usual milliseconds the
format's three decimals would leave two digits of a latency of 26 us. The file's name says so, since the format has no place
for a unit; the plotter asks for it.

Written here because the Python package walks every bucket for each line and spaces its levels otherwise than the Java one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import floor, log, sqrt

import numpy as np

from barewire.render.format import Format
from barewire.render.run import histograms, labels
from barewire.render.run.data import ReportData
from barewire.results.counts import bucket_values, counts_of
from barewire.workloads.generator.histogram import DIGITS, Histogram

NS_PER_UNIT = 1000
_TICKS = 5


def render(data: ReportData) -> Mapping[str, str]:
    """The files, and a text that says which is which."""
    found = histograms.latencies(data)
    names = labels.file_names(((place, str(place)) for place in found), "-us.hgrm")
    files = {names[place]: percentiles(entry.histogram) for place, entry in found.items()}
    what = """Latency by percentile, merged over all valid trials; values are microseconds (recorded nanoseconds / 1000),
    percentiles are from 0 to 1."""
    return {**files, "about.txt": labels.index_text(data, what, {names[place]: str(place) for place in found})}


def percentiles(histogram: Histogram) -> str:
    """The text for one histogram that is not empty."""
    lines = [f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>14}", ""]
    for value, level, count in _levels(histogram):
        line = f"{value / NS_PER_UNIT:12.{DIGITS}f} {level / 100:2.12f} {count:10d}"
        lines.append(line if level == 100 else f"{line} {1 / (1 - level / 100):14.2f}")
    mean, deviation = _moments(histogram)
    hdr = histogram.hdr
    lines += [
        f"#[Mean    = {mean / NS_PER_UNIT:12.{DIGITS}f}, StdDeviation   = {deviation / NS_PER_UNIT:12.{DIGITS}f}]",
        f"#[Max     = {histogram.quantile(1) / NS_PER_UNIT:12.{DIGITS}f}, Total count    = {histogram.count:12d}]",
        f"#[Buckets = {hdr.bucket_count:12d}, SubBuckets     = {hdr.sub_bucket_count:12d}]",
    ]
    return "\n".join(lines) + "\n"


def _levels(histogram: Histogram) -> Iterator[tuple[float, float, int]]:
    """Value, percentile level (0 to 100) and how many samples are not above it, as the Java iterator steps."""
    counts = counts_of(histogram)
    used = np.flatnonzero(counts)
    cumulated = np.cumsum(counts[used])
    shares = 100.0 * cumulated / histogram.count
    level, index = 0.0, 0
    while True:
        index = max(index, int(np.searchsorted(shares, level)))
        yield float(bucket_values()[used[index]]), level, int(cumulated[index])
        if cumulated[index] == histogram.count:
            break
        level += 100.0 / (_TICKS * 2 ** (floor(log(100.0 / (100.0 - level)) / log(2)) + 1))
    yield float(bucket_values()[used[-1]]), 100.0, histogram.count


def _moments(histogram: Histogram) -> tuple[float, float]:
    """Mean and standard deviation, each sample taken as the middle of its bucket."""
    counts = counts_of(histogram)
    used = np.flatnonzero(counts)
    highest = bucket_values()[used]
    lowest = np.asarray([histogram.hdr.get_value_from_index(int(index)) for index in used], dtype=np.float64)
    middles = lowest + np.floor((highest - lowest + 1) / 2)
    mean = float(np.dot(counts[used], middles)) / histogram.count
    return mean, sqrt(float(np.dot(counts[used], (middles - mean) ** 2)) / histogram.count)


FORMAT = Format(
    "hgrm", "hgrm/", "percentile text as wrk2 prints it, for HdrHistogram's plotter; a file a network and load", render
)
