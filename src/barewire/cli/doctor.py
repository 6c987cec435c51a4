"""`barewire doctor`: what this machine supports, what is missing and how to fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from barewire.cli.far import machines_named
from barewire.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from barewire.lab.doctor import Check

_MARKS = {"good": ("ok", "green"), "poor": ("warn", "yellow"), "bad": ("fail", "red")}
_MARK_WIDTH, _LEAST_WIDTH = 7, 24
"""Columns of a mark with its gaps, and what a sentence takes at least."""


def command(
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    testbed: Annotated[
        str, typer.Option(help="local, ssh (other machines) or kubernetes (a cluster).", metavar="<str>")
    ] = "local",
    machines: Annotated[
        str | None, typer.Option(help="Of ssh: root@a%eth1,root@b%eth1.", metavar="<str>", show_default=False)
    ] = None,
    context: Annotated[str, typer.Option(help="Context of the kubeconfig.", show_default=False)] = "",
    namespace: Annotated[str, typer.Option(help="Namespace of the pods.", show_default=False)] = "",
    image: Annotated[str, typer.Option(help="Image of the pods, as study has it.", show_default=False)] = "",
) -> None:
    """Check what this machine supports and how to fix what is missing.

    Checks programs, permissions, CPUs and the kernel, or with --testbed kubernetes a cluster: rights, admission, nodes.
    Exit code 1 if no study can run.
    """
    far = machines_named(testbed, machines, ("local", "ssh", "kubernetes"))
    if testbed == "kubernetes":
        _examine_cluster(context, namespace, image, json=json)
    if context or namespace or image:
        raise UsageError("--context, --namespace and --image are of a cluster", remedy="Add --testbed kubernetes")
    import json as json_format

    from barewire.cli import ready
    from barewire.lab.doctor import examine
    from barewire.render.terminal import new_console
    from barewire.testbeds.local import LocalTestbed

    where = "these machines" if far else "this machine"
    checks = ready.examine_far(far) if far else [*examine(LocalTestbed()), ready.wall_clock()]
    if json:
        document = {
            "schema": "barewire/doctor/2",
            "checks": [c.record() for c in checks],
            "conclusion": conclusion(checks, where),
        }
        print(json_format.dumps(document, indent=1))
    else:
        console = new_console(highlight=False)
        show_checks(console, checks)
        console.print(f"\n{conclusion(checks, where)}", markup=False)
    raise typer.Exit(1 if any(check.state == "bad" for check in checks) else 0)


def _examine_cluster(context: str, namespace: str, image: str, *, json: bool) -> NoReturn:
    """The checks of a cluster, and a Role that grants what is missing."""
    import json as json_format

    from barewire.lab.doctor import Check
    from barewire.testbeds import kubernetes

    kubernetes.require()
    from barewire.testbeds.kubernetes import access, checks, ways
    from barewire.testbeds.kubernetes.connection import connected

    with connected(context, namespace) as cluster:
        found = [
            Check(subject, state, said, remedy)
            for subject, state, said, remedy in checks.examine(cluster, image or ways.IMAGE)
        ]
        role = access.role(cluster.namespace)
    bad = list(dict.fromkeys(check.subject for check in found if check.state == "bad"))
    sentence = (
        f"No study can run on this cluster: see {', '.join(bad)} above." if bad else "Studies can run on this cluster."
    )
    if json:
        records = [check.record() for check in found]
        print(json_format.dumps({"schema": "barewire/doctor/2", "checks": records, "conclusion": sentence}, indent=1))
    else:
        from barewire.render.terminal import new_console

        console = new_console(highlight=False)
        show_checks(console, found)
        console.print(f"\n{sentence}", markup=False)
        if any(check.state == "bad" and check.subject.startswith("right") for check in found):
            console.print(f"\n{role}", markup=False)
    raise typer.Exit(1 if bad else 0)


def conclusion(checks: Sequence[Check], where: str = "this machine") -> str:
    """One sentence: whether a study can run here, what is missing, and whether the wall clock can be used."""
    bad = [check.subject for check in checks if check.state == "bad"]
    if bad:
        return f"No study can run on {where}: see {', '.join(bad)} above."
    clock = next((check for check in checks if check.subject == "wall clock"), None)
    lacks = [check.subject for check in checks if check.state == "poor" and check is not clock]
    who = "It is" if where == "this machine" else "They are"
    sentence = f"Studies can run on {where}" + (f", with limits for: {', '.join(lacks)}." if lacks else ".")
    if clock is not None and clock.state == "good":
        sentence += f" {who} fit for wall-clock studies now."
    elif clock is not None:
        sentence += f" {who} not fit for wall-clock studies now: see wall clock above."
    return sentence


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    """Print the checks; what was found stands below its subject where there is little room beside it."""
    from rich.table import Table
    from rich.text import Text

    beside = console.width - max(len(check.subject) for check in checks) - _MARK_WIDTH >= _LEAST_WIDTH
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    if beside:
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        mark, colour = _MARKS[check.state]
        said = check.said.rstrip(".") + (f". {check.remedy}" if check.remedy else "")
        said += "." if check.remedy and not said.endswith((".", "?")) else ""
        table.add_row(Text(mark, style=colour), Text(check.subject), *([Text(said)] if beside else []))
        if not beside:
            table.add_row("", Text(said))
    console.print(table)
