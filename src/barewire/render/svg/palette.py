"""Colours: names that a page's style resolves for its theme, and the light values for files that stand alone.

`palette.css` is the only list. Renderers of SVG files (resvg, Inkscape, office programs) do not know CSS variables, so a file
gets the light values in place of the names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

SERIES_COLOURS = 7
_MARK_COLOURS = 4
_DASHES = ("", "7 4", "2 3", "8 3 2 3")
_SHAPES = ("circle", "diamond", "square", "triangle", "cross")

FILE_FONT = "'DejaVu Sans', 'Liberation Sans', 'Noto Sans', Roboto, Ubuntu, Cantarell, FreeSans, 'Nimbus Sans', Arial, sans-serif"
"""The fonts of a file, the first that is there; a page has its reader's."""


def css() -> str:
    """The style sheet of the colours, light and dark."""
    return files(__package__).joinpath("palette.css").read_text(encoding="utf-8")


@cache
def light() -> Mapping[str, str]:
    """Colour by name, `{"ink": "#1d2226", ...}`, of the light theme."""
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]+);", css().partition("@media")[0]))


def literal(svg: str) -> str:
    """A drawing whose colours are values and not names."""
    return re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: light().get(found[1], "#000000"), svg)


def colour(index: int | None) -> str:
    """The colour of network `index` of the plan; None is the host."""
    return "var(--host)" if index is None else f"var(--series-{index % SERIES_COLOURS})"


def dash(index: int | None) -> str:
    """`stroke-dasharray`: with more networks than colours, the dashes differ."""
    return _DASHES[0 if index is None else index // SERIES_COLOURS % len(_DASHES)]


def shape(index: int) -> str:
    """The shape of mark `index` where several are in one row."""
    return _SHAPES[index % len(_SHAPES)]


def mark(index: int) -> str:
    """The colour of mark `index`."""
    return f"var(--mark-{index % _MARK_COLOURS})"
