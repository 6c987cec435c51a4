"""The comparison of a study's conditions as Markdown."""

from __future__ import annotations

from barewire.render.comparison.formats.markdown import markdown
from barewire.render.format import Format
from barewire.render.study.whole import Whole


def render(study: Whole) -> str:
    """The tables. Raises `UsageError` if nothing can be compared."""
    return markdown(study.compared)


FORMAT = Format("markdown", "study.md", "what changed between the conditions, GitHub's Markdown", render)
