"""A study over conditions reported as a whole, as `report` does one run: the overhead under each, and what changes between them.

    is_at(path)                    whether a study over conditions is there, rather than a run
    load(path)                     the study, read and compared
    render(study, "html")          a format of `FORMATS`, as text
    files(study, "html")           the same under the name that it has in the study's directory
    show(study, console)           the tables on a terminal, as wide as it is

The numbers are `compare`'s, the words of a run and the page around them `report`'s; this package stands above both and works out
nothing of its own, so that terminal, Markdown, JSON and page cannot disagree. Like a run's, every report can be made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from barewire.errors import UsageError
from barewire.results import reading

if TYPE_CHECKING:
    from rich.console import Console

    from barewire.render.study.whole import Whole

FORMATS = {
    "text": "study.txt",
    "all": "study-all.txt",
    "markdown": "study.md",
    "json": "study-summary.json",
    "html": "report.html",
}
"""The file name of each."""


def is_at(path: Path) -> bool:
    """Whether a study over conditions is there; `RunError` for one that is damaged."""
    return reading.study(path) is not None


def check(path: Path, format: str) -> None:
    """Raise `UsageError` for a format that a study as a whole does not have."""
    if format in FORMATS:
        return
    runs = [f"; or give one of its runs, like {run}" for run in reading.conditions(path)[:1]]
    raise UsageError(
        f"{format} is a format of a run, and {path} is a study over conditions",
        remedy=f"Formats of a study: {', '.join(FORMATS)}{''.join(runs)}",
    )


def load(path: Path) -> Whole:
    """Read the study at `path` and compare its conditions; `UsageError` if none has begun, `RunError` for what is damaged."""
    from barewire.render.study import whole

    return whole.load(path)


def render(study: Whole, format: str) -> str:
    """The study in a format by name; `UsageError` if nothing can be compared yet and the format has nothing else to say."""
    match format:
        case "html":
            from barewire.render.formats.html import frame
            from barewire.render.study.page import page

            return frame.render(page(study), __name__)
        case "json":
            import json

            from barewire.render.study.whole import document

            return json.dumps(document(study), allow_nan=False, ensure_ascii=False, indent=1)
        case "markdown":
            from barewire.render.comparison.markdown import markdown

            return markdown(study.compared)
        case _:
            from barewire.render.comparison import table

            return table.plain(study.compared, full=format == "all")


def files(study: Whole, format: str) -> Iterator[tuple[str, bytes]]:
    """A format's file and its content. Raises as `render` does."""
    yield FORMATS[format], render(study, format).encode()


def show(study: Whole, console: Console, *, full: bool = False) -> None:
    """Print the comparison to a terminal. Raises as `render` does."""
    from barewire.render.comparison import table

    table.show(study.compared, console, full=full)
