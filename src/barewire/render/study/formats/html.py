"""The page of a study over conditions; what it shows is `page`'s business."""

from __future__ import annotations

from barewire.render.format import Format
from barewire.render.html import frame
from barewire.render.study.page import page
from barewire.render.study.whole import Whole


def render(study: Whole) -> str:
    """The page as text, in UTF-8 when written."""
    return frame.render(page(study), "barewire.render.study")


FORMAT = Format("html", "report.html", "one self-contained page with figures", render)
