"""A figure with its words and its numbers: drawn wide and narrow for a page, or as a file that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from barewire.render.svg import palette
from barewire.render.svg.element import USUAL, escape, rect, shortened, text, text_width

HALF_PX, WHOLE_PX, NARROW_PX = 476, 968, 336
"""Widths at which a page has figures: two beside each other, one over the whole width, on a telephone."""

FILE_PX = 860
_PAD = 24.0
_TITLE_PX, _SMALL_PX = 17.0, 12.0


class Plot(Protocol):
    """What a figure draws."""

    def draw(self, width: float) -> tuple[str, float]: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """`alt` is what it shows, in words, for those who do not see it; `head` and `rows` are its numbers; `wide` ones take the
    whole width of a page."""

    id: str
    title: str
    alt: str
    plot: Plot
    head: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    wide: bool = False

    def broad(self) -> str:
        """The drawing for a page."""
        return self._drawn(WHOLE_PX if self.wide else HALF_PX)

    def narrow(self) -> str:
        """The drawing for a telephone. Its marks have the order of those of the broad one, which hold what pointing shows."""
        return re.sub(r' data-more="[^"]*"', ' data-more=""', self._drawn(NARROW_PX))

    def _drawn(self, width: float) -> str:
        inner, height = self.plot.draw(width)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:.0f}" width="{width:g}" '
            f'height="{height:.0f}" {USUAL} role="img" aria-label="{escape(self.alt)}">{inner}</svg>'
        )

    def standalone(self, title: str, about: Sequence[str], notes: Sequence[str]) -> str:
        """The figure as an SVG file with its title, what it is about, and notes below; colours are values, not names."""
        width = FILE_PX - 2 * _PAD
        lines = [part for one in about for part in wrapped(one, width, _SMALL_PX)]
        below = [part for one in notes for part in wrapped(one, width, 11.0)]
        heading = wrapped(title, width, _TITLE_PX, 600)
        inner, height = self.plot.draw(width)
        y = _PAD + 14
        parts = []
        for one in heading:
            parts.append(text(_PAD, y, one, px=_TITLE_PX, weight=600))
            y += 22
        for one in lines:
            parts.append(text(_PAD, y, one, px=_SMALL_PX, fill="var(--muted)"))
            y += 17
        y += 6
        parts.append(f'<g transform="translate({_PAD:g} {y:.0f})">{inner}</g>')
        y += height + 16
        for one in below:
            parts.append(text(_PAD, y, one, px=11.0, fill="var(--muted)"))
            y += 15
        whole = y + _PAD - 12
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {FILE_PX} {whole:.0f}" width="{FILE_PX}" height="{whole:.0f}" '
            f'font-family="{palette.FILE_FONT}" {USUAL} role="img" aria-label="{escape(self.alt)}"><title>{escape(title)}</title>'
            f"{rect(0, 0, FILE_PX, whole, 'var(--card)')}{''.join(parts)}</svg>\n"
        )
        return palette.literal(_without_hints(svg))


def wrapped(content: str, room: float, px: float, weight: int = 400) -> list[str]:
    """A text as lines that fit; a line never breaks at a space that joins a number with its unit."""
    lines: list[str] = []
    current = ""
    for word in content.split(" "):
        longer = f"{current} {word}".strip()
        if current and text_width(longer, px, weight) > room:
            lines.append(current)
            current = shortened(word, px, room)
        else:
            current = longer
    return [*lines, current] if current else lines


def _without_hints(svg: str) -> str:
    """What pointing at an element shows is a page's business."""
    return re.sub(r' data-(?:more|network)="[^"]*"', "", svg)
