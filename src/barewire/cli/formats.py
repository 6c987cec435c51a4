"""`-f FORMAT` of the commands that print a document: what there is, listed with `-f help`, and its older spellings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from barewire.errors import UsageError


def option(document: str, completion: Callable[[str], list[str]], some: str) -> Any:
    """The option of a document, named as in `render`; `some` are examples of its formats."""

    def listed(wanted: str | None) -> str | None:
        """Print every format with its description, separated by a tab, for `--format help`."""
        if wanted == "help":
            from barewire import render

            for name, found in getattr(render, document).formats().items():
                typer.echo(f"{name}\t{found.describes}")
            raise typer.Exit
        return wanted

    return typer.Option(
        "--format",
        "-f",
        help=f"Format: {some}; help lists them.",
        callback=listed,
        is_eager=True,
        autocompletion=completion,
        show_default=False,
    )


def requested_format(format: str | None, **shorthands: bool) -> str:
    """The format that is requested by name or by an option like --json; `text` if none is."""
    wanted = [*([format] if format else []), *(name for name, given in shorthands.items() if given)]
    if len(wanted) > 1:
        options = " and ".join(
            [*(["--format"] if format else []), *(f"--{n}" for n, given in shorthands.items() if given)]
        )
        raise UsageError(f"{options} cannot both go to standard output", remedy="Leave one out")
    return wanted[0] if wanted else "text"
