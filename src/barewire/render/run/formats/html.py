"""The report of a run as one HTML file that opens from disk (`frame`): what the page shows is `page`'s business."""

from __future__ import annotations

from barewire.render.format import Format
from barewire.render.html import frame
from barewire.render.run.data import ReportData
from barewire.render.run.page.page import page


def render(data: ReportData) -> str:
    """The page as text, in UTF-8 when written."""
    return frame.render(page(data), "barewire.render.run.page")


FORMAT = Format("html", "report.html", "one self-contained page with figures", render)
