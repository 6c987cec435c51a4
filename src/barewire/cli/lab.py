"""`barewire lab`: build a network and keep it, to inspect it."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from barewire.cli import completion
from barewire.cli.grouped import GroupedCommand
from barewire.errors import UsageError

if TYPE_CHECKING:
    from barewire.lab.lab import Lab
    from barewire.lab.proof import Proof
    from barewire.lab.registry import LabInfo
    from barewire.model.network import Wire

app = typer.Typer(help="Build a network and keep it, to inspect it.", no_args_is_help=True)
_READY = b"ready"


@app.command("up", cls=GroupedCommand)
def up(
    network: Annotated[
        str,
        typer.Argument(
            help="A network: flannel/vxlan, ptp+vxlan ... (see barewire networks)", autocompletion=completion.network
        ),
    ],
    nodes: Annotated[int, typer.Option(help="Number of nodes.", min=2, max=1000)] = 2,
    racks: Annotated[
        str,
        typer.Option(
            "--topology",
            help="Racks with a router each: racks=2,nodes=2,spines=0,pair=across (or within); or a file: FILE.toml.",
            autocompletion=completion.topology_files,
        ),
    ] = "",
    pods: Annotated[int, typer.Option(help="Pods per node.", min=1, max=40)] = 1,
    name: Annotated[str, typer.Option(help="The lab's name.", show_default="the network's")] = "",
    family: Annotated[str, typer.Option(help="IP versions: 4, 6 or 46 (both).")] = "4",
    wire: Annotated[str, typer.Option(help="Underlay: rate=10gbit,delay=50us,loss=1%,mtu=1500,offloads=off.")] = "",
    every: Annotated[
        bool, typer.Option("--prove-every-pair", help="Verify every pair of nodes, not a sample.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return once the lab is up.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the equivalent commands and exit.")] = False,
) -> None:
    """Build a lab, verify it, and keep it until Ctrl-C or `lab down`."""
    from barewire.lab import hold
    from barewire.lab.lab import desired_state
    from barewire.model.addresses import AddressPlan
    from barewire.model.commands import script
    from barewire.model.network import Topology
    from barewire.model.racks import BOTH
    from barewire.model.racks_outline import outline
    from barewire.model.topology_text import parse_topology
    from barewire.networks import catalogue
    from barewire.testbeds.local import LocalTestbed
    from barewire.testbeds.underlay import loss as wire_loss

    no_use = (("--detach", detach), ("--name", name), ("--prove-every-pair", every))
    if dry_run and (ignored := [word for word, given in no_use if given]):
        raise UsageError(
            f"{' and '.join(ignored)} cannot be given with --dry-run",
            said="no lab is made",
            remedy="Leave one of them out",
        )
    if family not in ("4", "6", "46", "64"):
        raise UsageError(f"--family cannot be {family!r}", remedy="Write 4, 6 or 46")
    testbed = LocalTestbed()
    built = catalogue.network(catalogue.parse(network))
    placed, pair = parse_topology(racks)
    if pair == BOTH:
        raise UsageError("a lab has one measured pair", remedy="Write pair=across or pair=within")
    if placed and nodes != 2:
        raise UsageError("--nodes cannot be given with --topology", remedy="Write --topology racks=R,nodes=N")
    topology = Topology.uniform(
        nodes,
        pods,
        addresses=AddressPlan(families=tuple(map(int, family))),
        wire=_wire(wire),
        racks=placed,
        pair=pair,
    )
    if dry_run:
        machine = testbed.machine()
        wanted = desired_state(built, topology, machine.congestion_control, ipv6=machine.has_ipv6)
        for line in outline(placed) if placed else ():
            print(f"# {line}")
        print(script(wanted.merged(wire_loss(topology))), end="")
        if built.program:
            print(f"# then {built.program.facts.summary}")
        return
    if detach and _detached(sys.argv):
        return
    if os.environ.get("BAREWIRE_READY_FD"):
        os.chdir("/")  # the caller's folder would be busy for as long as the lab is up
    hold.hold(name or _name(network), built, topology, testbed, _ready, every=every)


@app.command("list", cls=GroupedCommand)
def list_labs(
    json: Annotated[bool, typer.Option("--json", help="Print as JSON, with namespaces and pids.")] = False,
) -> None:
    """List the labs that are up."""
    import json as json_format

    from rich.table import Table

    from barewire.kernel.residents import residents
    from barewire.lab import registry
    from barewire.records.fields import plain
    from barewire.records.labs import LabRecord, LabsDocument, NamespaceRecord
    from barewire.render.terminal import new_console

    if json:
        labs = tuple(
            LabRecord(
                info.name, info.network, info.nodes, info.pods, info.routers,
                tuple(NamespaceRecord(one.name, one.netns, one.pids) for one in residents(info.init)),
                info.init, info.holder, info.since,
            )
            for info in registry.labs()
        )  # fmt: skip
        print(json_format.dumps(plain(LabsDocument("barewire/labs/2", labs)), indent=1))
        return
    table = Table("name", "network", "nodes", "pods", "since", box=None)
    for info in registry.labs():
        table.add_row(info.name, info.network, str(info.nodes), str(len(info.pods)), info.since)
    new_console().print(table if table.row_count else "no lab is up; make one with: barewire lab up NETWORK")


@app.command("exec", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def execute(
    pod: Annotated[
        str,
        typer.Argument(
            help="A pod like n1-p1, a node like n1 or a namespace that was added; LAB/POD when several labs are up.",
            autocompletion=completion.pods,
        ),
    ],
    command: Annotated[list[str], typer.Argument(help="The program and its arguments, after --.")],
) -> None:
    """Run a program in a pod or node, on this terminal. Namespaces that it adds with `ip netns add` stay."""
    from barewire.kernel import enter

    info, where = _find(pod)
    namespace = dict(zip(info.pods, info.namespaces, strict=True)).get(where, where)
    enter.become(info.init, namespace, where, command)


@app.command("down", cls=GroupedCommand)
def down(name: Annotated[str, typer.Argument(help="The lab's name.", autocompletion=completion.labs)]) -> None:
    """Remove a lab and everything in it."""
    from barewire.lab import registry

    registry.end(name)


def _wire(text: str) -> Wire:
    """The underlay. What reads it is the plan of a study, which loads more than a lab takes, so a wire by default does
    without."""
    from barewire.model.network import Wire

    if not text:
        return Wire()
    from barewire.study.design.plan_file import load_plan

    return load_plan(None, {"wire": text}).wire.wire()


def _name(network: str) -> str:
    """A lab's name made of its network's: what names cannot have becomes a dash, and of a file's path its last part is left."""
    short = re.sub(r"(?<=[:=])[^+:]*/", "", network)
    return re.sub(r"[^a-z0-9.]+", "-", short.lower()).strip("-.")[:40]


def _find(pod: str) -> tuple[LabInfo, str]:
    from barewire.lab import registry

    lab, _, where = pod.rpartition("/")
    if lab:
        info = registry.find(lab)
    else:
        labs = registry.labs()
        if len(labs) != 1:
            names = ", ".join(found.name for found in labs)
            raise UsageError(
                f"which lab is {pod} in",
                said=f"there are {names}" if labs else "no lab is up",
                remedy=f"Write LAB/{pod}" if labs else "Make one with barewire lab up NETWORK",
            )
        info = labs[0]
    from barewire.kernel.residents import residents

    nodes = [f"n{index}" for index in range(1, info.nodes + 1)]
    if where not in (*info.pods, *nodes, *info.routers, *(one.name for one in residents(info.init))):
        there = ", ".join([*info.pods, *nodes, *info.routers])
        raise UsageError(f"lab {info.name} has no pod {where}", said=f"it has {there}")
    return info, where


def _ready(info: LabInfo, lab: Lab, proofs: tuple[Proof, ...]) -> None:
    took = lab.applied.nanoseconds / 1e6
    _say(f"lab {info.name}: {info.network}, {info.nodes} nodes, {len(info.pods)} pods, built in {took:.0f} ms")
    if lab.desired.daemons and (found := lab.converge()).routes:
        slowest, when = found.slowest
        learned = f"{found.routes} routes learned in {len(found.nanoseconds)} namespaces"
        _say(f"  converged in {when / 1e9:.2f} s: {learned}, {slowest} last")
    for claim in proofs[0].claims:
        _say(f"  observed: {claim.claim}: {claim.seen}" if proofs[0].observed else f"  proved: {claim.claim}")
    pairs, first = len(proofs) // len(lab.topology.addresses.families), proofs[0]
    _say(f"  with {pairs} pairs of nodes, {first.client} and {first.server} first")
    for pod in lab.topology.pods[:8]:
        addresses = [lab.network.pod_address(lab.topology, pod, family) for family in lab.topology.addresses.families]
        _say(f"  {pod.name}  {'  '.join(map(str, addresses))}")
    _say(f"try: barewire lab exec {info.name}/{info.pods[0]} -- ip address")
    _say(f"end: Ctrl-C, or barewire lab down {info.name}")
    fd = os.environ.pop("BAREWIRE_READY_FD", "")
    if fd:
        os.write(int(fd), _READY)
        os.close(int(fd))


def _say(line: str) -> None:
    """Print on standard error; without rich, whose import takes as long as ten nodes."""
    print(line, file=sys.stderr)


def _detached(argv: list[str]) -> bool:
    """Start the same command as a process of its own session and wait until it is ready or has failed."""
    import signal
    import subprocess

    if os.environ.get("BAREWIRE_READY_FD"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return False
    ready, ours = os.pipe()
    # Its output goes to memory: a pipe would keep its reader waiting until the lab has ended, and a file needs a folder.
    with os.fdopen(os.memfd_create("words"), "w+b") as words:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "barewire", *argv[1:]],
            stdin=subprocess.DEVNULL, stdout=words, stderr=words, pass_fds=[ours], start_new_session=True,
            env={**os.environ, "BAREWIRE_READY_FD": str(ours)},
        )  # fmt: skip
        os.close(ours)
        with os.fdopen(ready, "rb") as pipe:
            up = pipe.read() == _READY
        words.seek(0)
        sys.stderr.write(words.read().decode(errors="replace"))
    if not up:
        raise typer.Exit(process.wait())
    return True
