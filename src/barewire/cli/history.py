"""`barewire history DIR`: all runs below a directory in time order, and where overheads changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from barewire.cli import completion, formats
from barewire.errors import UsageError


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A directory with runs, at any depth.")],
    since: Annotated[str, typer.Option(help="Only runs since then: 2026-01-31, or with a time of day in UTC.")] = "",
    error: Annotated[
        float, typer.Option(help="False-positive rate per series: the chance to report a change where there is none.")
    ] = 0.01,
    unlike: Annotated[str, typer.Option(help="What may differ between runs of a series: kernel, version ...")] = "",
    full: Annotated[
        bool, typer.Option("--all", "--full", help="Show every series, load, size and quantile, not only changes.")
    ] = False,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit with 1 if the last change of any series is a regression.")
    ] = False,
    format: Annotated[str | None, formats.option("HISTORY", completion.history_formats, "text, all, json")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Output file instead of standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
) -> None:
    """Find changes over many runs.

    Change points: between which two runs results changed, and by how much.
    """
    from barewire import render
    from barewire.results.history.series import history

    wanted = formats.requested_format(format, json=as_json)
    full = full or wanted == "all"
    chosen = render.HISTORY.find("all" if full and wanted == "text" else wanted)
    if not 0.001 <= error <= 0.2:
        raise UsageError(f"--error {error:g} is not between 0.001 and 0.2", remedy="The default is 0.01")
    found = history(folder, error=error, since=since, unlike=unlike, full=full)
    render.emit(chosen, found, out)
    raise typer.Exit(1 if fail and found.worse else 0)
