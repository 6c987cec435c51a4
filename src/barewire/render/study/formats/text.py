"""What changed between the conditions of a study, as `compare` prints it."""

from __future__ import annotations

from rich.console import Console

from barewire.render.comparison.formats import text
from barewire.render.format import Format
from barewire.render.study.whole import Whole


def render(study: Whole) -> str:
    """The comparison without colours. Raises `UsageError` if there is none."""
    return text.plain(study.compared).rstrip("\n") + "\n"


def show(study: Whole, console: Console) -> None:
    """Print the comparison. Raises as `render` does."""
    text.show(study.compared, console)


FORMAT = Format("text", "study.txt", "what changed between the conditions", render, show)
