"""A page as one HTML file that opens from disk and asks the network for nothing: what all pages have around their sections.

Jinja2 with autoescape fills a template that extends `frame.html.j2`; plotly's script, the pages' own script and their style
stand inside. The content security policy allows exactly these two scripts, by their hashes, and no connection at all: a hostile
name in a run can neither run nor load anything. Limit: plotly makes up nearly all of the file's size, about 5 MB.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import jinja2
from markupsafe import Markup, escape
from plotly.offline import get_plotlyjs

from barewire.runs import words

_TEMPLATE = "page.html.j2"


class Framed(Protocol):
    """What a frame asks of its page: whether to mark the counted clock and in which words, and the figures by their ids."""

    @property
    def counted(self) -> bool: ...

    @property
    def clock(self) -> str: ...

    @property
    def specs(self) -> Mapping[str, Any]: ...


def render(page: Framed, package: str) -> str:
    """The page by the template of a package, as text, in UTF-8 when written."""
    plotly, own = _script(get_plotlyjs()), _script(_resource(__package__, "page.js"))
    # Only scripts that are exactly these run; styles are inline because plotly writes its own.
    policy = (
        f"default-src 'none'; script-src '{_digest(plotly)}' '{_digest(own)}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    style = Markup(_resource(__package__, "page.css"))
    return _template(package).render(page=page, policy=policy, plotly=Markup(plotly), script=Markup(own), style=style)


def _unbroken(text: str) -> Markup:
    """Intervals in brackets stay on one line."""
    return Markup(re.sub(r"\[[^][]*\]", lambda found: f'<span class="nb">{found[0]}</span>', str(escape(text))))


def _script(text: str) -> str:
    # Line ends as a browser's parser normalises them, or the hash would not match.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "</script" in text.lower() or "<!--" in text:
        text = text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return text


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _resource(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")


@cache
def _template(package: str) -> jinja2.Template:
    """The package's template; what it extends and imports is here."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _resource(package if name == _TEMPLATE else __package__, name)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "unbroken": _unbroken,
        "value": words.value,
        "loss": words.loss,
        "floor": words.floor,
        "interval": words.interval,
        "difference": words.difference,
        "thousands": words.thousands,
        "places": words.places,
        "quantile": words.quantile,
        "size": words.size,
        "label": words.label,
        "idle": words.idle,
        "share": words.share,
    }
    return environment.get_template(_TEMPLATE)
