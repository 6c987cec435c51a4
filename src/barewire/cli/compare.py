"""`barewire compare RUN RUN...`: the same networks before and after, and gates for a CI."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from barewire.cli import completion, formats
from barewire.cli.grouped import GroupedCommand
from barewire.errors import UsageError

_BETWEEN = "\x1d"
"""In place of --, which ends options for the library of the command line and is then forgotten."""


def parse_margin(text: str) -> float:
    """The margin as a share of 1: `5%`, `5` and `0.5` are per cent."""
    match = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%?\s*", text)
    if match is None or not 0 < float(match[1]) <= 100:
        raise UsageError(f"--margin cannot be {text!r}", remedy="Write a share above 0 and at most 100%, like 5%")
    return float(match[1]) / 100


class SidesCommand(GroupedCommand):
    """A command whose arguments -- parts into sides, options standing anywhere."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As every command, with -- kept."""
        return super().parse_args(ctx, [_BETWEEN if one == "--" else one for one in args])


COMMAND_CLASS = SidesCommand


def sides(runs: Sequence[Path]) -> list[Path | list[Path]]:
    """Each run a side of its own; where -- stands, the runs between two of them are one."""
    if Path(_BETWEEN) not in runs:
        return list(runs)
    found: list[list[Path]] = [[]]
    for run in runs:
        if run == Path(_BETWEEN):
            found.append([])
        else:
            found[-1].append(run)
    if not all(found):
        raise UsageError("a side has no run", remedy="Write: barewire compare A1 A2 A3 -- B1 B2 B3")
    return list(found)


def command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            autocompletion=completion.runs,
            help="Run directories; each is compared with the first. -- separates sides with several runs.",
        ),
    ],
    gate: Annotated[
        list[str] | None,
        typer.Option(help='A limit, like "flannel/vxlan p99 <= 5%"; may be repeated.'),
    ] = None,
    unlike: Annotated[
        str, typer.Option(help="What may differ between the runs: kernel, tuning, version, rates ...")
    ] = "",
    history: Annotated[
        Path | None,
        typer.Option(help="A directory of earlier runs, to estimate the variation between runs."),
    ] = None,
    margin: Annotated[
        str | None,
        typer.Option(help="Margin of equivalence (5%): the whole interval must lie within it."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--all", "--full", help="Show every row, load, size and quantile, not only changes.")
    ] = False,
    format: Annotated[
        str | None, formats.option("COMPARISON", completion.comparison_formats, "text, all, markdown, json")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Output file instead of standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Short for --format markdown.")] = False,
) -> None:
    """Compare runs before and after a change, and find regressions.

    Changes have confidence intervals; gates are limits for CI. With several runs per side (compare A1 A2 A3 -- B1 B2 B3) the
    variation between runs is estimated from them; with one per side, from the runs of --history.

    The exit code is 0 if all gates hold, 1 if one is broken, and 3 if one is undecided or the runs
    decide nothing.
    """
    from barewire import render
    from barewire.render.comparison.gates import sentence
    from barewire.results.comparison import answer as answers

    wanted = formats.requested_format(format, json=as_json, markdown=as_markdown)
    if full:
        whole = {"text": "all", "all": "all", "markdown": "markdown-all", "markdown-all": "markdown-all"}
        if wanted not in whole:
            named = "--json" if as_json else f"--format {wanted}"
            raise UsageError(f"--all has no effect with {named}, which has every row", remedy="Leave --all out")
        wanted = whole[wanted]
    chosen = render.COMPARISON.find(wanted)
    found = answers.compared(
        sides(runs), unlike, gate or (), history=history, margin=None if margin is None else parse_margin(margin)
    )
    render.emit(chosen, found, out)
    if out is not None or not chosen.show:
        for judged in found.judged:
            print(sentence(judged), file=sys.stderr)
    raise typer.Exit(found.exit_code)
