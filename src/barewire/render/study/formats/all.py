"""Every row, load, size and quantile of the comparison of a study's conditions, as text."""

from __future__ import annotations

from rich.console import Console

from barewire.render.comparison.formats import text
from barewire.render.format import Format
from barewire.render.study.whole import Whole


def render(study: Whole) -> str:
    """The comparison without colours. Raises `UsageError` if there is none."""
    return text.plain(study.compared, full=True).rstrip("\n") + "\n"


def show(study: Whole, console: Console) -> None:
    """Print the comparison. Raises as `render` does."""
    text.show(study.compared, console, full=True)


FORMAT = Format("all", "study-all.txt", "every row, load, size and quantile", render, show)
