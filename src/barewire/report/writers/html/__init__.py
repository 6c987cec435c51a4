"""The report as one HTML file that opens from disk and asks the network for nothing.

Jinja2 with autoescape fills the page; plotly's script, the page's own script and its style stand inside. The content
security policy allows exactly these two scripts, by their hashes, and no connection at all: a hostile name in a run can
neither run nor load anything. Limit: plotly makes up nearly all of the file's size, about 5 MB.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup, escape
from plotly.offline import get_plotlyjs

from barewire.report.data import ReportData
from barewire.report.format import Format
from barewire.report.writers.html.page import page
from barewire.runs import words


def render(data: ReportData) -> str:
    """The page as text, in UTF-8 when written."""
    plotly, own = _script(get_plotlyjs()), _script(_resource("page.js"))
    # Only scripts that are exactly these run; styles are inline because plotly writes its own.
    policy = (
        f"default-src 'none'; script-src '{_digest(plotly)}' '{_digest(own)}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return _template().render(
        page=page(data), policy=policy, plotly=Markup(plotly), script=Markup(own), style=Markup(_resource("page.css"))
    )


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


def _resource(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_resource),
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
        "share": words.share,
    }
    return environment.get_template("page.html.j2")


FORMAT = Format("html", "report.html", "one self-contained page with figures", render)
