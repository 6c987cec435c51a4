"""The document as JSON; docs/formats.md explains its keys."""

from __future__ import annotations

import json

from barewire.records import plain
from barewire.records.coordination import CostDocument
from barewire.render.format import Format


def render(document: CostDocument) -> str:
    """The document as text."""
    return json.dumps(plain(document), ensure_ascii=False, indent=1) + "\n"


FORMAT = Format("json", "cost.json", "everything, for programs", render)
