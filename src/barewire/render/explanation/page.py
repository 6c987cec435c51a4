"""The answer as one HTML page that opens from disk: the table of stages, and the flame graph of each network.

The page's script draws the graphs as icicles, callers above the functions that they call. In "difference" a box is the redder,
the more of it the baseline does not execute at the same calls, and blue where the network executes less; in "stages" it has its
stage's colour. The page's policy allows this script and no connection.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from barewire.explain.document import document
from barewire.explain.run import Explanation
from barewire.explain.stages import OTHER, standard
from barewire.explain.tree import boxes


def render(answer: Explanation) -> str:
    """The page as text, in UTF-8 when written."""
    own = _script(_resource("page.js"))
    policy = (
        f"default-src 'none'; script-src '{_digest(own)}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    template = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(_resource("page.html.j2"))
    found = document(answer)
    return template.render(
        document=found, digits=found.digits, policy=policy, style=Markup(_resource("page.css")), script=Markup(own),
        data=_data(answer, found.digits),
    )  # fmt: skip


def _data(answer: Explanation, digits: int) -> Markup:
    """What the page's script draws; a `<` cannot end the element that it stands in."""
    stages = standard()
    graphs: list[dict[str, Any]] = []
    for one in answer.networks:
        found = boxes(one.profile, answer.baseline.profile, stages)
        graphs.append(
            {
                "network": one.network,
                "names": [box.name for box in found],
                "parents": [box.parent for box in found],
                "values": [round(box.instructions, digits + 1) for box in found],
                "before": [round(box.before, digits + 1) for box in found],
                "stages": [box.stage for box in found],
            }
        )
    named = [*stages.names, OTHER]
    data = {
        "baseline": answer.baseline.network, "operation": answer.load.operation, "digits": digits, "stages": named,
        "graphs": graphs,
    }  # fmt: skip
    return Markup(json.dumps(data).replace("<", "\\u003c"))


def _script(text: str) -> str:
    # Line ends as a browser's parser normalises them, or the hash would not match.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _resource(name: str) -> str:
    return files("barewire.render.explanation").joinpath(name).read_text(encoding="utf-8")
