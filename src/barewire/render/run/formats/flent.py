"""Latency over time for flent and flent-gui: one `.flent.gz` for each network, load and size, to be drawn over each other.

https://flent.org/data-format.html, version 4. flent draws what its tests define, so each file says that it is of flent's test
`http` (series `HTTP latency`) or, for UDP, of `ping` (`Ping (ms) UDP`); TCP request/response has no test of its own and goes as
the former, its title says what it is. Milliseconds, as flent has them. A point is the **mean** of a recorded second, so
flent's averages are averages of requests; p50, p99 and the maximum of each second are series beside it. `x` is the time since
the run began, and flent's line leads from one block's trial to the next: an empty point between them would leave trials of a
second as points that it does not draw.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from barewire import workloads
from barewire.render.format import Format
from barewire.render.run import counted, histograms, labels
from barewire.render.run.data import ReportData
from barewire.render.run.histograms import HistogramInterval
from barewire.render.run.labels import HistogramKey

_VERSION, _FLENT = 4, "2.0.0"
_SUFFIX = ".flent.gz"
_BESIDE = {"p50": 0.5, "p99": 0.99, "max": 1.0}


def render(data: ReportData) -> Mapping[str, str | bytes]:
    """The files, and a text that says which is which."""
    found: dict[HistogramKey, list[HistogramInterval]] = defaultdict(list)
    for one in histograms.intervals(data):
        if one.kind == histograms.LATENCY:
            found[one.place].append(one)
    begun_ns = min(one.entry.start_ns for intervals in found.values() for one in intervals)
    names = labels.file_names(((place, str(place)) for place in found), _SUFFIX)
    files = {
        names[place]: gzip.compress(json.dumps(_document(data, place, of, begun_ns), allow_nan=False).encode(), mtime=0)
        for place, of in found.items()
    }
    what = "Latency over time, a point a second: flent-gui *.flent.gz; flent -f summary *.flent.gz"
    return {**files, "about.txt": labels.index_text(data, what, {names[place]: str(place) for place in found})}


def _document(
    data: ReportData, place: HistogramKey, intervals: Sequence[HistogramInterval], begun_ns: int
) -> dict[str, object]:
    test, series = ("ping", "Ping (ms) UDP") if workloads.by_load(place.load).lossy else ("http", "HTTP latency")
    named = {series: None, **{f"{series} {name}": quantile for name, quantile in _BESIDE.items()}}
    x_values: list[float] = []
    results: dict[str, list[float]] = {name: [] for name in named}
    raw: dict[str, list[dict[str, float]]] = {name: [] for name in named}
    for one in sorted(intervals, key=lambda interval: interval.entry.start_ns):
        x = (one.entry.start_ns - begun_ns) / 1e9
        x_values.append(x)
        for name, quantile in named.items():
            histogram = one.entry.histogram
            value = (histogram.mean() if quantile is None else histogram.quantile(quantile)) / 1e6
            results[name].append(value)
            raw[name].append({"t": one.entry.start_ns / 1e9, "val": value, "count": histogram.count})
    length = x_values[-1] + 1
    metadata = _metadata(data, place, begun_ns, length) | {
        "NAME": test,
        "SERIES_META": {name: {"UNITS": "ms"} for name in named}
        | {series: {"UNITS": "ms", "MEAN_VALUE": _mean(raw[series])}},
    }
    return {"version": _VERSION, "metadata": metadata, "x_values": x_values, "results": results, "raw_values": raw}


def _metadata(data: ReportData, place: HistogramKey, begun_ns: int, length: float) -> dict[str, object]:
    begun = datetime.fromtimestamp(begun_ns / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    notes = [
        f"barewire run {data.path.name}",
        *([counted.short(data)] if data.counted else []),
        *(f"not measured: {line}" for line in labels.unmeasured(data)),
    ]
    if not data.summary.complete:
        notes.append("the run is partial")
    return {
        "TITLE": " ".join(counted.marked(data, str(place)).split()),
        "TIME": begun,
        "T0": begun,
        "HOST": place.network,
        "HOSTS": [place.network],
        "LOCAL_HOST": data.baseline,
        "NOTE": "; ".join(notes),
        "LENGTH": round(length),
        "TOTAL_LENGTH": round(length),
        "STEP_SIZE": 1.0,
        "FLENT_VERSION": _FLENT,
        "IP_VERSION": data.run.plan.get("family", 4),
        "TEST_PARAMETERS": {},
        "DATA_FILENAME": f"barewire{_SUFFIX}",
        "KERNEL_RELEASE": data.run.environment.get("kernel", ""),
    }


def _mean(points: Sequence[Mapping[str, float]]) -> float:
    """The mean of a series over all requests, not over seconds."""
    requests = sum(point["count"] for point in points)
    return sum(point["val"] * point["count"] for point in points) / requests


FORMAT = Format("flent", "flent/", "latency over time for flent and flent-gui; a file a network and load", render)
