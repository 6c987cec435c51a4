"""A comparison as Markdown, for the summary of a CI job or a comment on a change."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.compare.answer import Answer, Pairing
from barewire.compare.grid import Grid, grids
from barewire.compare.lines import COUNTED_LEGEND, Line, line

_MARKS = {"holds": "✅", "fails": "❌", "cannot tell": "❔"}
_TITLES = (
    "network",
    "loss against the host",
    "before",
    "after",
    "change of the loss",
    "verdict",
    "noise floor",
    "value",
)
_COUNTED = ("network", "counted", "before", "after", "change", "verdict", "noise floor", "change of the loss")


def markdown(answer: Answer, *, full: bool = False) -> str:
    """Gates as a list, a table for each pairing."""
    return "\n".join(_lines(answer, full)) + "\n"


def _lines(answer: Answer, full: bool) -> Iterator[str]:
    for judged in answer.judged:
        yield f"- {_MARKS[judged.outcome]} {_escaped(judged.sentence)}"
    if answer.judged:
        yield ""
    for grid in grids(answer, full=full):
        yield from _grid(grid)
    for pairing in answer.pairings:
        before, after = (answer.files[i].path for i in (pairing.before, pairing.after))
        yield f"**`{before}` → `{after}`**: {_escaped(pairing.headline())}"
        yield ""
        for note in answer.notes(pairing):
            yield f"- {_escaped(note)}"
        yield ""
        yield from _table(pairing, full)
        yield ""
        if pairing.comparison.counted:
            yield COUNTED_LEGEND
            continue
        unfair = "" if pairing.same_machine else ", which these are not"
        yield (
            "Change of the loss: loss after over loss before, with a 95 % interval. Of latency and CPU time more is worse, "
            f"of rates less. Value: the plain change, fair only on the same machine{unfair}."
        )


def _grid(grid: Grid) -> Iterator[str]:
    yield _row((grid.what, *grid.names, grid.last))
    yield "|---|" + "---:|" * (len(grid.names) + 1)
    for row in grid.rows:
        told = [_interval(*grid.cell(row, one)) for one in row.told]
        verdict = f" {row.verdict}" if row.verdict else ""
        yield _row((row.network, *told, _interval(*grid.changed(row)) + verdict))
    yield ""
    yield grid.legend
    yield ""


def _interval(number: str, bounds: str) -> str:
    return f"{number} [{bounds}]" if bounds else number


def _table(pairing: Pairing, full: bool) -> Iterator[str]:
    yield _row(_COUNTED if pairing.comparison.counted else _TITLES)
    yield "|---|---|---:|---:|---:|---|---:|---:|"
    for change in pairing.changes if full else pairing.chosen():
        one: Line = line(change, pairing.comparison)
        verdict = f"**{one.verdict}**" if one.verdict in ("worse", "better") else one.verdict
        yield _row((one.network, one.what, one.before, one.after, one.change, verdict, one.noise, one.beside))


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_escaped(cell) if "**" not in cell else cell for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Names and paths come from files: nothing in them becomes a table's border, a tag or a link."""
    for sign in "\\|<>[]*_`":
        text = text.replace(sign, "\\" + sign)
    return text
