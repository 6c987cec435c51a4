"""The answer of a run: the column of the summary that its first sentence is about, and whether it decides anything.

The median latency at 50 % of the maximum rate, of the smallest responses; of a counted clock, and in a run without rates, one
request at a time, over TCP if it can be; in a run without latencies what it has instead. A run concludes something if any cell of
that column is decided: slower, faster, equivalent, saturated, or no difference found by a study that would have found one of
50 %. A single block decides nothing, and nothing can be compared with a host that is saturated itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from barewire import workloads
from barewire.records import Cell, Summary
from barewire.results.clock import COUNTED
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import INSTRUCTIONS, LATENCY

StudyVerdict = Literal["concluded", "no conclusion", "incomplete"]
"""What a study came to: an answer, none in spite of all its trials, or not all of its trials."""

_QUANTILE = 0.5
_OPEN = frozenset({"inconclusive", "unsupported"})
WITHOUT_LATENCY = ("request_rate", "connect_rate", "throughput", "packet_rate")
"""What answers in a run without latencies, the first that it has."""

LoadAndSize = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of cells is about."""

    load: str
    metric: str
    response_bytes: int | None = None
    quantile: float | None = None


def timed_loads(summary: Summary) -> dict[LoadAndSize, float | None]:
    """The loads with latencies, by name and size, and their offered rates; none of a share of each network's own maximum, which
    is another rate for each."""
    found: dict[LoadAndSize, float | None] = {}
    for cell in summary.cells:
        counted = cell.metric == INSTRUCTIONS.name and workloads.by_load(cell.load).sequential
        if cell.metric == LATENCY.name or counted:
            found.setdefault((cell.load, cell.response_bytes), cell.offered_per_s)
    return {
        key: None if shares.is_own(key[0]) else rate
        for key, rate in sorted(found.items(), key=lambda one: _place(one[0], one[1]))
    }


def answer_load(summary: Summary) -> LoadAndSize | None:
    """The load that the answer is about: the smallest responses at 50 % of the maximum, or the nearest to it."""
    loads = list(timed_loads(summary))
    one_by_one = [load for load in loads if workloads.by_load(load[0]).sequential]
    rates = [load for load in loads if load not in one_by_one]
    if not rates or (summary.clock == COUNTED and one_by_one):
        return min(one_by_one, key=lambda load: (workloads.by_load(load[0]).order, load[0]), default=None)
    smallest = rates[0][1]
    return min((load for load in rates if load[1] == smallest), key=lambda load: shares.distance(load[0]))


def instruction_columns(summary: Summary) -> tuple[Column, ...]:
    """What was counted: round trips before bytes, packets and connections; none under a wall clock."""
    found = {
        Column(c.load, c.metric, c.response_bytes, c.quantile): None
        for c in summary.cells
        if c.metric == INSTRUCTIONS.name
    }
    return tuple(sorted(found, key=lambda c: workloads.by_load(c.load).order))


def answer_column(summary: Summary) -> Column | None:
    """What the answer is given in, and networks are ranked by."""
    key, counts = answer_load(summary), instruction_columns(summary)
    if key is None:
        return next(iter(counts), _without_latency(summary))
    counted = (c for c in counts if (c.load, c.response_bytes) == key)
    return next(counted, Column(key[0], LATENCY.name, key[1], _QUANTILE))


def answer_cells(summary: Summary) -> tuple[Cell, ...]:
    """The answer's cell of every network that was compared with the host, or was not in spite of its blocks, best to worst."""
    column = answer_column(summary)
    found = [
        cell
        for cell in summary.cells
        if _column(cell) == column and cell.network != summary.baseline and (cell.n or cell.unsupported)
    ]
    return tuple(sorted(found, key=lambda cell: (cell.ratio is None, cell.ratio or 0.0, cell.network)))


def saturated_host(summary: Summary) -> str:
    """Why the host did not carry the rate of the answer; empty where it did."""
    column = answer_column(summary)
    host = next((cell for cell in summary.cells if cell.network == summary.baseline and _column(cell) == column), None)
    return host.saturated or "" if host and host.verdict == "saturated" else ""


def is_open(summary: Summary) -> bool:
    """Whether no cell of the answer could be decided."""
    found = answer_cells(summary)
    return bool(found) and (bool(saturated_host(summary)) or all(cell.verdict in _OPEN for cell in found))


def verdict(summaries: Iterable[Summary]) -> StudyVerdict:
    """What a study of these runs came to: complete if all of them are, and with an answer if one of them has any."""
    runs = tuple(summaries)
    if not all(one.complete for one in runs):
        return "incomplete"
    return "no conclusion" if all(map(is_open, runs)) else "concluded"


def _without_latency(summary: Summary) -> Column | None:
    """The column of a run that has no latencies: requests before connections, bytes and packets, the smallest size first."""
    found = {
        Column(c.load, c.metric, c.response_bytes, None): None for c in summary.cells if c.metric in WITHOUT_LATENCY
    }

    def place(column: Column) -> tuple[int, int, str]:
        return WITHOUT_LATENCY.index(column.metric), column.response_bytes or 0, column.load

    return min(found, key=place, default=None)


def _column(cell: Cell) -> Column:
    return Column(cell.load, cell.metric, cell.response_bytes, cell.quantile)


def _place(load: LoadAndSize, rate: float | None) -> tuple[int, bool, float, str]:
    name, size = load
    own = shares.is_own(name)
    return size or 0, own, 0.0 if own else rate or 0.0, name
