"""Documents from run directories, and of plans, each in its formats.

    RUN, STUDY, COMPARISON, HISTORY, EXPLANATION, PREFIXES, COST    the documents: `names()`, `find(name)`, `formats()`
    emit(format, subject, out)      a document to a terminal, to standard output or into a file
    prepare(out)                    whether that can be written to, asked before anything is measured

and for the report of one run:

    names()                         what there is: text, html, json, csv, ...
    render(run_path, "html")        one report: text, bytes, or several files by name
    files(run_path, "csv")          reports under the names that they have in a run's directory
    show(run_path, console)         the table on a terminal, as wide as it is

Everything is made from the published files of a run, so every report can be made again, on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console

from barewire.render.format import (
    COMPARISON,
    COST,
    EXPLANATION,
    HISTORY,
    PREFIXES,
    RUN,
    STUDY,
    DocumentKind,
    Format,
    Rendered,
    encoded,
)
from barewire.render.output import emit, prepare, write
from barewire.render.run.data import ReportData, load

__all__ = [
    "COMPARISON",
    "COST",
    "EXPLANATION",
    "HISTORY",
    "PREFIXES",
    "RUN",
    "STUDY",
    "DocumentKind",
    "Format",
    "Rendered",
    "emit",
    "encoded",
    "files",
    "find",
    "formats",
    "names",
    "prepare",
    "render",
    "show",
    "write",
]


def names() -> tuple[str, ...]:
    """The formats of a run's report, in alphabetical order."""
    return RUN.names()


def find(name: str) -> Format[ReportData]:
    """A format of a run's report; raises `UsageError` with all names if there is none."""
    return RUN.find(name)


def formats() -> Mapping[str, Format[ReportData]]:
    """Every format of a run's report by name."""
    return RUN.formats()


def render(run_path: Path, format: str) -> Rendered:
    """The run at `run_path` in a format by name.

    Raises `UsageError` for an unknown format and `RunError` for a run that cannot be read.
    """
    found = find(format)
    return found.render(load(run_path))


def files(run_path: Path, format: str) -> Iterator[tuple[str, bytes]]:
    """A format's files and their content, under the names that they have in a run's directory.

    Raises as `render` does.
    """
    found = find(format)
    yield from found.files(load(run_path))


def show(run_path: Path, console: Console, *, full: bool = False) -> None:
    """Print the overhead table (`full`: every load, size and quantile) to a terminal. Raises `RunError`."""
    from barewire.render.run.formats import text

    text.show(load(run_path), console, full=full)
