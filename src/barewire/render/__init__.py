"""Reports from a run directory.

    names()                         what there is: text, html, json, csv, ...
    render(run_path, "html")        one report: text, bytes, or several files by name
    files(run_path, "csv")          reports under the names that they have in a run's directory
    write(rendered, out)            one report put into a file or a directory
    prepare(out)                    whether that can be written to, asked before anything is measured
    concludes(run_path)             whether it answers its question, or its noise hides everything
    show(run_path, console)         the table on a terminal, as wide as it is

Everything is made from the published files of a run, so every report can be made again, on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console

from barewire.render.format import Format, Rendered, find, formats, names
from barewire.render.output import encoded, prepare, write
from barewire.render.run import conclusion
from barewire.render.run.data import load

__all__ = [
    "Format",
    "Rendered",
    "concludes",
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
    rendered = found.render(load(run_path))
    if isinstance(rendered, Mapping):
        yield from ((found.file_name + name, encoded(content)) for name, content in rendered.items())
    else:
        yield found.file_name, encoded(rendered)


def concludes(run_path: Path) -> bool:
    """Whether the run decides anything that its answer is about. Raises `RunError`."""
    return not conclusion.is_open(load(run_path))


def show(run_path: Path, console: Console, *, full: bool = False) -> None:
    """Print the overhead table (`full`: every load, size and quantile) to a terminal. Raises `RunError`."""
    from barewire.render.formats import text

    text.show(load(run_path), console, full=full)
