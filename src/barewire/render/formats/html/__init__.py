"""The report of a run as one HTML file that opens from disk (`frame`): what the page shows is `page`'s business."""

from __future__ import annotations

from barewire.render.format import Format
from barewire.render.formats.html import frame
from barewire.render.formats.html.page import page
from barewire.render.run.data import ReportData


def render(data: ReportData) -> str:
    """The page as text, in UTF-8 when written."""
    return frame.render(page(data), __name__)


FORMAT = Format("html", "report.html", "one self-contained page with figures", render)
