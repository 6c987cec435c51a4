"""A row for each network: marks with intervals, or bars, with the value in words at the right end.

On a narrow figure (a telephone) a row has two lines, names and values above, the marks below over the whole width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from barewire.render.svg.element import group, line, mark, rect, shortened, strokes, text, text_width
from barewire.render.svg.scales import Scale

NARROW_PX = 440
"""Below this width a row has two lines."""

_FONT = 12.0
_GAP = 10.0
_AXIS_PX = 40.0
_LEGEND_LINE_PX = 20.0
_LONGEST_NAME = 0.34
"""Share of the width that names may take."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with its interval in `row`, `offset` rows away from its middle; `said` is shown when it is pointed at."""

    row: int
    value: float
    said: str
    low: float | None = None
    high: float | None = None
    colour: str = "var(--mark-0)"
    shape: str = "circle"
    offset: float = 0.0
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a bar from `start` to `end`, and the interval of its end; `hatch` is 0 for none, or the direction of the lines,
    1 rising, 2 falling."""

    row: int
    start: float
    end: float
    said: str
    colour: str
    low: float | None = None
    high: float | None = None
    hatch: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend; a bar's has the shape `bar`."""

    name: str
    colour: str
    shape: str
    hollow: bool = False
    hatch: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """The figure: `values` are words at the right end of each row; `band` is a ratio that is noise on both sides of `zero`."""

    names: Sequence[str]
    scale: Scale
    marks: Sequence[Mark] = ()
    bars: Sequence[Bar] = ()
    values: Sequence[str] = ()
    keys: Sequence[Key] = ()
    zero: float | None = None
    band: float | None = None
    bold: frozenset[int] = field(default=frozenset())
    row_px: float = 30.0

    def draw(self, width: float) -> tuple[str, float]:
        """The elements for a width in px, and the height that they take."""
        return _Drawing(self, width).draw()


class _Drawing:
    """Where everything is, for one width."""

    def __init__(self, rows: Rows, width: float) -> None:
        self.rows = rows
        self.width = width
        self.narrow = width < NARROW_PX
        names = max((text_width(name, _FONT, 600) for name in rows.names), default=0.0)
        values = max((text_width(value, _FONT) for value in rows.values), default=0.0)
        self.names_px = 0.0 if self.narrow else min(names, _LONGEST_NAME * width)
        self.left = 4.0 if self.narrow else self.names_px + _GAP
        self.right = width - (4.0 if self.narrow or not values else values + _GAP)
        self.head = 18.0 if self.narrow else 0.0
        self.row_px = rows.row_px + self.head
        self.top = self._legend()[1]
        self.bottom = self.top + self.row_px * len(rows.names)

    def draw(self) -> tuple[str, float]:
        rows = self.rows
        parts = [self._legend()[0], *self._band(), *self._grid()]
        for bar in rows.bars:
            parts.append(group(self._bar(bar), bar.said))
        if rows.zero is not None:
            x = self._x(rows.zero)
            parts.append(strokes([(x, top, x, bottom) for top, bottom in self._lanes()], "var(--host)", 1.2))
        parts += [group(self._mark(one), one.said) for one in rows.marks]
        parts += self._texts()
        title = rows.scale.label
        if title:
            parts.append(
                text(
                    (self.left + self.right) / 2, self.bottom + 34, title, px=11.5, fill="var(--muted)", anchor="middle"
                )
            )
        return "".join(parts), self.bottom + (_AXIS_PX if title else 22.0)

    def _x(self, value: float) -> float:
        return self.left + self.rows.scale.position(value) * (self.right - self.left)

    def _y(self, row: float) -> float:
        whole = int(row + 0.5) if row >= 0 else 0
        return self.top + whole * self.row_px + self.head + (0.5 + row - whole) * self.rows.row_px

    def _lanes(self) -> list[tuple[float, float]]:
        """Top and bottom of what has marks: all rows at once, or on a narrow figure what is below each name."""
        if not self.narrow:
            return [(self.top, self.bottom)]
        tops = [self.top + row * self.row_px + self.head for row in range(len(self.rows.names))]
        return [(top, top + self.rows.row_px) for top in tops]

    def _band(self) -> list[str]:
        band, zero = self.rows.band, self.rows.zero or 1.0
        if not band or band <= 1:
            return []
        low, high = self._x(zero / band), self._x(zero * band)
        return [rect(low, top, high - low, bottom - top, "var(--band)") for top, bottom in self._lanes()]

    def _grid(self) -> list[str]:
        parts: list[str] = []
        grid: list[tuple[float, float, float, float]] = []
        free = -1e9
        for value, name in self.rows.scale.ticks:
            x = self._x(value)
            grid += [(x, top, x, bottom) for top, bottom in self._lanes()]
            half = text_width(name, 11) / 2
            at = min(max(x, half), self.width - half)
            if at - half > free + 6:
                parts.append(text(at, self.bottom + 15, name, px=11, fill="var(--muted)", anchor="middle"))
                free = at + half
        parts.append(line(self.left, self.bottom, self.right, self.bottom, "var(--line)"))
        return [strokes(grid, "var(--grid)"), *parts]

    def _texts(self) -> list[str]:
        parts = []
        for row, name in enumerate(self.rows.names):
            value = self.rows.values[row] if row < len(self.rows.values) else ""
            weight = 600 if row in self.rows.bold else 400
            if self.narrow:
                y = self.top + row * self.row_px + 14
                room = self.width - text_width(value, _FONT) - 2 * _GAP
                parts.append(text(4, y, shortened(name, _FONT, room), px=_FONT, weight=600))
                parts.append(text(self.width - 4, y, value, px=_FONT, anchor="end", weight=weight) if value else "")
                continue
            y = self._y(row) + 4
            shown = shortened(name, _FONT, self.names_px + 1)
            parts.append(text(self.names_px, y, shown, px=_FONT, anchor="end", weight=weight))
            parts.append(text(self.right + _GAP, y, value, px=_FONT, weight=weight) if value else "")
        return parts

    def _bar(self, bar: Bar) -> list[str]:
        y, thick = self._y(bar.row), min(18.0, self.rows.row_px * 0.62)
        left, right = self._x(bar.start), self._x(bar.end)
        parts = [rect(left, y - thick / 2, right - left, thick, bar.colour)]
        if bar.hatch:
            step = 5.0
            stripes = int((right - left) / step)
            ends = [(left + i * step, min(left + (i + 1) * step, right)) for i in range(stripes)]
            rise = thick / 2 if bar.hatch == 1 else -thick / 2
            parts.append(strokes([(a, y + rise, b, y - rise) for a, b in ends], "var(--card)", 1.2))
        return parts + self._interval(y, bar.low, bar.high, "var(--ink)")

    def _mark(self, one: Mark) -> list[str]:
        y = self._y(one.row) + one.offset * self.rows.row_px
        drawn = mark(one.shape, self._x(one.value), y, 4.2, one.colour, hollow=one.hollow)
        return [*self._interval(y, one.low, one.high, one.colour), drawn]

    def _interval(self, y: float, low: float | None, high: float | None, colour: str) -> list[str]:
        if low is None or high is None:
            return []
        left, right = self._x(low), self._x(high)
        ends = [(x, y - 3.5, x, y + 3.5) for x in (left, right)]
        return [strokes([(left, y, right, y), *ends], colour, 1.6)]

    def _legend(self) -> tuple[str, float]:
        """The legend above the rows and the height that it takes."""
        parts, x, y = [], 4.0, 0.0
        for key in self.rows.keys:
            name = shortened(key.name, 11.5, self.width - 26)
            wide = 18 + text_width(name, 11.5) + 14
            if x > 4 and x + wide > self.width:
                x, y = 4.0, y + _LEGEND_LINE_PX
            if key.shape == "bar":
                parts.append(rect(x, y + 4, 11, 11, key.colour))
                if key.hatch:
                    rise = 5.5 if key.hatch == 1 else -5.5
                    ends = [(x + d, y + 9.5 + rise, x + d + 5.5, y + 9.5 - rise) for d in (0, 5)]
                    parts.append(strokes(ends, "var(--card)", 1.2))
            else:
                parts.append(mark(key.shape, x + 5, y + 10, 4.2, key.colour, hollow=key.hollow))
            parts.append(text(x + 17, y + 14, name, px=11.5))
            x += wide
        return "".join(parts), y + _LEGEND_LINE_PX + 6 if self.rows.keys else 2.0
