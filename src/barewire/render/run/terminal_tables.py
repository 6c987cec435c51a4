"""Overheads as tables on a terminal: a row a network, a column a load, metric and quantile.

A cell has two lines, the overhead and its interval. A table that is too wide for the terminal first abbreviates its verdicts,
then is cut into several; nothing is ever cut off.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from barewire.render import verdicts
from barewire.render.run import overhead
from barewire.render.run.data import ReportData
from barewire.render.run.overhead import OverheadCell, Row
from barewire.render.run.parts_terminal import FLAG
from barewire.render.terminal import GAP, new_table, width_of
from barewire.results import words
from barewire.results.answer import Column

_LONGEST_NAME = 28
"""No preset has a longer one; a network written as parts may, and its name then takes several lines."""
_HEAT_STYLES = ("cyan", "", "", "yellow", "yellow", "bold yellow", "bold red")


@dataclass(frozen=True, slots=True)
class Titled:
    """A column and its title, lines of it."""

    column: Column
    title: str


def whole_or_cut(
    data: ReportData, latency: list[Titled], rest: list[Titled], width: int, caption: str
) -> Iterator[tuple[list[Titled], str]]:
    """One table if it fits; else the latencies, and the rest below."""
    if _width(data, [*latency, *rest], short=True) <= width or not rest:
        yield [*latency, *rest], caption
    else:
        yield latency, caption
        yield rest, "Rates and CPU time"


def show_tables(data: ReportData, columns: Sequence[Titled], console: Console, caption: str) -> bool:
    """Print columns in as many tables as the width needs; whether verdicts were said shorter."""
    if not columns:
        return False
    short = _width(data, columns, short=False) > console.width
    console.print(Text(textwrap.fill(caption, console.width), style="bold"))
    piece: list[Titled] = []
    for column in columns:
        if piece and _width(data, [*piece, column], short=short) > console.width:
            _table(data, piece, console, short=short)
            piece = []
        piece.append(column)
    _table(data, piece, console, short=short)
    return short and any(
        e.cell and e.cell.verdict in verdicts.SHORT_LABELS
        for row in _rows(data, columns)
        for e in row.entries
        if not row.is_baseline
    )


def _table(data: ReportData, columns: Sequence[Titled], console: Console, *, short: bool) -> None:
    table = new_table()
    rows = _rows(data, columns)
    width = _name_width(rows)
    table.add_column("network", overflow="fold", min_width=width, max_width=width, vertical="top")
    for one in columns:
        table.add_column(one.title, justify="right", no_wrap=True, vertical="top")
    for row in rows:
        table.add_row(Text(row.network), *(_cell(row, entry, short=short) for entry in row.entries))
    console.print(table, highlight=False)
    console.print()


def _rows(data: ReportData, columns: Sequence[Titled]) -> Sequence[Row]:
    """Rows that have anything to show: in an early partial run most networks have not."""
    rows = overhead.rows(data, tuple(one.column for one in columns))
    return [row for row in rows if any(entry.cell for entry in row.entries)]


def _width(data: ReportData, columns: Sequence[Titled], *, short: bool) -> int:
    rows = _rows(data, columns)
    cells = ([one.title, *(_cell(r, r.entries[i], short=short).plain for r in rows)] for i, one in enumerate(columns))
    widths = [width_of(texts) for texts in cells]
    return _name_width(rows) + sum(widths) + GAP * len(columns)


def _name_width(rows: Sequence[Row]) -> int:
    return min(max(cell_len(name) for name in ("network", *(row.network for row in rows))), _LONGEST_NAME)


def _cell(row: Row, entry: OverheadCell, *, short: bool) -> Text:
    cell = entry.cell
    if cell is None:
        return Text(words.NOTHING, style="dim")
    value = verdicts.cell_value(cell)
    idle = f"\n{verdicts.idle(cell)}" if verdicts.idle(cell) else ""
    if row.is_baseline:
        return Text.assemble((value, "bold"), (idle, "dim"))
    if cell.metric == "objects_per_node" or (cell.metric in verdicts.PLAIN and cell.ratio is None):
        return Text(value)
    said = verdicts.label(cell.verdict, short=short)
    if cell.verdict == "unsupported" or cell.ratio is None:
        return Text.assemble(value, (f"\n{said or verdicts.LABELS['unsupported']}", "dim"))
    bounds = words.interval(cell.low, cell.high).removesuffix(f"{words.JOIN}%")
    style = _HEAT_STYLES[entry.heat] if entry.heat is not None else "cyan" if said else ""
    text = Text.assemble((words.overhead(cell.ratio), style), (f"\n{bounds}{FLAG if cell.disagree else ''}", "dim"))
    if added := verdicts.added(cell):
        text.append(f"\n{added}", "dim")
    if said:
        text.append(f"\n{said}", "dim")
    text.append(idle, "dim")
    return text
