"""Everything that the page of what coordination costs shows: a figure for each thing that grows, a line for each network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from barewire.records.coordination import CostDocument, GrowthRecord, GrowthUnit
from barewire.render.coordination.tables import CostTable, is_measured, notes, tables, title, value_text
from barewire.render.svg.figure import Figure
from barewire.render.svg.lines import Line, Lines
from barewire.render.svg.scales import Scale, durations

_NS_PER_MS = 1e6
_MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class CostSection:
    """A network with its tables and notes."""

    network: str
    tables: Sequence[CostTable]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class CostPage:
    """The page."""

    title: str
    counts: Sequence[Figure]
    times: Sequence[Figure]
    sections: Sequence[CostSection]

    counted = False
    clock = ""

    @property
    def figures(self) -> Sequence[Figure]:
        """Every figure, for the script."""
        return [*self.counts, *self.times]

    @property
    def copied(self) -> Mapping[str, str]:
        """Tables are copied as they are shown."""
        return {}


def page(document: CostDocument) -> CostPage:
    """Gather the page."""
    figures = list(_figures(document))
    return CostPage(
        title(document),
        [figure for measured, figure in figures if not measured],
        [figure for measured, figure in figures if measured],
        [CostSection(one.network, [*tables(one)], [*notes(one)]) for one in document.networks],
    )


def _figures(document: CostDocument) -> Iterator[tuple[bool, Figure]]:
    names: dict[str, list[tuple[int, str, GrowthRecord]]] = {}
    for index, network in enumerate(document.networks):
        for one in network.growth:
            names.setdefault(one.figure, []).append((index, network.network, one))
    for number, (figure, found) in enumerate(names.items()):
        growing = [one for one in found if len(_points(one[2])) > 1]
        if any(len({value for _, value in _points(one)}) > 1 for _, _, one in growing):
            measured = is_measured(growing[0][2])
            yield measured, growing_figure(f"grows-{number}", figure, growing)


def growing_figure(id: str, figure: str, found: Sequence[tuple[int | None, str, GrowthRecord]]) -> Figure:
    """A figure over the number of nodes, with a line for each network by its place in the order of colours and its name."""
    unit = found[0][2].unit
    timed = unit == "ms"
    values = [value for _, _, one in found for _, value in _points(one)]
    sizes = sorted({n for _, _, one in found for n, _ in _points(one)})
    y = durations([value * _NS_PER_MS for value in values], "") if timed else _decades(values, unit)
    factor = _NS_PER_MS if timed else 1.0
    lines = [
        Line(
            network, index, [(n, value * factor) for n, value in _points(one)],
            "; ".join([network, one.formula, *(f"N = {n}: {value_text(v, unit)}" for n, v in _points(one))]),
            marks=True,
        )
        for index, network, one in found
    ]  # fmt: skip
    rows = [(network, n, value, one.formula) for _, network, one in found for n, value in _points(one)]
    alt = f"{figure} over the number of nodes; the tables have the same numbers."
    plot = Lines(_nodes(sizes), y, lines)
    return Figure(id, figure, alt, plot, ("network", "nodes", f"{figure}, {unit}" if unit else figure, "formula"), rows)


def _points(one: GrowthRecord) -> list[tuple[int, float]]:
    """What a logarithmic axis can show, in the order of nodes."""
    return sorted((int(n), value) for n, value in one.points.items() if value > 0)


def _nodes(sizes: Sequence[int]) -> Scale:
    return Scale("nodes", sizes[0] * 0.9, sizes[-1] * 1.1, [(float(n), f"{n:,}") for n in sizes], log=True)


def _decades(values: Sequence[float], unit: GrowthUnit | None) -> Scale:
    low, high = min(values), max(values)
    ticks = [step * 10.0**power for power in range(12) for step in (1, 2, 5)]
    shown = [one for one in ticks if low * 0.8 <= one <= high * 1.25]
    while len(shown) > _MOST_TICKS:
        shown = shown[::2]
    named = [(one, value_text(one, unit)) for one in shown]
    return Scale("", low * 0.8, high * 1.25, named, log=True)
