"""Lines over a common axis, each with its name at its end, so that no legend has to be searched.

Names that would overlap are moved apart and joined with their line's end. Points carry no text of their own: what pointing at a
line shows are a few values along it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barewire.render.svg import palette
from barewire.render.svg.element import group, line, mark, path, shortened, strokes, text, text_width
from barewire.render.svg.scales import Scale

_FONT = 11.5
_NAME_GAP = 14.0
_TOP, _BOTTOM = 10.0, 44.0
_LONGEST_NAME = 0.3
_DENSE_PX = 400.0
"""On a narrower figure every other point of a curve is left out."""


@dataclass(frozen=True, slots=True)
class Line:
    """A network's line through `points` (x, y); from index `dotted` on it is thin and dotted. `marks`: a mark at each point,
    `hollow` those of these indices."""

    name: str
    index: int | None
    points: Sequence[tuple[float, float]]
    said: str
    dotted: int | None = None
    marks: bool = False
    hollow: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Lines:
    """The figure."""

    x: Scale
    y: Scale
    lines: Sequence[Line]
    height: float = 330.0

    def draw(self, width: float) -> tuple[str, float]:
        """The elements for a width in px, and the height that they take."""
        left = 8 + max((text_width(name, 11) for _, name in self.y.ticks), default=20.0)
        names = max((text_width(one.name, _FONT) for one in self.lines), default=0.0)
        right = width - min(names, _LONGEST_NAME * width) - 22
        title = 14.0 if self.y.label else 0.0
        top, bottom = _TOP + title, self.height - _BOTTOM

        def place(point: tuple[float, float]) -> tuple[float, float]:
            return left + self.x.position(point[0]) * (right - left), bottom - self.y.position(point[1]) * (
                bottom - top
            )

        parts = [text(0, 11, self.y.label, px=11.5, fill="var(--muted)")] if title else []
        parts += self._grid(left, right, top, bottom, width)
        ends = {i: place(one.points[-1]) for i, one in enumerate(self.lines) if one.points}
        spread = _apart({i: y for i, (_, y) in ends.items()}, top, bottom)
        for i, one in enumerate(self.lines):
            if one.points:
                drawn = _line(one, [place(point) for point in one.points], 1 if one.marks or width > _DENSE_PX else 2)
                name = shortened(one.name, _FONT, width - right - 18)
                drawn += [
                    line(ends[i][0] + 2, ends[i][1], right + 11, spread[i], palette.colour(one.index), 0.8),
                    text(right + 13, spread[i] + 4, name, px=_FONT, fill=palette.colour(one.index), weight=600),
                ]
                parts.append(group(drawn, one.said, one.name))
        middle = (left + right) / 2
        parts.append(text(middle, bottom + 36, self.x.label, px=11.5, fill="var(--muted)", anchor="middle"))
        return "".join(parts), self.height

    def _grid(self, left: float, right: float, top: float, bottom: float, width: float) -> list[str]:
        parts = []
        grid = []
        for value, name in self.y.ticks:
            y = bottom - self.y.position(value) * (bottom - top)
            grid.append((left, y, right, y))
            parts.append(text(left - 5, y + 4, name, px=11, fill="var(--muted)", anchor="end"))
        free = -1e9
        for value, name in self.x.ticks:
            x = left + self.x.position(value) * (right - left)
            grid.append((x, top, x, bottom))
            half = text_width(name, 11) / 2
            if x - half > free + 5 and x + half < width:
                parts.append(text(x, bottom + 16, name, px=11, fill="var(--muted)", anchor="middle"))
                free = x + half
        return [strokes(grid, "var(--grid)"), *parts, line(left, bottom, right, bottom, "var(--line)")]


def _line(one: Line, at: list[tuple[float, float]], every: int) -> list[str]:
    colour, cut = palette.colour(one.index), len(at) if one.dotted is None else one.dotted
    wide = 2.6 if one.index is None else 2.0
    parts = [path(_thinned(at[:cut], every), colour, wide, palette.dash(one.index))]
    if cut < len(at):
        parts.append(path(_thinned(at[max(cut - 1, 0) :], every), colour, 1.2, "1.5 3"))
    if one.marks:
        shape = palette.shape(0 if one.index is None else one.index // palette.SERIES_COLOURS)
        parts += [mark(shape, x, y, 3.4, colour, hollow=i in one.hollow) for i, (x, y) in enumerate(at)]
    return parts


def _thinned(points: list[tuple[float, float]], every: int) -> list[tuple[float, float]]:
    """Every so many points, and always both ends: a telephone shows no more."""
    return [*points[:-1:every], *points[-1:]]


def _apart(wanted: dict[int, float], top: float, bottom: float) -> dict[int, float]:
    """Testbeds near the wanted ones, `_NAME_GAP` apart as far as there is room."""
    order = sorted(wanted, key=lambda i: wanted[i])
    gap = min(_NAME_GAP, (bottom - top) / max(len(order) - 1, 1))
    placed: dict[int, float] = {}
    below = top - gap
    for i in order:
        below = max(wanted[i], below + gap)
        placed[i] = below
    above = bottom + gap
    for i in reversed(order):
        above = min(placed[i], above - gap)
        placed[i] = above
    return placed
