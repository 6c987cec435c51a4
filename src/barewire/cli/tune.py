"""`barewire tune show|apply|restore`: this machine's settings, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from barewire.cli import completion
from barewire.cli.grouped import GroupedCommand

app = typer.Typer(help="Show, apply and restore this machine's settings.", no_args_is_help=True)
_KNOWN = "none, study-2016, latency, or a file like ./mine.toml."
_PROFILE = typer.Argument(help=_KNOWN, show_default=False, autocompletion=completion.tuning)
_ROOT = typer.Option(help="Root of the tree with /proc and /sys.")
_JSON = typer.Option("--json", help="Print as JSON.")


@app.command(cls=GroupedCommand)
def show(
    profile: Annotated[str, _PROFILE] = "",
    root: Annotated[Path, _ROOT] = Path("/"),
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Show the settings of a tuning: current, wanted, can be set. Without a name, list tunings."""
    from barewire.cli import tune_settings

    tune_settings.show(profile, root, json=json)


@app.command(cls=GroupedCommand)
def apply(
    profile: Annotated[str, _PROFILE], root: Annotated[Path, _ROOT] = Path("/"), json: Annotated[bool, _JSON] = False
) -> None:
    """Apply a tuning until `tune restore` or a reboot.

    Exit code 1 if a setting could not be set.
    """
    from barewire.cli import tune_settings

    tune_settings.apply(profile, root, json=json)


@app.command(cls=GroupedCommand)
def restore(
    force: Annotated[bool, typer.Option("--force", help="Also restore settings that were changed since.")] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Restore what barewire changed; exit code 1 if something is left."""
    from barewire.cli import tune_settings

    tune_settings.restore(force=force, json=json)
