"""The summary as JSON: what `--json -` prints, byte for byte what `summary.json` holds if that is of the trials on disk.

The file is checked like every other before it is passed on; a run without a trial is an error, because an empty summary
would look like a measured one.
"""

from __future__ import annotations

from barewire.errors import RunError
from barewire.render.format import Format
from barewire.render.run.data import ReportData


def render(data: ReportData) -> str:
    """The text of the summary; raises `RunError` if there is none."""
    if not data.summary_text:
        raise RunError(
            "this run has no summary yet",
            where=str(data.path),
            said=" ".join(data.notes),
            remedy=f"Resume the study: barewire study --resume {data.path}",
        )
    return data.summary_text


FORMAT = Format("json", "summary.json", "the summary, barewire/summary/2", render)
