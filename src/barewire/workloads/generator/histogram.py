"""Histograms in HdrHistogram's format: 1 ns to 1 h, three significant digits, and logs of them with tags.

The package `hdrhistogram` encodes, decodes, adds and reads logs. Two things are done here: counting, quantiles and means by
numpy, since the package takes microseconds in Python for each value and walks all 33,792 buckets for each quantile (tests hold
both against each other), and the lines of a log, since its writer knows no tags (its reader does, and reads what is written).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from numpy.typing import NDArray

from barewire.errors import RunError
from barewire.workloads.definition.metric import QUANTILES

LOWEST_NS, HIGHEST_NS, DIGITS = 1, 3_600_000_000_000, 3
_LOG_HEADER = "#[Histogram log format version 1.3]\n"
_LOG_LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'
_NS_PER_MS = 1_000_000


class Histogram:
    """Counts of nanoseconds; `hdr` is the package's object. ValueError for numbers that no counter can have."""

    def __init__(self, pairs: Iterable[tuple[int, int]] = (), *, hdr: Any = None) -> None:
        self.hdr = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS) if hdr is None else hdr
        if known := list(pairs):
            try:
                self._record(np.array(known, dtype=np.int64))
            except OverflowError as error:
                raise ValueError("a number of a histogram has more than 64 bits") from error

    def _record(self, pairs: NDArray[np.int64]) -> None:
        """Count values as `record_value` of the package does, which passes over those that have no bucket."""
        index = bucket_of(self.hdr, pairs[:, 0])
        fits = (pairs[:, 0] >= 0) & (index < self.hdr.counts_len)
        values, counts = pairs[fits].T
        if not len(values):
            return
        np.add.at(np.ctypeslib.as_array(self.hdr.counts), index[fits], counts)
        self.hdr.total_count += int(counts.sum())
        self.hdr.min_value = min(self.hdr.min_value, int(values.min()))
        self.hdr.max_value = max(self.hdr.max_value, int(values.max()))

    @property
    def count(self) -> int:
        return int(self.hdr.get_total_count())

    def add(self, other: Histogram) -> None:
        """Add the counts of another histogram."""
        self.hdr.add(other.hdr)

    def quantile(self, quantile: float) -> int:
        """The highest value of the bucket that holds the quantile (1 is the maximum), in ns; 0 when empty."""
        return self.quantiles((quantile,))[0]

    def quantiles(self, quantiles: Sequence[float]) -> list[int]:
        """Each of them, as `quantile` returns it."""
        if not self.count:
            return [0] * len(quantiles)
        counts = np.ctypeslib.as_array(self.hdr.counts)
        used = np.flatnonzero(counts)
        ranks = [max(1, int(quantile * self.count + 0.5)) for quantile in quantiles]
        at = np.searchsorted(np.cumsum(counts[used], dtype=np.int64), ranks)
        _, highest = buckets(self.hdr, used[np.minimum(at, len(used) - 1)])
        largest = int(self.hdr.get_max_value())
        return [largest if q >= 1 else int(found) for q, found in zip(quantiles, highest, strict=True)]

    def summary(self) -> dict[str, float | int]:
        """The `latency_ns` of a trial's load: count, quantiles by their number, extremes and mean."""
        if not self.count:
            return {"count": 0}
        quantiles = {f"{q:.10g}": value for q, value in zip(QUANTILES, self.quantiles(QUANTILES), strict=True)}
        return {
            "count": self.count,
            "min": int(self.hdr.get_min_value()),
            **quantiles,
            "max": self.quantile(1),
            "mean": round(self.mean(), 1),
        }

    def mean(self) -> float:
        """The mean in ns, each value counted as the middle of its bucket; 0 when empty."""
        if not self.count:
            return 0.0
        counts = np.ctypeslib.as_array(self.hdr.counts)
        used = np.flatnonzero(counts)
        lowest, highest = buckets(self.hdr, used)
        return float(np.dot(counts[used].astype(np.float64), (lowest + highest + 1) // 2)) / self.count


def bucket_of(hdr: Any, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The index of the bucket of each value; what is too large for the histogram gets one beyond its last."""
    half, magnitude = int(hdr.sub_bucket_half_count), int(hdr.sub_bucket_half_count_magnitude)
    _, bits = np.frexp(np.maximum(values, hdr.sub_bucket_mask).astype(np.float64))  # exact below 2**53
    shift: NDArray[np.int64] = bits.astype(np.int64) - magnitude - 1
    base: NDArray[np.int64] = (shift - int(hdr.unit_magnitude) + 1) << magnitude
    return base + (values >> shift) - half


def buckets(hdr: Any, index: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lowest and the highest value of the buckets with these indices, as the package computes them one by one."""
    half, magnitude = hdr.sub_bucket_half_count, hdr.sub_bucket_half_count_magnitude
    shift = np.maximum((index >> magnitude) - 1, 0) + hdr.unit_magnitude
    sub_bucket = np.where(index < half, index, (index & (half - 1)) + half)
    return sub_bucket << shift, ((sub_bucket + 1) << shift) - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One interval of a log: its tag (`latency/50%/100`), counts, and times in ns since the epoch."""

    tag: str
    histogram: Histogram
    start_ns: int = 0
    end_ns: int = 0


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """The sum of all these histograms."""
    whole = Histogram()
    for histogram in histograms:
        whole.add(histogram)
    return whole


def write_log(path: Path, entries: Sequence[Entry]) -> None:
    """Write an HdrHistogram log; OSError as the file system says."""
    path.write_text(log_text(entries), encoding="ascii")


def log_text(entries: Sequence[Entry]) -> str:
    """An HdrHistogram log (version 1.3, V2 compressed payloads); tags are ASCII without commas and spaces, or empty: none."""
    # Rounded down, since readers leave out what begins before the log.
    start = min((entry.start_ns for entry in entries), default=0) // _NS_PER_MS / 1e3
    lines = [_LOG_HEADER, f"#[StartTime: {start:.3f} (seconds since epoch)]\n", _LOG_LEGEND]
    for entry in entries:
        payload = entry.histogram.hdr.encode().decode("ascii")
        length = (entry.end_ns - entry.start_ns) / 1e9
        longest = entry.histogram.quantile(1) / _NS_PER_MS
        tag = f"Tag={entry.tag}," if entry.tag else ""
        lines.append(f"{tag}{entry.start_ns / 1e9:.6f},{length:.6f},{longest:.6f},{payload}\n")
    return "".join(lines)


def read_log(path: Path) -> list[Entry]:
    """The intervals of a log; RunError naming the file when it is not one, OSError when it cannot be read.

    The package's reader passes over lines that it does not know, so those that should be intervals are counted.
    """
    reader = HistogramLogReader(str(path), HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS))
    entries = []
    try:
        while (found := reader.get_next_interval_histogram()) is not None:
            times = (found.get_start_time_stamp() * _NS_PER_MS, found.get_end_time_stamp() * _NS_PER_MS)
            entries.append(Entry(found.get_tag() or "", Histogram(hdr=found), *map(int, times)))
    except Exception as error:  # The package raises whatever its decoder met: zlib, base64, struct, index errors.
        raise RunError(
            "the histogram log is damaged", where=str(path), said=str(error) or type(error).__name__
        ) from error
    finally:
        reader.close()
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    if not lines or not lines[0].startswith("#[Histogram log"):
        raise RunError(" this is not a histogram log", where=str(path), said="its first line is not that of one")
    intervals = sum(1 for line in lines if not line.startswith(("#", '"')))
    if intervals != len(entries):
        raise RunError(
            "the histogram log is damaged", where=str(path), said=f"{len(entries)} of {intervals} intervals can be read"
        )
    return entries
