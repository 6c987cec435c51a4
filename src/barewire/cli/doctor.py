"""`barewire doctor`: what this machine can do, what it lacks, and what to do about it."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from barewire.cli import ready, tune
from barewire.errors import UsageError
from barewire.lab.doctor import Check, examine
from barewire.places.local import LocalPlace

_MARKS = {"good": ("ok", "green"), "poor": ("less", "yellow"), "bad": ("no", "red")}
_PROFILE = typer.Argument(
    help="With --tune: none, study-2016, latency, or a file like ./mine.toml.", show_default=False
)
_TUNE = typer.Option("--tune", help="show, apply or restore this machine's settings.", show_default=False)


def command(
    profile: Annotated[str, _PROFILE] = "",
    tuning: Annotated[str | None, _TUNE] = None,
    force: Annotated[bool, typer.Option("--force", help="Restore also what somebody else has set since.")] = False,
    root: Annotated[Path, typer.Option(help="The tree with the machine's /proc and /sys.")] = Path("/"),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check programs, permission, CPUs and kernel features; exit 1 when no study can run. With --tune: settings."""
    if tuning is not None:
        tune.command(tuning, profile, root=root, force=force, json=json)
        return
    if profile:
        raise UsageError(f"a doctor without --tune has no use for {profile!r}", remedy="Write --tune show before it")
    checks = [*examine(LocalPlace()), ready.wall_clock()]
    if json:
        print(json_format.dumps({"schema": "barewire/doctor/1", "checks": [c.record() for c in checks]}, indent=1))
    else:
        Console().print(_table(checks))
    raise typer.Exit(1 if any(check.state == "bad" for check in checks) else 0)


def _table(checks: list[Check]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        mark, colour = _MARKS[check.state]
        said = check.said + (f". {check.remedy}." if check.remedy else "")
        table.add_row(f"[{colour}]{mark}[/{colour}]", check.subject, said)
    return table
