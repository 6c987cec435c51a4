"""A row for each network and in it a mark with its interval for each condition: what the network costs, and what changed."""

from __future__ import annotations

from collections.abc import Sequence

from barewire.render.comparison.grid import Grid
from barewire.render.comparison.lines import name_of
from barewire.render.study import sentences
from barewire.render.study.tables import titled
from barewire.render.svg import palette, scales
from barewire.render.svg.figure import Figure
from barewire.render.svg.rows import Key, Mark, Rows
from barewire.results import BASELINE, words
from barewire.results.comparison.answer import ComparedRuns
from barewire.results.comparison.change import Change
from barewire.results.comparison.question import Question
from barewire.statistics import Interval

_ROW_PX = 34.0
_MARK_PX = 13.0
"""What a row needs for each mark beyond two."""

_HEAD = ("network", "condition", "ratio", "ratio_low", "ratio_high")


def overheads(grid: Grid, number: int) -> Figure | None:
    """The overhead of every network under every condition; None if there is none with an interval."""
    rows = [row for row in grid.rows if any(_is_whole(figure.overhead) for figure in row.figures)]
    if not rows:
        return None
    marks: list[Mark] = []
    table: list[tuple[object, ...]] = []
    for i, name in enumerate(grid.names):
        for y, row in enumerate(rows):
            figure = row.figures[i]
            said = [row.network, name, *sentences.figure_parts(figure, grid.about, counted=grid.counted)]
            if one := _mark(y, figure.overhead, said, i, len(grid.names)):
                marks.append(one)
                table.append((row.network, name, one.value, one.low, one.high))
    names = [row.network for row in rows]
    alt = f"Overhead with intervals, {grid.what}, under {words.listing([*grid.names])}, for {words.listing(names)}."
    keys = [Key(name, palette.mark(i), palette.shape(i)) for i, name in enumerate(grid.names)]
    plot = _rows(names, marks, keys, "change against the host")
    return Figure(f"loss-{number}", titled(grid.what), f"{alt} The tables have the same numbers.", plot, _HEAD, table)


def changes(answer: ComparedRuns, names: Sequence[str], question: Question, number: int) -> Figure | None:
    """What each condition changed against the first; None if nothing has an interval. By the counted clock the host is there."""
    found: dict[str, dict[str, Change]] = {}
    for pairing in answer.pairings:
        for network in pairing.comparison.networks:
            change = pairing.comparison.change(Question(network, question.load, question.metric, question.quantile))
            if change and _is_whole(_judged(change, answer)):
                found.setdefault(network, {})[names[pairing.after]] = change
    if not found:
        return None
    marks: list[Mark] = []
    table: list[tuple[object, ...]] = []
    for i, name in enumerate(names[1:]):
        for y, (network, by_name) in enumerate(found.items()):
            change = by_name.get(name)
            if change is None:
                continue
            said = [network, f"{name} / {names[0]}", *sentences.changed(change, counted=_counted(answer))]
            if one := _mark(y, _judged(change, answer), said, i, len(names) - 1, first_look=1):
                marks.append(one)
                table.append((network, f"{name} / {names[0]}", one.value, one.low, one.high))
    floor = max((one.floor or 1 for by_name in found.values() for one in by_name.values()), default=1)
    title = name_of(question)
    axis = "change" if _counted(answer) else "change of the overhead"
    alt = f"What changed against {names[0]} with intervals, {title}, for {words.listing([*found])}."
    keys = [Key(f"{name} / {names[0]}", palette.mark(i), palette.shape(i)) for i, name in enumerate(names[1:], start=1)]
    plot = _rows([*found], marks, keys, axis, floor if len(names) == 2 else None)
    return Figure(f"change-{number}", titled(title), f"{alt} The tables have the same numbers.", plot, _HEAD, table)


def _rows(
    names: Sequence[str], marks: Sequence[Mark], keys: Sequence[Key], axis: str, band: float | None = None
) -> Rows:
    scale = scales.overheads([bound for m in marks for bound in (m.low, m.value, m.high) if bound], axis)
    row_px = _ROW_PX + _MARK_PX * max(0, len(keys) - 2)
    return Rows(names, scale, marks, keys=keys, zero=1.0, band=band, row_px=row_px)


def _mark(
    row: int, one: Interval | None, said: Sequence[str], index: int, in_row: int, first_look: int = 0
) -> Mark | None:
    """A condition's mark in a row; marks of one row stand a little apart, because they often fall on one another."""
    if one is None or not one.low or not one.high:
        return None
    look = index + first_look
    offset = (index - (in_row - 1) / 2) * min(0.28, 0.7 / in_row)
    return Mark(row, one.ratio, "; ".join(said), one.low, one.high, palette.mark(look), palette.shape(look), offset)


def _judged(change: Change, answer: ComparedRuns) -> Interval | None:
    """What the change is judged by."""
    if _counted(answer):
        return change.absolute
    return None if change.question.network == BASELINE else change.ratio


def _counted(answer: ComparedRuns) -> bool:
    return answer.pairings[-1].comparison.counted


def _is_whole(one: Interval | None) -> bool:
    return one is not None and bool(one.low) and bool(one.high)
