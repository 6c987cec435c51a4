"""Every row, load, size and quantile of a comparison as text."""

from __future__ import annotations

from functools import partial

from barewire.render.comparison.formats import text
from barewire.render.format import Format

FORMAT = Format(
    "all",
    "compare-all.txt",
    "every row, load, size and quantile",
    partial(text.plain, full=True),
    partial(text.show, full=True),
)
