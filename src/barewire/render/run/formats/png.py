"""The picture to share as PNG, for where SVG is not shown: chats, slides, issue trackers.

resvg draws it, without a browser, with a font of this machine. A machine without any of the fonts that the picture asks for would
get a picture without words, so it is refused.
"""

from __future__ import annotations

import resvg_py

from barewire.errors import UsageError
from barewire.render.format import Format
from barewire.render.run.data import ReportData
from barewire.render.run.formats import svg
from barewire.render.svg import palette

ZOOM = 2.0
"""Pixels for each px of the SVG: sharp on screens of high density."""

_PROBE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" font-family="{font}">'
    '<text y="30" font-size="30">{text}</text></svg>'
)


def render(data: ReportData) -> bytes:
    """The picture; `RunError` if there is nothing to draw, `UsageError` if this machine has no font."""
    return drawn(svg.render(data))


def drawn(text: str, *, system_fonts: bool = True) -> bytes:
    """An SVG file as PNG."""
    empty, letter = (_pixels(_PROBE.format(font=palette.FILE_FONT, text=one), system_fonts, 1.0) for one in ("", "M"))
    if empty == letter:
        raise UsageError(
            "cannot draw a PNG: this machine has no font for it",
            said=f"looked for {palette.FILE_FONT}",
            remedy="Install one (Debian: apt-get install fonts-dejavu-core), or write SVG: --format svg",
        )
    return _pixels(text, system_fonts, ZOOM)


def _pixels(text: str, system_fonts: bool, zoom: float) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts=not system_fonts, zoom=zoom))


FORMAT = Format("png", "overhead.png", "the same picture as PNG", render)
