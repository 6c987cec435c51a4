"""Elements of SVG as text, and how wide a text is before any font is known.

Widths are estimates for a proportional sans-serif font, rather too wide than too narrow: they reserve room and decide what
is shortened; nothing else depends on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as escape_markup
from itertools import pairwise

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (section 2.2), whatever a run calls its networks."""

_EMS = (
    (frozenset("iljI.,:;'|! \u00a0·"), 0.34),
    (frozenset("tfr()[]/-–…\u2002"), 0.42),
    (frozenset("mwMW@%+−=×≈→<>"), 0.93),
)
_PLAIN_EM = 0.64
_EDGE_PX = 1.5
"""Of a hollow mark."""

_USUAL_PX = 12.0
_USUAL_FILL = "var(--ink)"
USUAL = f'font-size="{_USUAL_PX:g}" fill="{_USUAL_FILL}" stroke-linejoin="round"'
"""What a drawing's outermost element says for all: its elements name only what differs."""


def _em(character: str) -> float:
    return next((em for which, em in _EMS if character in which), _PLAIN_EM)


def escape(content: str) -> str:
    """Text for an element or an attribute of XML and HTML."""
    return escape_markup(_FORBIDDEN.sub("\ufffd", content))


def text_width(text: str, px: float, weight: int = 400) -> float:
    """About how wide a text is, in px, at a font size of `px`."""
    return px * sum(map(_em, text)) * (1.1 if weight > 400 else 1.0)


def shortened(text: str, px: float, room: float) -> str:
    """A text that fits into `room` px; long names differ at their ends, so the middle goes."""
    if text_width(text, px) <= room:
        return text
    keep = len(text)
    while keep > 4 and text_width(_middle(text, keep), px) > room:
        keep -= 1
    return _middle(text, keep)


def text(x: float, y: float, content: str, *, px: float, fill: str = _USUAL_FILL, anchor: str = "start",
         weight: int = 400, more: str = "") -> str:  # fmt: skip
    """A line of text; (x, y) is its baseline's start, middle or end."""
    looks = f' font-size="{_n(px)}"' if px != _USUAL_PX else ""
    looks += f' fill="{fill}"' if fill != _USUAL_FILL else ""
    looks += f' text-anchor="{anchor}"' if anchor != "start" else ""
    looks += f' font-weight="{weight}"' if weight != 400 else ""
    return f'<text x="{_n(x)}" y="{_n(y)}"{looks}{more}>{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1.0, more: str = "") -> str:
    """A straight line."""
    ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
    return f"<line {ends} {_stroke(stroke, width)}{more}/>"


def rect(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    """A filled rectangle."""
    place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(height)}"'
    return f'<rect {place} fill="{fill}"{more}/>'


def mark(shape: str, x: float, y: float, radius: float, colour: str, *, hollow: bool = False) -> str:
    """A mark around (x, y), as large with an edge as without."""
    look = f'fill="var(--card)" {_stroke(colour, _EDGE_PX)}' if hollow else f'fill="{colour}"'
    radius += 0 if hollow else _EDGE_PX / 2
    if shape == "circle":
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" {look}/>'
    r = radius * 1.1
    corners = {
        "diamond": [(0, -r), (r, 0), (0, r), (-r, 0)],
        "square": [(-r, -r), (r, -r), (r, r), (-r, r)],
        "triangle": [(0, -r), (r, r), (-r, r)],
        "cross": [(-r, -r), (0, -r / 3), (r, -r), (r / 3, 0), (r, r), (0, r / 3), (-r, r), (-r / 3, 0)],
    }[shape]
    return f'<path d="{_way([(x + dx, y + dy) for dx, dy in corners])}z" {look}/>'


def group(parts: list[str], said: str = "", network: str = "") -> str:
    """Elements that belong together: what pointing at them shows, and the network that a page can hide."""
    attributes = f' data-more="{escape(said)}"' if said else ""
    attributes += f' data-network="{escape(network)}"' if network else ""
    return f"<g{attributes}>{''.join(parts)}</g>"


def strokes(lines: Iterable[tuple[float, float, float, float]], stroke: str, width: float = 1.0) -> str:
    """Straight lines (x1, y1, x2, y2) of one look as one element."""
    way = "".join(_way([(x1, y1), (x2, y2)]) for x1, y1, x2, y2 in lines)
    return f'<path d="{way}" {_stroke(stroke, width)}/>' if way else ""


def path(points: list[tuple[float, float]], stroke: str, width: float, dash: str = "") -> str:
    """A line through points."""
    if not points:
        return ""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{_way(points)}" fill="none" {_stroke(stroke, width)}{dashes}/>'


def _middle(text: str, keep: int) -> str:
    if keep >= len(text):
        return text
    head = (keep - 1) // 2
    return f"{text[:head]}…{text[len(text) - (keep - 1 - head) :]}"


def _way(points: list[tuple[float, float]]) -> str:
    """The commands of a path through points; relative ones are half as long. Rounded places are joined, so no error adds up."""
    at = [(round(x, 1), round(y, 1)) for x, y in points]
    steps = [_step(x - a, y - b) for (a, b), (x, y) in pairwise(at)]
    return f"M{_n(at[0][0])} {_n(at[0][1])}{''.join(steps)}"


def _step(right: float, down: float) -> str:
    x, y = _n(right), _n(down)
    if y in ("0", "-0"):
        return f"h{x}"
    return f"v{y}" if x in ("0", "-0") else f"l{x}{'' if y.startswith('-') else ' '}{y}"


def _stroke(colour: str, width: float) -> str:
    return f'stroke="{colour}"' + (f' stroke-width="{_n(width)}"' if width != 1 else "")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
