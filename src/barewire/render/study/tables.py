"""The tables of the page: the conditions side by side, and each condition against the first. Numbers are those of `compare`'s
grids and lines, which terminal and Markdown print too; what is added is the sentence that a cell shows when it is pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from barewire.render.comparison.grid import Grid
from barewire.render.comparison.lines import ChangeLine, label, line
from barewire.render.study import sentences
from barewire.results import BASELINE, words
from barewire.results.comparison.answer import Pairing
from barewire.results.comparison.change import Change
from barewire.results.comparison.chosen import is_instructions

_COLOURS = {
    "better": "heat-0",
    "worse": "heat-3",
    "saturated": "none",
    "unlike-rates": "none",
    "unsupported": "none",
} | dict.fromkeys(("equivalent", "no-difference-found", "below-noise-floor", "inconclusive"), "same")
"""A colour must not claim what a verdict does not."""
_WORDS = frozenset({0})
"""The first column of a table against the first condition says what was measured."""


@dataclass(frozen=True, slots=True)
class StudyCell:
    """A number, what stands below it, its colour, and the whole sentence."""

    text: str
    below: Sequence[str] = ()
    look: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class StudyRow:
    """Cells under a heading of `span` rows; with 0 the heading is an earlier row's."""

    heading: str
    cells: Sequence[StudyCell]
    span: int = 1
    host: bool = False


@dataclass(frozen=True, slots=True)
class StudyTable:
    """A table; a title of a column may have a second line after a line feed."""

    id: str
    title: str
    about: str
    heads: Sequence[str]
    rows: Sequence[StudyRow]
    texts: frozenset[int] = field(default=frozenset())
    """Columns of words and not of numbers."""


def side_by_side(grid: Grid, id: str) -> StudyTable:
    """Networks down, conditions across, and what the last changed against the first."""
    rows = []
    for row in grid.rows:
        cells = []
        for figure in row.figures:
            text, bounds = grid.cell(row, figure)
            said = "; ".join(sentences.figure_parts(figure, grid.about, counted=grid.counted))
            cells.append(StudyCell(text, _below(bounds), more=said))
        text, bounds = grid.changed(row)
        said = "; ".join(sentences.changed(row.whole, counted=grid.counted))
        verdict = label(row.verdict, row.whole.basis if row.whole else "")
        cells.append(StudyCell(text, _below(bounds, verdict), _COLOURS.get(row.verdict, ""), said))
        rows.append(StudyRow(row.network, cells, host=row.network == BASELINE))
    changed = "change of the value" if grid.counted else "change of the overhead"
    return StudyTable(id, titled(grid.what), _about(grid), [*grid.names, f"{grid.last}\n{changed}"], rows)


def against_first(pairing: Pairing, names: Sequence[str], id: str) -> list[StudyTable]:
    """What a condition changed, network by network; by the wall clock the host, without overhead, has its own table."""
    counted = pairing.comparison.counted
    before, after = names[pairing.before], names[pairing.after]
    lines = [(change, line(change, pairing.comparison)) for change in pairing.first_changes()]
    networks = [name for name in pairing.comparison.networks if counted or name != BASELINE]
    rows = [row for name in networks for row in _group(name, [one for one in lines if one[1].network == name], counted)]
    if counted:
        timed = any(not is_instructions(change.question.metric) for change, _ in lines)
        about = f"instructions{', and latencies in virtual time' if timed else ''}"
        heads = ["counted", before, after, "change", "noise floor", "change\nof the overhead"]
    else:
        about = "overheads against the host of the same run"
        heads = ["overhead", before, after, "change\nof the overhead", "noise floor", "change\nof the value"]
    tables = [StudyTable(id, "Network by network", about, heads, rows, _WORDS)] if rows else []
    if not counted and (host := _host([one for one in lines if one[1].network == BASELINE])):
        about = "values; nothing is concluded from them"
        heads = ["value", before, after, "change"]
        tables.append(StudyTable(f"{id}-host", "The host itself", about, heads, host, _WORDS))
    return tables


def _host(lines: Sequence[tuple[Change, ChangeLine]]) -> list[StudyRow]:
    rows = []
    for i, (change, one) in enumerate(lines):
        by, below = _split(one.beside)
        changed = StudyCell(by, below, more=_said(change, counted=False))
        cells = [StudyCell(one.what), StudyCell(one.before), StudyCell(one.after), changed]
        rows.append(StudyRow(BASELINE, cells, span=0 if i else len(lines), host=True))
    return rows


def _group(network: str, lines: Sequence[tuple[Change, ChangeLine]], counted: bool) -> list[StudyRow]:
    rows = []
    for i, (change, one) in enumerate(lines):
        by, below = _split(one.change, one.label)
        changed = StudyCell(by, below, _COLOURS.get(change.verdict or "", ""), _said(change, counted=counted))
        cells = [
            StudyCell(one.what),
            StudyCell(one.before),
            StudyCell(one.after),
            changed,
            StudyCell(one.noise),
            StudyCell(one.beside),
        ]
        rows.append(StudyRow(network, cells, span=0 if i else len(lines), host=network == BASELINE))
    return rows


def _split(text: str, verdict: str = "") -> tuple[str, list[str]]:
    """`+5.0 % [+4.1…+6.0]` as the number and what stands below it."""
    by, _, bounds = text.partition(" [")
    return by, _below(bounds.removesuffix("]"), verdict)


def _below(bounds: str, verdict: str = "") -> list[str]:
    """The lines below a number: bounds with their unit, which a terminal leaves out, and what may be said."""
    unit = f"{words.JOIN}%" if bounds and "×" not in bounds else ""
    return [part for part in (bounds + unit, verdict) if part]


def _said(change: Change, *, counted: bool) -> str:
    return "; ".join(sentences.changed(change, counted=counted))


def titled(what: str) -> str:
    """What was measured as a title: `Max rate 100 B`, but `p50 at 50 %`, which is written so everywhere."""
    return what if what[1:2].isdigit() else f"{what[0].upper()}{what[1:]}"


def _about(grid: Grid) -> str:
    metric = grid.about.metric
    if is_instructions(metric):
        what = f"instructions per {words.per(grid.about.load.load)}"
    else:
        what = ("virtual time: " if grid.counted and grid.unit == "ns" else "") + words.METRICS.get(
            metric.name, metric.name
        )
    return f"{what}; of the host its values, of others the overhead against the host of the same run"
