"""The stages of every network on a terminal, side by side where they fit."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from barewire.explain.document import document
from barewire.explain.run import Explanation
from barewire.render import terminal
from barewire.render.format import Format
from barewire.results import explained

_STAGE, _NETWORK = 26, 17
"""Columns of a stage's name and of a network."""


def show(answer: Explanation, console: Console) -> None:
    """Print the stages."""
    found = document(answer)
    console.print(
        f"Instructions per {found.operation} of {found.load} on Linux {found.kernel}, and what each network "
        f"takes more than {found.baseline}.\n", highlight=False,
    )  # fmt: skip
    # Side by side only what fits; the rest below.
    each = max(1, (console.width - _STAGE) // _NETWORK)
    for at in range(0, len(found.networks), each):
        console.print(_table(found, found.networks[at : at + each]), "")


def plain(answer: Explanation) -> str:
    """The stages without colours, as wide as the terminal; 100 columns where there is none."""
    return terminal.plain(show, answer)


def _table(found: explained.Document, shown: Sequence[explained.ExplainedNetwork]) -> Table:
    table = terminal.new_table(rule=False)
    table.add_column("stage", no_wrap=True)
    for one in shown:
        table.add_column(one.network, justify="right", no_wrap=True)
    for name in shown[0].stages:
        costs = [one.stages[name] for one in shown]
        if any(cost.instructions >= found.least or abs(cost.difference) >= found.least for cost in costs):
            table.add_row(name, *(_cell(found, cost.instructions, cost.difference) for cost in costs))
    table.add_row("all", *(_cell(found, one.instructions, one.difference) for one in shown), style="bold")
    return table


def _cell(found: explained.Document, instructions: float, more: float) -> Text:
    text = Text(f"{instructions:,.{found.digits}f}")
    if abs(more) >= found.least:
        text.append(f" {more:+,.{found.digits}f}".rjust(8), style="red" if more > 0 else "blue")
    return text


FORMAT = Format("text", "explain.txt", "the stages of every network", plain, show)
