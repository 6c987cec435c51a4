"""Overhead tables: which network stands where, what each cell says, and how bad it is within its column.

Rows have one order in the whole report, best to worst by the median at the load that the answer is about, so that a
network is found at the same place in every table. Heat is relative to the worst of the column and only for cells that are
slower or faster: a colour must not claim what the interval does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log

from barewire.records import Cell, NetworkRecord
from barewire.render.run.data import LatencyLoad, ReportData
from barewire.results import answer
from barewire.results.answer import Column
from barewire.statistics import DIFFERENT
from barewire.workloads.definition.metric import HIGHER_IS_BETTER

HEAT_STEPS = 6
"""Heat goes from 0 (faster than the host) to this (the worst of the column)."""


@dataclass(frozen=True, slots=True)
class OverheadCell:
    """A cell in its column. `heat` is None where no overhead can be stated, and for the host."""

    cell: Cell | None
    heat: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A network and its entries, one for each column."""

    network: str
    entries: tuple[OverheadCell, ...]
    is_baseline: bool = False


def answer_load(data: ReportData) -> LatencyLoad | None:
    """The load that the answer is about."""
    wanted = answer.answer_load(data.summary)
    loads = (*data.rate_loads, *data.sequential_loads)
    return next((load for load in loads if (load.load, load.response_bytes) == wanted), None)


def answer_column(data: ReportData) -> Column | None:
    """What the answer is given in, and networks are ranked by: the median at the answer's load, or what the run has instead."""
    return answer.answer_column(data.summary)


def instruction_columns(data: ReportData) -> tuple[Column, ...]:
    """What was counted: round trips before bytes, packets and connections; none under a wall clock."""
    return answer.instruction_columns(data.summary)


def answer_cell(data: ReportData, network: str) -> Cell | None:
    """A network's instructions or else its median latency, at the answer's load."""
    column = answer_column(data)
    return data.cell(network, column.load, column.metric, column.response_bytes, column.quantile) if column else None


def ranked(data: ReportData) -> tuple[NetworkRecord, ...]:
    """The measured networks without the host, best to worst; those without a ratio come last, by name."""

    def place(network: NetworkRecord) -> tuple[bool, float, str]:
        cell = answer_cell(data, network.name)
        ratio = cell.ratio if cell else None
        return (ratio is None, ratio or 0.0, network.name)

    return tuple(sorted((n for n in data.networks if n.measured and n.name != data.baseline), key=place))


def worst(data: ReportData) -> str | None:
    """The network with the largest overhead, if at least two have a ratio; some figures leave it out."""
    with_ratio = [n.name for n in ranked(data) if (cell := answer_cell(data, n.name)) and cell.ratio is not None]
    return with_ratio[-1] if len(with_ratio) > 1 else None


def latency_columns(data: ReportData, key: LatencyLoad, metric: str = "latency") -> tuple[Column, ...]:
    """One column a quantile, of one load and size."""
    return tuple(Column(key.load, metric, key.response_bytes, q) for q in data.quantiles)


def comparable(data: ReportData, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns in which an overhead can be stated for any network: some hundred exact round trips have no tail to speak of."""
    names = [network.name for network in ranked(data)]
    cells = ((c, data.cell(n, c.load, c.metric, c.response_bytes, c.quantile)) for c in columns for n in names)
    found = {column for column, cell in cells if cell and cell.verdict != "unsupported"}
    return tuple(column for column in columns if column in found)


def rows(data: ReportData, columns: tuple[Column, ...]) -> tuple[Row, ...]:
    """The host, then the networks best to worst, each with its entries; networks without any cell are kept."""
    names = [data.baseline, *(n.name for n in ranked(data))]
    grid = {
        (name, c): data.cell(name, c.load, c.metric, c.response_bytes, c.quantile) for name in names for c in columns
    }
    worst_of = {c: max((_cost(grid[name, c]) for name in names[1:]), default=0.0) for c in columns}
    return tuple(
        Row(
            name,
            tuple(OverheadCell(grid[name, c], _heat(grid[name, c], worst_of[c], name == data.baseline)) for c in columns),
            name == data.baseline,
        )
        for name in names
        if name != data.baseline or any(grid[name, c] for c in columns)
    )  # fmt: skip


def cost(cell: Cell | None) -> float | None:
    """The logarithm of what a network costs, above 0 for worse whichever way the metric counts.

    None without a verdict.
    """
    if cell is None or cell.ratio is None or cell.ratio <= 0 or cell.verdict == "unsupported":
        return None
    return -log(cell.ratio) if cell.metric in HIGHER_IS_BETTER else log(cell.ratio)


def _heat(cell: Cell | None, worst_cost: float, is_baseline: bool) -> int | None:
    lost = cost(cell)
    if cell is None or lost is None or is_baseline or cell.verdict not in DIFFERENT:
        return None
    if lost <= 0 or worst_cost <= 0:
        return 0
    return max(1, ceil(lost / worst_cost * HEAT_STEPS - 1e-9))


def _cost(cell: Cell | None) -> float:
    """The cost of a cell whose overhead can be stated; 0 for others, which must not set the scale."""
    return (cost(cell) or 0.0) if cell and cell.verdict in DIFFERENT else 0.0
