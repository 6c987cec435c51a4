"""A page as one HTML file that opens from disk and asks the network for nothing: what all pages have around their sections.

Jinja2 with autoescape fills a template that extends `frame.html.j2`, or `base.html.j2` if it has no sections; figures are static
SVG, the pages' own script and their style stand inside. The content security policy allows exactly this script, by its hash, and
no connection at all: a hostile name in a run can neither run nor load anything.

What only the script shows (what a cell or a mark holds when it is pointed at, drawings for a telephone, what buttons copy and
save) is stored compressed at the page's end: it would be over half of the page.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from html import unescape
from importlib.resources import files
from math import isfinite
from typing import Any, Protocol

import jinja2
from markupsafe import Markup, escape

from barewire.render import verdicts
from barewire.render.run.tables import csv_text
from barewire.render.svg import palette
from barewire.render.svg.figure import Figure
from barewire.results import words

_TEMPLATE = "page.html.j2"
_STORED = '<script type="text/plain" id="stored">'
_POINTED_AT = re.compile(r'(?<= data-more=")[^"]*')


class Framed(Protocol):
    """What a frame asks of its page: whether to mark the counted clock and in which words, its title, its figures, and texts that
    buttons copy, by name."""

    @property
    def counted(self) -> bool: ...

    @property
    def clock(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def figures(self) -> Sequence[Figure]: ...

    @property
    def copied(self) -> Mapping[str, str]: ...


def render(page: Framed, package: str) -> str:
    """A page of sections by the template of a package, as text, in UTF-8 when written."""
    style = palette.css() + resource(__package__, "page.css")
    text = fill(package, resource(__package__, "page.js"), style, page=page)
    said = [unescape(found[0]) for found in _POINTED_AT.finditer(text)]
    before, mark, after = _POINTED_AT.sub("", text).rpartition(_STORED)
    return before + mark + _packed({"said": said, **_files(page)}) + after


def stored(text: str) -> dict[str, Any]:
    """What a page keeps for its script: `said` of the elements with `data-more` in the order of the page,
    `narrow` drawings and `csv` by figure, `text` that buttons copy by name."""
    packed = text.rpartition(_STORED)[2].partition("<")[0]
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    return found


def _packed(value: Mapping[str, object]) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(errors="replace"), 9)).decode()


def fill(package: str, script: str, style: str, **values: Any) -> str:
    """The template of a package with `values`, around it what every page has. Only a script that is exactly this one runs;
    drawings have their looks in attributes."""
    own = _script(script)
    policy = (
        f"default-src 'none'; script-src '{_digest(own)}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return _template(package).render(policy=policy, script=Markup(own), style=Markup(style), **values)


def resource(package: str, name: str) -> str:
    """A file of a package as text."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _files(page: Framed) -> dict[str, object]:
    """Drawings for a telephone and numbers as CSV by the figure's id, texts to copy by name, the colours of SVG files."""
    tables = {
        figure.id: csv_text(figure.head, (dict(zip(figure.head, map(_short, row), strict=True)) for row in figure.rows))
        for figure in page.figures
    }
    return {
        "narrow": {figure.id: figure.narrow() for figure in page.figures},
        "csv": tables,
        "text": dict(page.copied),
        "colours": dict(palette.light()),
        "font": palette.FILE_FONT,
    }


def _short(value: object) -> object:
    """A number of a figure to seven digits: more of them than any drawing, and half the size. Other formats have them all."""
    return float(f"{value:.7g}") if isinstance(value, float) and isfinite(value) else value


def _drawing(figure: Figure) -> Markup:
    return Markup('<div class="broad">{}</div>').format(Markup(figure.broad()))


def _unbroken(text: str) -> Markup:
    """Intervals in brackets stay on one line."""
    return Markup(re.sub(r"\[[^][]*\]", lambda found: f'<span class="nb">{found[0]}</span>', str(escape(text))))


def _script(text: str) -> str:
    # Line ends as a browser's parser normalises them, or the hash would not match.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _template(package: str) -> jinja2.Template:
    """The package's template; what it extends and imports is here."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: resource(package if name == _TEMPLATE else __package__, name)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "drawing": _drawing,
        "unbroken": _unbroken,
        "value": words.value,
        "cell_value": verdicts.cell_value,
        "overhead": words.overhead,
        "floor": words.floor,
        "interval": words.interval,
        "difference": words.difference,
        "added": verdicts.added,
        "thousands": words.thousands,
        "places": words.places,
        "percent": words.percent,
        "quantile": words.quantile,
        "size": words.size,
        "label": verdicts.label,
        "idle": verdicts.idle,
        "share": words.share,
    }
    return environment.get_template(_TEMPLATE)
