"""Every row, load, size and quantile of a comparison as Markdown."""

from __future__ import annotations

from functools import partial

from barewire.render.comparison.formats.markdown import markdown
from barewire.render.format import Format

FORMAT = Format(
    "markdown-all", "compare-all.md", "every row, load, size and quantile, as Markdown", partial(markdown, full=True)
)
