"""What single parts cost, on a terminal: networks that differ in one part, against each other.

The names of parts keep their width whatever stands beside them; columns that do not fit go into a table of their own below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from barewire.records import PartCost
from barewire.render import verdicts
from barewire.render.run import parts, rules
from barewire.render.run.data import ReportData
from barewire.render.terminal import GAP, new_table, width_of
from barewire.results import words

FLAG = "†"


def show(data: ReportData, console: Console) -> None:
    """The table, or nothing where no two networks differ in one part only."""
    found = parts.table(data)
    if found is None:
        return
    console.print(
        Text(textwrap.fill("What one part costs, everything else being the same", console.width), style="bold")
    )
    names = [_name(row) for row in found.rows]
    titles = [title.replace(" ", "\n", 1) for title in found.titles]
    cells = [[_cost(row.costs[i]) for row in found.rows] for i in range(len(titles))]
    room = console.width - width_of(["part", *(name.plain for name in names)])
    piece: list[int] = []
    for i in range(len(titles)):
        wanted = sum(GAP + _column_width(titles[j], cells[j]) for j in (*piece, i))
        if piece and wanted > room:
            _table(console, names, [(titles[j], cells[j]) for j in piece])
            piece = []
        piece.append(i)
    _table(console, names, [(titles[j], cells[j]) for j in piece])
    _show_splits(data, console)


def _table(console: Console, names: Sequence[Text], columns: Sequence[tuple[str, Sequence[Text]]]) -> None:
    table = new_table()
    table.add_column(
        "part", overflow="fold", vertical="top", min_width=min(width_of([n.plain for n in names]), console.width // 2)
    )
    for title, _ in columns:
        table.add_column(title, justify="right", no_wrap=True, vertical="top")
    for i, name in enumerate(names):
        table.add_row(name, *(cells[i] for _, cells in columns))
    console.print(table, highlight=False)
    console.print()


def _show_splits(data: ReportData, console: Console) -> None:
    """What rules cost every process and what the network itself, for networks that were measured both ways."""
    found = rules.splits(data)
    if not found:
        return
    console.print(Text(textwrap.fill(rules.heading(data), console.width), style="bold"))
    for split in found:
        text = textwrap.fill(f"{rules.sentence(split)}.", console.width, subsequent_indent="  ", break_on_hyphens=False)
        console.print(Text(text), highlight=False)
    console.print()


def _name(row: parts.PartRow) -> Text:
    return Text.assemble(row.change, (f"\n{row.part}, with {row.given}" if row.given else f"\n{row.part}", "dim"))


def _cost(cost: PartCost | None) -> Text:
    if cost is None or cost.ratio is None:
        return Text(words.NOTHING, style="dim")
    bounds = words.interval(cost.joint_low, cost.joint_high).removesuffix(f"{words.JOIN}%")
    said = verdicts.label(cost.verdict)
    below = [f"{bounds}{FLAG if cost.disagree else ''}", verdicts.added(cost), said]
    lines = "".join(f"\n{line}" for line in below if line)
    return Text.assemble((words.overhead(cost.ratio), "cyan" if said else ""), (lines, "dim"))


def _column_width(title: str, cells: Sequence[Text]) -> int:
    return width_of([title, *(cell.plain for cell in cells)])
