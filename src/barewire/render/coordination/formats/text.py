"""The tables of every network on a terminal."""

from __future__ import annotations

from rich.console import Console

from barewire.records.coordination import CostDocument
from barewire.render import terminal
from barewire.render.coordination.tables import notes, tables, title
from barewire.render.format import Format


def show(document: CostDocument, console: Console) -> None:
    """Print the tables."""
    console.print(title(document), style="bold", highlight=False)
    for network in document.networks:
        console.print()
        console.print(network.network, style="bold", highlight=False)
        for one in tables(network):
            table = terminal.new_table()
            for place, head in enumerate(one.titles):
                table.add_column(head, justify="right" if place in one.numbers else "left", overflow="fold")
            for row in one.rows:
                table.add_row(*row)
            console.print(table, "")
        for note in notes(network):
            terminal.print_paragraph(console, note)


def plain(document: CostDocument) -> str:
    """The tables without colours, as wide as the terminal; 140 columns where there is none."""
    return terminal.plain(show, document, 140)


FORMAT = Format("text", "cost.txt", "tables with the formula of each figure", plain, show)
