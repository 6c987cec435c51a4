"""A comparison on a terminal: gates first if there are any, the answer, a table of overheads, the host itself.

Verdicts are words, never colours alone. The table fits 80 columns; a wider terminal gets the noise floor beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from rich.console import Console
from rich.table import Table
from rich.text import Text

from barewire.render import terminal
from barewire.render.comparison.gates import sentence
from barewire.render.comparison.grid import Grid, GridRow, grids
from barewire.render.comparison.headline import headline
from barewire.render.comparison.lines import (
    COUNTED_LEGEND,
    OWN_LEGEND,
    THESE_LEGEND,
    ChangeLine,
    label,
    line,
    rest,
    smallest,
)
from barewire.render.comparison.notes import notes, title
from barewire.render.format import Format
from barewire.render.terminal import CHANGE_STYLES, new_console, new_table, print_paragraph
from barewire.results import BASELINE, words
from barewire.results.comparison.answer import ComparedRuns
from barewire.workloads.definition import shares

_NOISE_FROM = 92
_POWER_FROM = 104
_ANY_WIDTH = 1000
_GATES = {"holds": "green", "fails": "bold red", "undecided": "bold yellow"}


def plain(answer: ComparedRuns, *, full: bool = False) -> str:
    """The comparison without colours, as wide as the terminal; 100 columns where there is none."""
    return terminal.plain(partial(show, full=full), answer)


def show(answer: ComparedRuns, console: Console, *, full: bool = False) -> None:
    """Print the comparison: what changed, of a first look; `full` has every row, load, size and quantile."""
    for judged in answer.judged:
        # One line each, however long: a log is searched by lines.
        console.print(Text(sentence(judged), style=_GATES[judged.outcome]), highlight=False, soft_wrap=True)
    if answer.judged:
        console.print()
    _side_by_side(answer, console, full)
    for pairing in answer.pairings:
        console.print(Text(title(answer, pairing), style="bold"), soft_wrap=True, highlight=False)
        print_paragraph(console, headline(pairing.comparison), "bold")
        for note in notes(answer, pairing):
            print_paragraph(console, note, "yellow", after=False)
        counted = pairing.comparison.counted
        lines = [line(change, pairing.comparison) for change in (pairing.changes if full else pairing.first_changes())]
        shown = lines if full else [one for one in lines if one.changed]
        if shown:
            console.print(
                _counts(shown, console.width, full) if counted else _overheads(shown, console.width, full),
                highlight=False,
            )
            console.print()
        if said := smallest(lines) if full else rest(lines):
            print_paragraph(console, said)
        if full and not counted:
            console.print(_values(lines), highlight=False)
            console.print()
    if answer.pairings:
        own = full and any(shares.is_own(load.load) for one in answer.pairings for load in one.comparison.loads)
        print_paragraph(console, _legend(answer) + (f" {OWN_LEGEND}" if own else ""), "dim")


def _side_by_side(answer: ComparedRuns, console: Console, full: bool) -> None:
    found = grids(answer, full=full)
    for grid in found:
        names = list(grid.names)
        while names:
            # As many runs as fit; the last column belongs to the last of them.
            shown = next(n for n in range(len(names), 0, -1) if n == 1 or _room(grid, names[:n]) <= console.width)
            console.print(_grid(grid, names[:shown], ends=shown == len(names)), highlight=False)
            console.print()
            names = names[shown:]
    if found:
        print_paragraph(console, found[0].legend, "dim")


def _room(grid: Grid, names: Sequence[str]) -> int:
    network = max(len("overhead"), len(grid.what), *(len(row.network) for row in grid.rows))
    columns = [_width([name, *(part for row in grid.rows for part in _parts(grid, row, name))]) for name in names]
    last = _width([grid.last, *(part for row in grid.rows for part in grid.changed(row))])
    return network + sum(columns) + last + 2 * (len(names) + 1)


def _parts(grid: Grid, row: GridRow, name: str) -> tuple[str, str]:
    return grid.cell(row, row.figures[grid.names.index(name)])


def _width(texts: Iterable[str]) -> int:
    return max(map(len, texts))


def _grid(grid: Grid, names: Sequence[str], *, ends: bool) -> Table:
    table = _table(grid.what, (*names, *([grid.last] if ends else [])))
    for row in grid.rows:
        cells = [_two_lines(*_parts(grid, row, name)) for name in names]
        if ends:
            said = label(row.verdict, row.whole.basis if row.whole else "", short=True)
            text, bounds = grid.changed(row)
            cells.append(_two_lines(text, bounds, said, CHANGE_STYLES.get(row.verdict, "dim" if row.verdict else "")))
        table.add_row(Text(row.network, style="bold"), *cells)
    return table


def _two_lines(text: str, below: str, said: str = "", style: str = "") -> Text:
    """A number, and what is known of it dimmer below it."""
    rest = [(f"\n{line}", "dim") for line in (below, said) if line]
    return Text.assemble((text, style), *rest)


def _overheads(lines: Sequence[ChangeLine], width: int, full: bool) -> Table:
    networks = dict.fromkeys(one.network for one in lines if one.network != BASELINE)
    return _changes(lines, networks, ("overhead", "change of the overhead", "value"), width, full)


def _counts(lines: Sequence[ChangeLine], width: int, full: bool) -> Table:
    return _changes(
        lines, dict.fromkeys(one.network for one in lines), ("instructions", "change", "overhead"), width, full
    )


def _changes(
    lines: Sequence[ChangeLine], networks: Iterable[str], titles: tuple[str, str, str], width: int, full: bool
) -> Table:
    """As many columns as fit: of those beside the change the noise floor and what would have been found go first."""
    title, change, beside = titles
    more = {"noise": width >= _NOISE_FROM, "found from": full and width >= _POWER_FROM, beside: True}
    shown = [name for name, wanted in more.items() if wanted]
    while True:
        table = _table(title, ("before", "after", change, "", *shown))
        for network in networks:
            table.add_row(Text(network, style="bold"))
            for one in sorted(lines, key=lambda one: not one.changed):
                if one.network == network:
                    style = CHANGE_STYLES.get(one.verdict, "dim")
                    said = (Text(one.change, style=style), Text(one.short, style=style))
                    extra = {"noise": one.noise, "found from": one.detectable, beside: one.beside}
                    table.add_row(f" {one.what}", one.before, one.after, *said, *(extra[name] for name in shown))
        if not shown or new_console(width=_ANY_WIDTH).measure(table).maximum <= width:
            return table
        shown.pop(0)


def _values(lines: Sequence[ChangeLine]) -> Table:
    table = _table("the host itself", ("before", "after", "change"))
    for one in lines:
        if one.network == BASELINE:
            table.add_row(f" {one.what}", one.before, one.after, one.beside)
    return table


def _table(title: str, titles: Sequence[str]) -> Table:
    table = new_table()
    table.add_column(title, no_wrap=True)
    for one in titles:
        table.add_column(one, justify="right" if one else "left", no_wrap=True)
    return table


def _legend(answer: ComparedRuns) -> str:
    if all(one.comparison.counted for one in answer.pairings):
        return COUNTED_LEGEND
    unfair = "" if all(one.same_machine for one in answer.pairings) else ", and here it is not the same"
    these = any(one.comparison.basis == "these-runs" for one in answer.pairings)
    return (
        f"An overhead is the network against the host of the same run; its change, with a 95{words.JOIN}% interval that holds "
        "for all networks together, is overhead after over overhead before. Of latency and CPU time more is worse, of "
        f"rates less. ≈{words.JOIN}same: equivalent, the whole interval is within the margin. None: no difference was found, "
        "the interval "
        "contains 0 (found from: the change from which on it mostly would have been). Noise: it does not, but the change is "
        "within the noise floor. Few: too few blocks or samples. "
        "Saturated: the rate was not carried, so there is no latency to compare. "
        f"Value: the plain change, fair only on the same machine{unfair}.{f' {THESE_LEGEND}' if these else ''}"
    )


FORMAT = Format("text", "compare.txt", "what changed, as the terminal has it", plain, show)
