"""`barewire compare RUN RUN...`: the same networks before and after, and gates for a CI."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from barewire.cli import completion
from barewire.errors import UsageError


def command(
    runs: Annotated[
        list[Path],
        typer.Argument(autocompletion=completion.runs, help="Run directories; each is compared with the first."),
    ],
    gate: Annotated[
        list[str] | None,
        typer.Option(help='A limit, like "flannel/vxlan p99 <= 5%"; several may be given.'),
    ] = None,
    unlike: Annotated[
        str, typer.Option(help="What the comparison is about and may differ, like kernel,tuning,version.")
    ] = "",
    full: Annotated[bool, typer.Option("--full", help="Every load, size and quantile.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="A Markdown table.")] = False,
) -> None:
    """Compare runs, before and after, with intervals, and judge gates.

    With gates the exit code is 0 if all hold, 1 if one is broken for certain, 3 if the runs cannot tell.
    """
    from rich.console import Console

    from barewire.compare import answer as answers
    from barewire.compare import table
    from barewire.compare.document import document
    from barewire.compare.markdown import markdown

    if as_json and as_markdown:
        raise UsageError("--json and --markdown cannot both go to standard output", remedy="Leave one out")
    found = answers.compared(runs, unlike, gate or ())
    if as_json:
        print(json.dumps(document(found), allow_nan=False, indent=1))
    elif as_markdown:
        print(markdown(found, full=full), end="")
    elif sys.stdout.isatty():
        table.show(found, Console(), full=full)
    else:
        print(table.plain(found, full=full), end="")
    if as_json or as_markdown:
        for judged in found.judged:
            print(judged.sentence, file=sys.stderr)
    raise typer.Exit(found.exit_code)
