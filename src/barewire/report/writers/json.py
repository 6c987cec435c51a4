"""The summary as JSON: what `--json -` prints, byte for byte what `summary.json` holds.

The file is checked like every other before it is passed on; a run without a summary is an error, because an empty one
would look like a measured one.
"""

from __future__ import annotations

from barewire.errors import RunError
from barewire.report.data import ReportData
from barewire.report.format import Format


def render(data: ReportData) -> str:
    """The text of summary.json; raises `RunError` if there is none."""
    file = data.path / "summary.json"
    if not file.is_file():
        raise RunError(
            "this run has no summary yet",
            where=str(data.path),
            remedy=f"Let the study go on: barewire study --resume {data.path}",
        )
    return file.read_text(encoding="utf-8")


FORMAT = Format("json", "summary.json", "the summary, barewire/summary/1", render)
