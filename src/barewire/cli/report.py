"""`barewire report RUN`: make a report again from a run directory, or from that of a study over conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from barewire.cli import completion


def _listed(wanted: str) -> str:
    """Print every format with its description, separated by a tab, for `--format help`."""
    if wanted == "help":
        from barewire import render

        for name, found in render.formats().items():
            typer.echo(f"{name}\t{found.describes}")
        raise typer.Exit
    return wanted


_FORMAT = typer.Option(
    "--format",
    "-f",
    help="Format: text, all, html, svg, csv ...; help lists them.",
    callback=_listed,
    is_eager=True,
    autocompletion=completion.formats,
)


def command(
    run: Annotated[
        Path,
        typer.Argument(help="Directory of a run, or of a study over conditions.", autocompletion=completion.runs),
    ],
    format: Annotated[str, _FORMAT] = "text",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Output file (or directory) instead of standard output.")
    ] = None,
) -> None:
    """Print a run's overhead table, or write it in another format.

    A study over conditions has a joint report: text, all, markdown, json or html.
    """
    import sys

    from rich.console import Console

    from barewire import render
    from barewire.errors import UsageError
    from barewire.render import study as overview

    found = render.find(format)
    study = None
    if overview.is_at(run):
        overview.check(run, format)
        study = overview.load(run)
    if out is None and format in ("text", "all") and sys.stdout.isatty():
        if study:
            overview.show(study, Console(), full=format == "all")
        else:
            render.show(run, Console(), full=format == "all")
        return
    if out is None and found.is_directory:
        raise UsageError(f"{format} is several files", remedy="Give a directory for them: --out DIR")
    rendered = overview.render(study, format) if study else render.render(run, format)
    if out is not None:
        render.write(rendered, out)
        return
    assert isinstance(rendered, str | bytes)
    if isinstance(rendered, bytes) and sys.stdout.isatty():
        raise UsageError(f"{format} is not text, and standard output is a terminal", remedy="Give a file: --out FILE")
    if isinstance(rendered, str):
        rendered = rendered.rstrip("\n") + "\n"
    if isinstance(rendered, str) and format in ("text", "all"):
        sys.stdout.write(rendered)  # for people, in the encoding of their terminal
    else:
        sys.stdout.buffer.write(render.encoded(rendered))
