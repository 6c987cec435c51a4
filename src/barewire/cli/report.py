"""`barewire report RUN`: make a report again from a run directory, or from that of a study over conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from barewire.cli import completion, formats


def command(
    run: Annotated[
        Path,
        typer.Argument(help="Directory of a run, or of a study over conditions.", autocompletion=completion.runs),
    ],
    format: Annotated[str, formats.option("RUN", completion.formats, "text, all, html, svg, csv ...")] = "text",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Output file (or directory) instead of standard output.")
    ] = None,
) -> None:
    """Print a run's overhead table, or write it in another format.

    A study over conditions has a joint report: text, all, markdown, json or html.
    """
    from barewire import render
    from barewire.render import study as overview
    from barewire.render.run.data import load

    found = render.find(format)
    if overview.is_at(run):
        overview.check(run, format)
        render.emit(render.STUDY.find(format), overview.load(run), out)
    else:
        render.emit(found, load(run), out)
