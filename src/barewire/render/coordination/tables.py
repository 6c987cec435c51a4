"""The cost of coordination as tables, which every format for people shows: how figures grow, and what happened in labs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from barewire.model.growing_racks import summarize
from barewire.records.coordination import CostDocument, EventRecord, GrowthRecord, GrowthUnit, NetworkCost

EVENT_TITLES = ("nodes", "event", "requests", "followed after", "lost", "last lost after", "CPU of daemons")
_LARGE = 10_000


@dataclass(frozen=True, slots=True)
class CostTable:
    """A table of a network: its `caption`, `titles`, rows, and which columns are numbers."""

    caption: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int]


def tables(network: NetworkCost) -> Iterator[CostTable]:
    """Those of a network that have rows."""
    sizes = sorted({int(n) for one in network.growth for n in one.points})
    counted = [one for one in network.growth if not is_measured(one)]
    if counted:
        yield _growth("held and written", counted, sizes)
    if timed := [one for one in network.growth if is_measured(one)]:
        yield _growth("measured in labs", timed, sorted({int(n) for one in timed for n in one.points}))
    events = [_event(lab.nodes, one) for lab in network.measured for one in lab.events]
    if events:
        yield CostTable("what happened in labs", EVENT_TITLES, events, frozenset({0, 2, 3, 4, 5, 6}))


def notes(network: NetworkCost) -> Iterator[str]:
    """What could not be planned or built, and why."""
    for plan in network.counted:
        if plan.refused:
            yield f"{plan.nodes} nodes: {plan.refused}"
    for lab in network.measured:
        if lab.failed:
            yield f"no lab of {lab.nodes} nodes: {lab.failed}"


def title(document: CostDocument) -> str:
    """The heading of the whole."""
    where = f" ({summarize(document.topology)})" if document.topology else ""
    return f"What coordination costs as a network grows to N nodes{where}"


def is_measured(one: GrowthRecord) -> bool:
    """Whether a figure was measured in labs; others are counted."""
    return one.unit is not None


def value_text(value: float, unit: GrowthUnit | None) -> str:
    """A figure's value with its unit."""
    match unit:
        case "ms":
            return duration(value)
        case "bytes":
            return f"{value / 1e6:.1f} MB"
        case _:
            return f"{value:,.0f}".replace(",", " " if value >= _LARGE else "")


def duration(ms: float) -> str:
    """A time of 0.1 ms or more in three digits."""
    return f"{ms / 1000:.3g} s" if ms >= 1000 else f"{ms:.3g} ms"


def _growth(caption: str, figures: Sequence[GrowthRecord], sizes: Sequence[int]) -> CostTable:
    rows = [
        (
            one.figure,
            *(value_text(one.points[str(n)], one.unit) if str(n) in one.points else "" for n in sizes),
            one.formula,
        )
        for one in figures
    ]
    heads = (caption, *(f"N = {n}" for n in sizes), "formula")
    return CostTable(caption, heads, rows, frozenset(range(1, len(sizes) + 1)))


def _event(nodes: int, one: EventRecord) -> Sequence[str]:
    followed = one.note if one.converged_ms is None else duration(one.converged_ms)
    last = duration(one.last_lost_ms) if one.lost else ""
    used = duration(one.daemons_cpu_ms) if one.daemons_cpu_ms else ""
    return (str(nodes), one.event, str(one.requests), followed, str(one.lost), last, used)
