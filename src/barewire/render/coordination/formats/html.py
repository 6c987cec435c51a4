"""The page of what coordination costs; what it shows is `page`'s business."""

from __future__ import annotations

from barewire.records.coordination import CostDocument
from barewire.render.coordination.page import page
from barewire.render.format import Format
from barewire.render.html import frame


def render(document: CostDocument) -> str:
    """The page as text, in UTF-8 when written."""
    return frame.render(page(document), "barewire.render.coordination")


FORMAT = Format("html", "cost.html", "one self-contained page with growing curves", render)
