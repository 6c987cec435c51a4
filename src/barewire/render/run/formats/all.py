"""Every table as text: each load, size and percentile to the maximum, then rates, CPU time and setup."""

from __future__ import annotations

from functools import partial

from barewire.render.format import Format
from barewire.render.run.formats import text

FORMAT = Format(
    "all", "report-all.txt", "every table, as text", partial(text.plain, full=True), partial(text.show, full=True)
)
