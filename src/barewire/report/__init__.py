"""Reports from a run directory.

    formats()                       what there is: text, json, html
    render(run_path, "html")        one report as text or bytes
    show(run_path, console)         the table on a terminal, as wide as it is

Everything is made from the published files of a run, so every report can be made again, on any machine.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from barewire.errors import UsageError
from barewire.report.data import load
from barewire.report.format import Format, formats

__all__ = ["Format", "formats", "render", "show"]


def render(run_path: Path, format: str) -> str | bytes:
    """The run at `run_path` in a format by name.

    Raises `UsageError` for an unknown format and `RunError` for a run that cannot be read.
    """
    found = formats().get(format)
    if found is None:
        raise UsageError(f"there is no report format {format!r}", remedy=f"Formats: {', '.join(formats())}")
    return found.render(load(run_path))


def show(run_path: Path, console: Console, *, full: bool = False) -> None:
    """Print the loss table (`full`: every load, size and quantile) to a terminal. Raises `RunError`."""
    from barewire.report.writers import text

    text.show(load(run_path), console, full=full)
