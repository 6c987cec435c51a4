"""A comparison as Markdown, for the summary of a CI job or a comment on a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from barewire.render.comparison.gates import sentence
from barewire.render.comparison.grid import Grid, grids
from barewire.render.comparison.headline import headline
from barewire.render.comparison.lines import COUNTED_LEGEND, THESE_LEGEND, ChangeLine, label, line, rest
from barewire.render.comparison.notes import notes, title
from barewire.render.format import Format
from barewire.results import words
from barewire.results.comparison.answer import ComparedRuns, Pairing

_MARKS = {"holds": "✅", "fails": "❌", "undecided": "❔"}
_TITLES = (
    "network",
    "overhead against the host",
    "before",
    "after",
    "change of the overhead",
    "verdict",
    "noise floor",
    "value",
)
_COUNTED = ("network", "counted", "before", "after", "change", "verdict", "noise floor", "change of the overhead")


def markdown(answer: ComparedRuns, *, full: bool = False) -> str:
    """Gates as a list, a table for each pairing."""
    return "\n".join(_lines(answer, full)) + "\n"


def _lines(answer: ComparedRuns, full: bool) -> Iterator[str]:
    for judged in answer.judged:
        yield f"- {_MARKS[judged.outcome]} {_escaped(sentence(judged))}"
    if answer.judged:
        yield ""
    for grid in grids(answer, full=full):
        yield from _grid(grid)
    for pairing in answer.pairings:
        before, after = title(answer, pairing).split(" → ", 1)
        yield f"**`{before}` → `{after}`**: {_escaped(headline(pairing.comparison))}"
        yield ""
        for note in notes(answer, pairing):
            yield f"- {_escaped(note)}"
        yield ""
        lines = [line(change, pairing.comparison) for change in (pairing.changes if full else pairing.first_changes())]
        shown = lines if full else [one for one in lines if one.changed]
        if shown:
            yield from _table(pairing, shown)
            yield ""
        if not full and (said := rest(lines)):
            yield _escaped(said)
            yield ""
        if pairing.comparison.counted:
            yield COUNTED_LEGEND
            continue
        unfair = "" if pairing.same_machine else ", which these are not"
        these = f" {_escaped(THESE_LEGEND)}" if pairing.comparison.basis == "these-runs" else ""
        yield (
            f"Change of the overhead: overhead after over overhead before, with a 95{words.JOIN}% interval that holds for all "
            "networks together. Of latency and CPU time more is worse, of rates less. Value: the plain change, fair only on the "
            f"same machine{unfair}.{these}"
        )


def _grid(grid: Grid) -> Iterator[str]:
    yield _row((grid.what, *grid.names, grid.last))
    yield "|---|" + "---:|" * (len(grid.names) + 1)
    for row in grid.rows:
        cells = [_interval(*grid.cell(row, one)) for one in row.figures]
        said = label(row.verdict, row.whole.basis if row.whole else "")
        verdict = f" {said}" if said else ""
        yield _row((row.network, *cells, _interval(*grid.changed(row)) + verdict))
    yield ""
    yield grid.legend
    yield ""


def _interval(number: str, bounds: str) -> str:
    return f"{number} [{bounds}]" if bounds else number


def _table(pairing: Pairing, lines: Sequence[ChangeLine]) -> Iterator[str]:
    yield _row(_COUNTED if pairing.comparison.counted else _TITLES)
    yield "|---|---|---:|---:|---:|---|---:|---:|"
    for one in sorted(lines, key=lambda one: not one.changed):
        said = one.label
        if one.verdict == "no-difference-found" and one.detectable != words.NOTHING:
            said += f" (a change of {one.detectable} mostly would have been)"
        said = f"**{_escaped(said)}**" if one.changed else said
        yield _row((one.network, one.what, one.before, one.after, one.change, said, one.noise, one.beside))


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_escaped(cell) if "**" not in cell else cell for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Names and paths come from files: nothing in them becomes a table's border, a tag or a link."""
    for sign in "\\|<>[]*_`":
        text = text.replace(sign, "\\" + sign)
    return text


FORMAT = Format("markdown", "compare.md", "gates and tables for a CI job or a comment, GitHub's Markdown", markdown)
