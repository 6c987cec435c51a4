"""A row for each network and in it a mark with its interval for each condition: what the network costs, and what changed."""

from __future__ import annotations

from collections.abc import Sequence

from barewire.compare.answer import Answer
from barewire.compare.change import Change, Question
from barewire.compare.grid import Grid
from barewire.compare.lines import name_of
from barewire.overview import sentences
from barewire.overview.tables import titled
from barewire.report.writers.html import axes
from barewire.report.writers.html.axes import Spec
from barewire.report.writers.html.figures import FRAME_PX, ROW_PX, Figure, Point, marks
from barewire.runs import BASELINE, words
from barewire.statistics import Interval

_LEGEND_PX = 30
_MARK_PX = 13
"""What a row needs for each mark beyond two."""


def losses(grid: Grid, number: int) -> Figure | None:
    """The loss of every network under every condition; None if there is none with an interval."""
    rows = [row for row in grid.rows if any(_is_whole(told.loss) for told in row.told)]
    if not rows:
        return None
    traces, seen = [], []
    for i, name in enumerate(grid.names):
        points: list[Point] = []
        for y, row in enumerate(rows):
            told = row.told[i]
            if point := _point(y + _offset(i, len(grid.names)), told.loss):
                said = sentences.told(told, grid.about, counted=grid.counted)
                points.append((*point, _hover(row.network, name, said)))
        traces.append(marks(points, axes.plain(name), *axes.mark(i)))
        seen += _bounds(points)
    names = [row.network for row in rows]
    alt = f"Loss against the host with intervals, {grid.what}, under {words.listing([*grid.names])}, for {words.listing(names)}."
    return _figure(f"loss-{number}", grid.what, alt, traces, seen, names, "change against the host", [axes.host_line()])


def changes(answer: Answer, names: Sequence[str], question: Question, number: int) -> Figure | None:
    """What each condition changed against the first; None if nothing has an interval. By the counted clock the host is there."""
    found: dict[str, dict[str, Change]] = {}
    for pairing in answer.pairings:
        for network in pairing.comparison.networks:
            change = pairing.comparison.change(Question(network, question.load, question.metric, question.quantile))
            if change and _is_whole(_judged(change, answer)):
                found.setdefault(network, {})[names[pairing.after]] = change
    if not found:
        return None
    traces, seen = [], []
    for i, name in enumerate(names[1:]):
        points: list[Point] = []
        for y, by_name in enumerate(found.values()):
            change = by_name.get(name)
            if change and (point := _point(y + _offset(i, len(names) - 1), _judged(change, answer))):
                said = sentences.changed(change, counted=_counted(answer))
                points.append((*point, _hover(change.question.network, f"{name} / {names[0]}", said)))
        traces.append(marks(points, axes.plain(f"{name} / {names[0]}"), *axes.mark(i + 1)))
        seen += _bounds(points)
    shapes = [axes.host_line()]
    floor = max((one.floor or 1 for by_name in found.values() for one in by_name.values()), default=1)
    if len(names) == 2 and floor > 1:
        shapes.insert(0, axes.band(floor))
    title = name_of(question)
    axis = "change" if _counted(answer) else "change of the loss"
    alt = f"What changed against {names[0]} with intervals, {title}, for {words.listing([*found])}."
    return _figure(f"change-{number}", title, alt, traces, seen, [*found], axis, shapes)


def _figure(
    id: str,
    title: str,
    alt: str,
    traces: Sequence[Spec],
    seen: Sequence[float],
    names: Sequence[str],
    axis: str,
    shapes: Sequence[Spec],
) -> Figure:
    row_px = ROW_PX + _MARK_PX * max(0, len(traces) - 2)
    layout = axes.marked(axes.losses(seen, axis), names, shapes=[*shapes])
    height_px = FRAME_PX + _LEGEND_PX + row_px * len(names)
    return Figure(id, titled(title), f"{alt} The tables have the same numbers.", height_px, traces, layout)


def _judged(change: Change, answer: Answer) -> Interval | None:
    """What the change is judged by."""
    if _counted(answer):
        return change.absolute
    return None if change.question.network == BASELINE else change.ratio


def _counted(answer: Answer) -> bool:
    return answer.pairings[-1].comparison.counted


def _is_whole(one: Interval | None) -> bool:
    return one is not None and bool(one.low) and bool(one.high)


def _point(y: float, one: Interval | None) -> tuple[float, float, float, float] | None:
    return (y, one.ratio, one.low, one.high) if one is not None and one.low and one.high else None


def _bounds(points: Sequence[Point]) -> list[float]:
    return [bound for point in points for bound in point[1:4]]


def _offset(index: int, marks_in_row: int) -> float:
    """Marks of one row stand a little apart: they often fall on one another."""
    return (index - (marks_in_row - 1) / 2) * min(0.28, 0.7 / marks_in_row)


def _hover(network: str, name: str, said: Sequence[str]) -> str:
    return f"<b>{axes.plain(network)}</b>, {axes.plain(name)}<br>" + "<br>".join(axes.plain(part) for part in said)
