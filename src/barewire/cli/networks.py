"""`barewire networks`: the networks that barewire knows, and the parts they are made of."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from barewire.networks import catalogue


def command() -> None:
    """List the networks by name with their parts."""
    table = Table("network", "attach", "transport", "enforce", "what it is", box=None)
    for spec in catalogue.presets():
        network = catalogue.network(spec)
        table.add_row(
            spec.name, str(spec.attach), str(spec.transport), str(spec.enforce), network.summary, end_section=False
        )
    Console().print(table)
