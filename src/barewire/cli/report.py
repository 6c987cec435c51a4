"""`barewire report RUN`: make a report again from a run directory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from barewire import report
from barewire.errors import UsageError


def command(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    format: Annotated[str, typer.Option("--format", "-f", help="text, all, json or html.")] = "text",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A file instead of standard output.")] = None,
) -> None:
    """Print the loss table of a run, or write its report in another format."""
    if out is None and format in ("text", "all") and sys.stdout.isatty():
        report.show(run, Console(), full=format == "all")
        return
    rendered = report.render(run, format)
    content = rendered if isinstance(rendered, bytes) else rendered.encode()
    if out is not None:
        try:
            out.write_bytes(content)
        except OSError as error:
            raise UsageError(f"cannot write {out}", said=error.strerror or str(error)) from error
        return
    sys.stdout.buffer.write(content.rstrip(b"\n") + b"\n")
