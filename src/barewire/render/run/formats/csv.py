"""Every cell of the summary as one tidy table: a row for each network, load, size, metric and quantile.

Columns are the keys of a cell in summary.json, with `unit` beside the values that it is of (and those of `difference`); the
parts of the network and the clock stand behind: numbers of two clocks may stand in one table, and must not be mixed.
A network without a cell has one row with the reason and no number; `measured` says whether
this machine could build it. What a later version adds to a cell becomes a column by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from barewire.render.format import Format
from barewire.render.run.data import ReportData
from barewire.render.run.tables import csv_text, flat
from barewire.results.parts import PARTS

_FIRST = ("network", "load", "offered_per_s", "response_bytes", "metric", "quantile", "unit", "value", "baseline_value")


def render(data: ReportData) -> str:
    """The table; networks in the order of the plan."""
    rows = list(_rows(data))
    rest = dict.fromkeys(key for row in rows for key in row)
    last = ("confidence", "clock", *PARTS, "measured", "reason")
    return csv_text([*_FIRST, *(key for key in rest if key not in (*_FIRST, *last)), *last], rows)


def _rows(data: ReportData) -> Iterator[dict[str, object]]:
    # The document and not the records, which name only what a page shows; it was checked when it was read.
    summary = json.loads(data.summary_text) if data.summary_text else {}
    for network in data.networks:
        same = {
            **{part: network.parts.get(part) for part in PARTS},
            "measured": network.measured,
            "clock": data.summary.clock,
        }
        cells = [dict(flat(cell)) for cell in summary.get("cells", ()) if cell["network"] == network.name]
        if not cells:
            yield {**same, "network": network.name, "reason": network.reason or "no trial of it has ended yet"}
        for cell in cells:
            yield {**cell, **same, "confidence": data.summary.confidence}


FORMAT = Format("csv", "cells.csv", "every cell of the summary, one tidy table", render)
