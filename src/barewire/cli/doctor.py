"""`barewire doctor`: what this machine supports, what is missing and how to fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from barewire.lab.doctor import Check

_MARKS = {"good": ("ok", "green"), "poor": ("warn", "yellow"), "bad": ("fail", "red")}


def command(json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Check what this machine supports and how to fix what is missing.

    Checks programs, permissions, CPUs and the kernel. Exit code 1 if no study can run.
    """
    import json as json_format

    from rich.console import Console

    from barewire.cli import ready
    from barewire.lab.doctor import examine
    from barewire.testbeds.local import LocalTestbed

    checks = [*examine(LocalTestbed()), ready.wall_clock()]
    if json:
        document = {
            "schema": "barewire/doctor/2",
            "checks": [c.record() for c in checks],
            "conclusion": conclusion(checks),
        }
        print(json_format.dumps(document, indent=1))
    else:
        console = Console(highlight=False)
        console.print(_table(checks))
        console.print(f"\n{conclusion(checks)}", markup=False)
    raise typer.Exit(1 if any(check.state == "bad" for check in checks) else 0)


def conclusion(checks: Sequence[Check]) -> str:
    """One sentence: whether a study can run here, what is missing, and whether the wall clock can be used."""
    bad = [check.subject for check in checks if check.state == "bad"]
    if bad:
        return f"No study can run on this machine: see {', '.join(bad)} above."
    clock = next((check for check in checks if check.subject == "wall clock"), None)
    lacks = [check.subject for check in checks if check.state == "poor" and check is not clock]
    sentence = "Studies can run on this machine" + (f", with limits for: {', '.join(lacks)}." if lacks else ".")
    if clock is not None and clock.state == "good":
        sentence += " It is fit for wall-clock studies now."
    elif clock is not None:
        sentence += " It is not fit for wall-clock studies now: see wall clock above."
    return sentence


def _table(checks: Sequence[Check]) -> Table:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        mark, colour = _MARKS[check.state]
        said = check.said.rstrip(".") + (f". {check.remedy}." if check.remedy else "")
        table.add_row(f"[{colour}]{mark}[/{colour}]", check.subject, said)
    return table
