"""The report of a run as one HTML file that opens from disk (`frame`): what the page shows is `page`'s business."""

from __future__ import annotations

from barewire.report.data import ReportData
from barewire.report.format import Format
from barewire.report.writers.html import frame
from barewire.report.writers.html.page import page


def render(data: ReportData) -> str:
    """The page as text, in UTF-8 when written."""
    return frame.render(page(data), __name__)


FORMAT = Format("html", "report.html", "one self-contained page with figures", render)
