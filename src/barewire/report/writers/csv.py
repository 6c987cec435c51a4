"""Every cell of the summary as one tidy table: a row for each network, load, size, metric and quantile.

Columns are the keys of a cell in summary.json, with `unit` beside the values that it is of; those of the network's parts stand
behind. A network without a cell has one row with the reason and no number; `measured` says whether this machine could build
it. What a later version adds to a cell becomes a column by itself. Intervals are those of `ratio` (network / host), not of
`value`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

from barewire.report.data import ReportData
from barewire.report.format import Format
from barewire.report.tables import csv_text
from barewire.runs.records import Cell

_FIRST = ("network", "load", "offered_per_s", "response_bytes", "metric", "quantile", "unit")
_PARTS = ("attach", "transport", "enforce")


def render(data: ReportData) -> str:
    """The table; networks in the order of the plan."""
    rest = [field.name for field in fields(Cell) if field.name not in _FIRST]
    return csv_text((*_FIRST, *rest, "confidence", *_PARTS, "measured", "reason"), _rows(data))


def _rows(data: ReportData) -> Iterator[dict[str, Any]]:
    for network in data.networks:
        same = {**{part: network.parts.get(part) for part in _PARTS}, "measured": network.measured}
        cells = [cell for cell in data.summary.cells if cell.network == network.name]
        if not cells:
            yield {**same, "network": network.name, "reason": network.reason or "no trial of it has ended yet"}
        for cell in cells:
            yield {**asdict(cell), **same, "confidence": data.summary.confidence}


FORMAT = Format("csv", "cells.csv", "every cell of the summary, one tidy table", render)
