"""`barewire networks`: the networks that barewire knows, and the parts they are made of."""

from __future__ import annotations

_TITLES = ("network", "attach", "transport", "policy", "what it is")


def command() -> None:
    """List the networks and the parts they are made of."""
    from rich.console import Console

    from barewire.cli.columns import show
    from barewire.networks import catalogue

    rows = [
        (spec.name, str(spec.attach), str(spec.transport), str(spec.policy), catalogue.network(spec).summary)
        for spec in catalogue.presets()
    ]
    # A column that says nothing about any network takes room from the others.
    if all(row[3] == "none" for row in rows):
        show(Console(), [*_TITLES[:3], _TITLES[4]], [(*row[:3], row[4]) for row in rows])
    else:
        show(Console(), _TITLES, rows)
