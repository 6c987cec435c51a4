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
_ROOT = typer.Option(help="The tree with the machine's /proc and /sys.")
_JSON = typer.Option("--json", help="Print as JSON.")


@app.command(cls=GroupedCommand)
def show(
    profile: Annotated[str, _PROFILE] = "",
    root: Annotated[Path, _ROOT] = Path("/"),
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Show a tuning's settings: now, wanted, can be set. Without one, list them."""
    from barewire.cli import tune_settings

    tune_settings.show(profile, root, json=json)


@app.command(cls=GroupedCommand)
def apply(
    profile: Annotated[str, _PROFILE], root: Annotated[Path, _ROOT] = Path("/"), json: Annotated[bool, _JSON] = False
) -> None:
    """Apply a tuning until it is restored, or until a reboot.

    Exit code 1 if not all of it could be set.
    """
    from barewire.cli import tune_settings

    tune_settings.apply(profile, root, json=json)


@app.command(cls=GroupedCommand)
def restore(
    force: Annotated[bool, typer.Option("--force", help="Also restore settings that were changed since.")] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Put back what barewire changed; exit 1 if something is left."""
    from barewire.cli import tune_settings

    tune_settings.restore(force=force, json=json)
