"""The plan on a terminal: a table for each network, a line for each group and node. No name or prefix is cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console

from barewire.addresses.romana.plan import PlannedNetwork, PrefixPlan
from barewire.render.format import Format
from barewire.render.prefixes.rows import ADDRESS_TITLES, NUMBERS, TITLES, addresses, heading, rows, summary

_GAP = "  "


def plain(plan: PrefixPlan) -> str:
    """The plan as text. Made without rich, which would take a minute for 100,000 nodes."""
    return "".join(f"{line}\n" for line in _lines(plan))


def show(plan: PrefixPlan, console: Console) -> None:
    """Print the plan to a terminal."""
    for line in _lines(plan):
        console.out(line, highlight=False)


def _lines(plan: PrefixPlan) -> Iterator[str]:
    for number, network in enumerate(plan.networks):
        if number:
            yield ""
        yield heading(network)
        yield summary(network)
        for note in network.notes:
            yield f"note: {note}"
        if network.top:
            yield ""
            yield from _table(network)
    if plan.addresses:
        yield ""
        yield from _addresses(plan)


def _addresses(plan: PrefixPlan) -> Iterator[str]:
    shown = [ADDRESS_TITLES, *addresses(plan)]
    widths = [max(len(row[column]) for row in shown) for column in range(2)]
    for host, owner, address in shown:
        yield f"{host:{widths[0]}}{_GAP}{owner:{widths[1]}}{_GAP}{address}"


def _table(network: PlannedNetwork) -> Iterator[str]:
    widths = [len(title) for title in TITLES]
    for row in rows(network):
        for column, cell in enumerate(_indented(row.depth, row.cells)):
            if len(cell) > widths[column]:
                widths[column] = len(cell)
    yield _line(TITLES, widths)
    for row in rows(network):
        yield _line(_indented(row.depth, row.cells), widths)


def _indented(depth: int, cells: Sequence[str]) -> Sequence[str]:
    return (_GAP * depth + cells[0], *cells[1:])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if column in NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return _GAP.join(padded).rstrip()


FORMAT = Format("text", "prefixes.txt", "the tree with nodes, routes and room", plain, show)
