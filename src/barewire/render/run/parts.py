"""What single parts cost: pairs of networks that differ in one part, for the report's tables.

A pair is a row; its columns are what was counted, the percentiles of latency at the load that the answer is about, and the
maximum rate. Pairs stand by part, in the order of the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barewire.records import PartCost
from barewire.render import verdicts
from barewire.render.run import overhead
from barewire.render.run.data import ReportData
from barewire.results import words
from barewire.results.analysis import SHOWN_QUANTILES
from barewire.results.answer import Column


@dataclass(frozen=True, slots=True)
class PartRow:
    """`change` is `routes → vxlan`, `given` what both have; `costs` one a column, None where nothing is known."""

    part: str
    change: str
    given: str
    networks: str
    costs: tuple[PartCost | None, ...]


@dataclass(frozen=True, slots=True)
class PartTable:
    """`titles` of the columns; `family` is the most intervals that hold together in one of them."""

    titles: tuple[str, ...]
    rows: tuple[PartRow, ...]
    family: int


def table(data: ReportData) -> PartTable | None:
    """The table, or None where no two networks differ in one part only."""
    key = overhead.answer_load(data)
    columns = [
        *(
            (f"{words.share(c.load)} per {words.per(c.load)}", (c.load, c.metric, c.response_bytes, c.quantile))
            for c in overhead.instruction_columns(data)
        ),
        *(
            (f"latency {words.quantile(q)}", (key.load, "latency", key.response_bytes, q))
            for q in SHOWN_QUANTILES
            if key
        ),
        ("closed loop", ("http-max", "request_rate", key.response_bytes, None)) if key else _first(data),
    ]
    found = {(_pair(c), (c.load, c.metric, c.response_bytes, c.quantile)): c for c in data.summary.parts}
    used = [(title, which) for title, which in columns if any(one == which for _, one in found)]
    pairs = dict.fromkeys(pair for pair, which in found if any(which == one for _, one in used))
    rows = [_row([found.get((pair, which)) for _, which in used]) for pair in pairs]
    if not rows:
        return None
    order = ("attach", "transport", "policy", "network")
    rows.sort(key=lambda row: order.index(row.part) if row.part in order else len(order))
    family = max(cost.family for row in rows for cost in row.costs if cost)
    return PartTable(tuple(title for title, _ in used), tuple(rows), family)


def _first(data: ReportData) -> tuple[str, tuple[str, str, int | None, float | None]]:
    """The column of the answer in a run without latencies."""
    column = overhead.answer_column(data) or Column("", "")
    title = words.METRICS.get(column.metric, column.metric)
    return title, (column.load, column.metric, column.response_bytes, column.quantile)


def sentence(cost: PartCost, confidence: float) -> str:
    """One comparison in full."""
    said = f"{cost.to_network} against {cost.from_network}: {words.overhead(cost.ratio)}"
    if bounds := words.interval(cost.joint_low, cost.joint_high):
        said += f", {confidence * 100:g} % interval {bounds} together with the other {cost.family - 1} of this column"
    if difference := words.difference(cost.difference, cost.unit):
        within = words.difference_interval(*cost.difference_bounds, cost.unit)
        said += f"; difference {difference}, interval {within}"
    found = verdicts.label(cost.verdict) or f"{cost.after} is {cost.verdict}"
    return f"{said}; {words.count(cost.n, 'block')}; {found}"


def _row(costs: Sequence[PartCost | None]) -> PartRow:
    first = next(cost for cost in costs if cost)
    given = " + ".join(part for part in first.given if part != "none")
    networks = f"{first.from_network} → {first.to_network}"
    return PartRow(first.part, f"{first.before} → {first.after}", given, networks, tuple(costs))


def _pair(cost: PartCost) -> tuple[str, str]:
    return cost.from_network, cost.to_network
