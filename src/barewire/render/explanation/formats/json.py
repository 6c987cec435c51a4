"""The explanation as one document, which reports read from a run's directory."""

from __future__ import annotations

import json

from barewire.explain.document import document
from barewire.explain.run import Explanation
from barewire.records import plain
from barewire.render.format import Format


def render(answer: Explanation) -> str:
    """The document as text."""
    return json.dumps(plain(document(answer)), indent=1) + "\n"


FORMAT = Format("json", "explain.json", "instructions by stage and function", render)
