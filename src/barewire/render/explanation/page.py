"""The answer as one HTML page that opens from disk: the table of stages, and the flame graph of each network.

The page's script draws the graphs as icicles, callers above the functions that they call. In "difference" a box is the redder,
the more of it the baseline does not execute at the same calls, and blue where the network executes less; in "stages" it has its
stage's colour. The page's policy allows this script and no connection.
"""

from __future__ import annotations

import json

from markupsafe import Markup

from barewire.explain.document import document
from barewire.explain.run import Explanation
from barewire.explain.stages import OTHER, standard
from barewire.explain.tree import boxes
from barewire.render.html import frame


def render(answer: Explanation) -> str:
    """The page as text, in UTF-8 when written."""
    script, style = (frame.resource(__package__, name) for name in ("page.js", "page.css"))
    found = document(answer)
    return frame.fill(__package__, script, style, document=found, digits=found.digits, data=_data(answer, found.digits))


def _data(answer: Explanation, digits: int) -> Markup:
    """What the page's script draws; a `<` cannot end the element that it stands in."""
    stages = standard()
    graphs: list[dict[str, object]] = []
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
