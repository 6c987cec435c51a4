"""A study over conditions reported as a whole, as `report` does one run: the overhead under each, and what changes between them.

    is_at(path)                    whether a study over conditions is there, rather than a run
    load(path)                     the study, read and compared
    render(study, "html")          a format of a study, as text

The numbers are `compare`'s, the words of a run and the page around them `report`'s; this package stands above both and works out
nothing of its own, so that terminal, Markdown, JSON and page cannot disagree. Like a run's, every report can be made again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from barewire.errors import UsageError
from barewire.render.format import STUDY
from barewire.results import reading

if TYPE_CHECKING:
    from barewire.render.study.whole import Whole


def is_at(path: Path) -> bool:
    """Whether a study over conditions is there; `RunError` for one that is damaged."""
    return reading.study(path) is not None


def check(path: Path, format: str) -> None:
    """Raise `UsageError` for a format that a study as a whole does not have."""
    if format in STUDY.names():
        return
    runs = [f"; or give one of its runs, like {run}" for run in reading.conditions(path)[:1]]
    raise UsageError(
        f"{format} is a format of a run, and {path} is a study over conditions",
        remedy=f"Formats of a study: {', '.join(STUDY.names())}{''.join(runs)}",
    )


def load(path: Path) -> Whole:
    """Read the study at `path` and compare its conditions; `UsageError` if none has begun, `RunError` for what is damaged."""
    from barewire.render.study import whole

    return whole.load(path)


def render(study: Whole, format: str) -> str:
    """The study in a format by name; `UsageError` if nothing can be compared yet and the format has nothing else to say."""
    rendered = STUDY.find(format).render(study)
    assert isinstance(rendered, str)
    return rendered
