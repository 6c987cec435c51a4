"""Fortio's JSON results, which `fortio report` draws, overlays and compares: one file for each network, load and size.

https://github.com/fortio/fortio, `HTTPRunnerResults` of fhttp. Durations are seconds, `ActualDuration` nanoseconds. All valid
trials are merged: the count is of all, the rate is that while load was on. Percentiles are HdrHistogram's, to three digits;
the drawn buckets are wider (24 a decade, cut where HdrHistogram's are), since Fortio draws every one. `DurationHistogram` holds
answered requests alone, Fortio's own also failed ones: errors are counted under the code -1 and named in the label.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from barewire.records import Load
from barewire.render.format import Format
from barewire.render.run import counted, histograms, labels
from barewire.render.run.data import ReportData
from barewire.render.run.labels import HistogramKey
from barewire.results.counts import bucket_values, counts_of
from barewire.statistics.verdicts import EXCEEDANCES
from barewire.units import format_utc
from barewire.workloads.generator.histogram import Entry, Histogram

_PERCENTILES = (50, 75, 90, 95, 99, 99.9, 99.99, 99.999)
_BUCKETS_PER_DECADE = 24


def render(data: ReportData) -> Mapping[str, str]:
    """The files, and a text that says which is which (Fortio lists only `*.json`)."""
    found = histograms.latencies(data)
    names = labels.file_names(((place, str(place)) for place in found), ".json")
    files = {
        names[place]: json.dumps(_result(data, place, entry), indent=1, allow_nan=False) + "\n"
        for place, entry in found.items()
    }
    what = "Fortio results, merged over all valid trials: fortio report -data-dir THIS-DIRECTORY"
    return {**files, "about.txt": labels.index_text(data, what, {names[place]: str(place) for place in found})}


def _result(data: ReportData, place: HistogramKey, entry: Entry) -> dict[str, object]:
    loads = [
        one for one in data.loads(place.network) if (one.load, one.response_bytes) == (place.load, place.response_bytes)
    ]
    seconds = sum(one.seconds or 0 for one in loads)
    completed, errors = sum(one.completed or 0 for one in loads), sum(sum(one.errors.values()) for one in loads)
    offered = next((one.offered_per_s for one in loads if one.offered_per_s), None)
    return {
        "RunType": next((kind for kind in ("UDP", "TCP") if kind.lower() in place.load.lower()), "HTTP"),
        "Labels": counted.marked(data, str(place)) + (f", {errors} errors" if errors else ""),
        "StartTime": format_utc(datetime.fromtimestamp(entry.start_ns / 1e9, UTC), "auto"),
        "RequestedQPS": f"{offered:g}" if offered else "max",
        "RequestedDuration": f"{len(loads)} trials, {seconds:g}s",
        "ActualQPS": completed / seconds if seconds else 0.0,
        "ActualDuration": round(seconds * 1e9),
        "NumThreads": _first(one.connections for one in loads),
        "Version": f"barewire {_version(data)}".strip(),
        "DurationHistogram": duration_histogram(entry.histogram),
        "Exactly": 0,
        "Jitter": False,
        "Uniform": False,
        "RunID": 0,
        "ID": names_id(place),
        "RetCodes": {"200": completed, **({"-1": errors} if errors else {})},
        "URL": f"barewire run {data.path.name}",
        "NumConnections": _first(one.connections for one in loads),
        **_sizes(loads),
    }


def duration_histogram(histogram: Histogram) -> dict[str, object]:
    """Fortio's HistogramData, in seconds, of a histogram in nanoseconds that is not empty."""
    counts = counts_of(histogram)
    used = np.flatnonzero(counts)
    highest = bucket_values()[used]
    lowest = np.asarray([histogram.hdr.get_value_from_index(int(index)) for index in used], dtype=np.float64)
    middles = (lowest + highest) / 2
    mean = float(np.dot(counts[used], middles)) / histogram.count
    variance = float(np.dot(counts[used], (middles - mean) ** 2)) / histogram.count
    least, most = float(lowest[0]), float(histogram.quantile(1))
    supported = (p for p in _PERCENTILES if histogram.count * (1 - p / 100) >= EXCEEDANCES * (1 - 1e-9))
    return {
        "Count": histogram.count,
        "Min": least / 1e9,
        "Max": most / 1e9,
        "Sum": mean * histogram.count / 1e9,
        "Avg": mean / 1e9,
        "StdDev": variance**0.5 / 1e9,
        "Data": list(_buckets(counts[used], lowest, highest, least, most)),
        "Percentiles": [{"Percentile": p, "Value": histogram.quantile(p / 100) / 1e9} for p in supported],
    }


def _buckets(counts: Any, lowest: Any, highest: Any, least: float, most: float) -> Iterator[dict[str, object]]:
    """HdrHistogram's buckets, those of one 24th of a decade together; each but the first begins where the last ended."""
    step = np.floor(np.log10(np.maximum(lowest, 1)) * _BUCKETS_PER_DECADE)
    last = np.append(np.flatnonzero(np.diff(step)), len(step) - 1)
    first = np.concatenate(([0], last[:-1] + 1))
    total = int(counts.sum())
    cumulated = 0
    for begin, end in zip(first, last, strict=True):
        count = int(counts[begin : end + 1].sum())
        cumulated += count
        start = least if begin == 0 else float(lowest[begin])
        stop = most if end == len(step) - 1 else float(highest[end] + 1)
        yield {"Start": start / 1e9, "End": stop / 1e9, "Percent": 100 * cumulated / total, "Count": count}


def names_id(place: HistogramKey) -> str:
    """Fortio's `ID`: letters, digits and single underscores, at most 96."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in str(place))
    return "_".join(filter(None, plain.split("_")))[:96]


def _sizes(loads: list[Load]) -> dict[str, object]:
    sizes = {one.response_bytes for one in loads if one.response_bytes is not None}
    if len(sizes) != 1:
        return {}
    size, count = float(sizes.pop()), sum(one.completed or 0 for one in loads)
    if not count:
        return {}
    one = {"Start": size, "End": size, "Percent": 100, "Count": count}
    return {
        "Sizes": {
            "Count": count,
            "Min": size,
            "Max": size,
            "Sum": size * count,
            "Avg": size,
            "StdDev": 0,
            "Data": [one],
        }
    }


def _first(numbers: Iterable[int | None]) -> int:
    return next((number for number in numbers if number), 0)


def _version(data: ReportData) -> str:
    versions = data.run.environment.get("versions")
    return versions.get("barewire", "") if versions else ""


FORMAT = Format("fortio", "fortio/", "Fortio's JSON results, for fortio report; a file a network and load", render)
