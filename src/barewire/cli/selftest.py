"""`barewire selftest`: what the load generator itself costs, on this machine or between two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from barewire.cli.far import machines_named

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from barewire.lab.pinning import Pinning
    from barewire.model.network import Wire
    from barewire.testbeds.testbed import Testbed
    from barewire.workloads.generator.selftest import Selftest


def command(
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="About 4 s, as before every study, instead of 15 s.")] = False,
    testbed: Annotated[str, typer.Option(help="local or ssh (between other machines).", metavar="<str>")] = "local",
    machines: Annotated[
        str | None, typer.Option(help="Of ssh: root@a%eth1,root@b%eth1.", metavar="<str>", show_default=False)
    ] = None,
) -> None:
    """Measure the cost of the load generator itself, on this machine or between two.

    Its latency, lateness and maximum rate against barewire-serve.
    """
    import json as json_format
    import sys

    from barewire import __version__
    from barewire.records import plain
    from barewire.render.terminal import new_console
    from barewire.workloads.generator import selftest

    console = new_console(stderr=True)
    lengths = selftest.QUICK if quick else selftest.FULL
    with (
        console.status("labs are made") as status,
        _opened(machines_named(testbed, machines, ("local", "ssh"))) as (labs, pins, wire),
    ):
        found = selftest.run(labs, pins, lengths, lambda text: status.update(text), wire)
    if json:
        verdict = {"fit": not found.faults, "reasons": list(found.faults)}
        about = {"schema": "barewire/selftest/2", "version": __version__}
        document = {**about, **plain(found.record()), "verdict": verdict}
        json_format.dump(document, sys.stdout, indent=1)
        print()
    else:
        _show(found, new_console())


@contextmanager
def _opened(machines: Sequence[str]) -> Iterator[tuple[Testbed, Pinning, Wire]]:
    """The testbed, the CPUs that a study on it would use, and the wire."""
    from barewire.lab import pinning
    from barewire.model.network import Wire
    from barewire.testbeds.local import LocalTestbed

    if not machines:
        local = LocalTestbed()
        machine = local.machine()
        yield local, pinning.choose("auto", "auto", "auto", machine.cpus, machine.processors), Wire()
        return
    from barewire.study.design.plan_file import load_plan
    from barewire.study.execution import survey
    from barewire.study.execution.sources.labs import pins_apart
    from barewire.testbeds.ssh.target import parse_targets
    from barewire.testbeds.ssh.testbed import SshTestbed

    plan = load_plan(None, {"networks": ("host",), "testbed": "ssh", "machines": tuple(machines)})
    with SshTestbed(parse_targets(plan.machines)) as far:
        yield far, pins_apart(plan, survey.topology(plan).ends, far.machines()), far.usual_wire()


def _show(found: Selftest, console: Console) -> None:
    from barewire.results import words
    from barewire.workloads.generator import selftest

    where = ", ".join(f"{role} on CPU {' '.join(map(str, cpus))}" for role, cpus in found.pinning.record().items())
    console.print(
        f"Generator and server alone: {where}; the client waits by {found.pinning.timing}.\n", highlight=False
    )
    wire = any(one.wire_ns is not None for one in found.bias)
    titles = ["latency", "service", *(["on the wire"] if wire else [])]
    table = _table(f"at {selftest.BIAS_PER_S:.0f}/s", [f"{title}\n{q}" for title in titles for q in ("p50", "p99")])
    for one in found.bias:
        sides = [one.latency_ns, one.service_ns, *([one.wire_ns or {}] if wire else [])]
        cells = [words.value(side.get(key), "ns") for side in sides for key in ("0.5", "0.99")]
        table.add_row(f"{one.protocol} by {one.path}", *cells)
    console.print(table, "")
    titles = [f"{title}\n{q}" for title in ("taken up", "sent") for q in ("p50", "p99", "max")]
    table = _table(f"late at {selftest.PACING_PER_S:.0f}/s", titles)
    for late in found.pacing:
        sides = [late.pacing_ns, late.lag_ns]
        table.add_row(
            late.timing, *(words.value(side.get(key), "ns") for side in sides for key in ("0.5", "0.99", "max"))
        )
    console.print(table, "")
    table = _table(f"{selftest.CONNECTIONS} connections", ["one core each\nat most"])
    for most in found.maximum:
        table.add_row(most.protocol, words.value(most.rate_per_s, "1/s"))
    console.print(table, "")
    steps = words.value(found.resolution_ns, "ns")
    console.print(f"The clock counts in steps of {steps}. All of it took {found.seconds:.1f} s.", highlight=False)
    console.print(f"\n{_verdict(found)}", highlight=False)


def _verdict(found: Selftest) -> str:
    from barewire.results import words

    if found.faults:
        return (
            f"Verdict: not fit to measure now, because {'; '.join(found.faults)}. Stop what else runs here, give barewire "
            "CPUs of its own, or count instructions: barewire study --clock counted"
        )
    floor = [one for one in found.bias if one.protocol == "tcp"][-1]
    late, most = words.value(found.used.pacing_ns["0.99"], "ns"), max(one.rate_per_s for one in found.maximum)
    return (
        f"Verdict: fit to measure. The generator is late by {late} at p99 (limit 1 ms), reaches {words.value(most, '1/s')} "
        f"on one core, and no latency below {words.value(floor.latency_ns['0.5'], 'ns')} (p50 of tcp by {floor.path}) is a "
        "network's."
    )


def _table(first: str, others: list[str]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column(f"\n{first}", no_wrap=True)
    for title in others:
        table.add_column(title, justify="right", min_width=7)
    return table
