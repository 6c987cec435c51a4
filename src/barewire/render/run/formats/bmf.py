"""Bencher Metric Format: `bencher run --adapter json --file FILE` keeps the results of a project over time.

https://bencher.dev/docs/reference/bencher-metric-format. A benchmark is a network under a load, and a quantile is a benchmark of
its own: so one threshold on Bencher's own measure `latency` (ns) covers them all, and rates per second are its `throughput`
(operations per second). Other metrics are measures that Bencher creates, with the unit in the name, since the format has no
place for it.

`ratio` (network / host) has our interval. A value has none of its own: its bounds are that interval laid on the value, what it
would be if the host had stood still. A network without numbers is a benchmark without measures.
"""

from __future__ import annotations

import json

from barewire.errors import RunError
from barewire.records import Cell
from barewire.render.format import Format
from barewire.render.run import counted, labels
from barewire.render.run.data import ReportData
from barewire.results import words

_LONGEST_BENCHMARK, _LONGEST_MEASURE = 1024, 64


def render(data: ReportData) -> str:
    """The document; raises `RunError` if nothing was compared yet."""
    document: dict[str, dict[str, dict[str, float]]] = {}
    for cell in data.summary.cells:
        if cell.value is not None:
            name = " ".join(counted.marked(data, f"{labels.place(cell)} {labels.metric(cell)}").split())[
                :_LONGEST_BENCHMARK
            ]
            document.setdefault(name, {}).update(_measures(cell))
    if not document:
        raise RunError("there is no result yet to be exported", where=str(data.path))
    for network in data.networks:
        if not any(cell.network == network.name for cell in data.summary.cells):
            document.setdefault(" ".join(counted.marked(data, network.name).split())[:_LONGEST_BENCHMARK] or "-", {})
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _measures(cell: Cell) -> dict[str, dict[str, float]]:
    assert cell.value is not None
    value = {"value": cell.value}
    found = {_measure(cell): value}
    if cell.ratio and cell.method != "baseline":
        ratio = {"value": cell.ratio}
        if cell.low is not None and cell.high is not None:
            ratio |= {"lower_value": cell.low, "upper_value": cell.high}
            value["lower_value"] = cell.value * cell.low / cell.ratio
            value["upper_value"] = cell.value * cell.high / cell.ratio
        # Bencher's thresholds have one direction for a measure, so ratios of rates are another measure.
        found["rate-ratio" if labels.more_is_better(cell) else "ratio"] = ratio
    return found


def _measure(cell: Cell) -> str:
    match cell.unit:
        case "ns" if cell.quantile is not None:
            return "latency"
        case "1/s":
            return "throughput"
        case words.INSTRUCTIONS:
            return f"instructions-per-{words.per(cell.load).replace(' ', '-')}"
        case "bit/s":
            return "bits-per-second"
        case unit:
            named = cell.metric.replace("_", "-") + (f"-{unit}" if unit not in ("", "1") else "")
            return named.replace("/", "-per-")[:_LONGEST_MEASURE]


FORMAT = Format("bmf", "bencher.json", "Bencher Metric Format, for bencher run --adapter json", render)
