"""`barewire networks`: the networks that barewire knows, their parts, plans of prefixes, and what coordination costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from barewire.cli import completion, formats
from barewire.cli.grouped import GroupedCommand

_TITLES = ("network", "attach", "transport", "policy", "what it is")

app = typer.Typer(help="List the networks and the parts they are made of; plan prefixes; show what coordination costs.")


@app.callback(invoke_without_command=True)
def list_networks(context: typer.Context) -> None:
    """List the networks and the parts they are made of; plan prefixes; show what coordination costs."""
    if context.invoked_subcommand is None:
        show_presets()


def show_presets() -> None:
    """Print every preset with its parts."""
    from barewire.cli.columns import show
    from barewire.networks import catalogue
    from barewire.render.terminal import new_console

    rows = [
        (spec.name, str(spec.attach), str(spec.transport), str(spec.policy), catalogue.network(spec).summary)
        for spec in catalogue.presets()
    ]
    # A column that says nothing about any network takes room from the others.
    if all(row[3] == "none" for row in rows):
        show(new_console(), [*_TITLES[:3], _TITLES[4]], [(*row[:3], row[4]) for row in rows])
    else:
        show(new_console(), _TITLES, rows)


@app.command("plan", cls=GroupedCommand)
def plan(
    topology: Annotated[Path, typer.Argument(metavar="TOPOLOGY", help="A topology of Romana, as JSON.")],
    hosts: Annotated[
        Path | None, typer.Option(help="Hosts to add, as JSON: a list with name, ip and tags of each.")
    ] = None,
    node: Annotated[str, typer.Option(help="Print the routes of this node instead of the tree.")] = "",
    blocks: Annotated[
        int | None, typer.Option(help="Blocks that each node has, where the topology has no allocations (1).", min=0)
    ] = None,
    format: Annotated[
        str | None, formats.option("PREFIXES", completion.prefixes_formats, "text, markdown, json")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Output file instead of standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Short for --format markdown.")] = False,
) -> None:
    """Plan the prefixes of a Romana topology.

    Prints the tree of zones, racks and groups with the nodes in each, the routes that nodes and routers hold, and how much
    room is left. Nothing is built. The exit code is 1 if an allocation of the topology gets no address.
    """
    from barewire import render
    from barewire.cli import planning

    wanted = formats.requested_format(format, json=as_json, markdown=as_markdown)
    if node:
        planning.print_routes(planning.allocated(topology, hosts)[0], node, wanted, out, blocks)
        return
    found = planning.planned(topology, hosts, blocks)
    render.emit(render.PREFIXES.find(wanted), found, out)
    raise typer.Exit(1 if found.refused else 0)


@app.command("cost", cls=GroupedCommand)
def cost(
    networks: Annotated[
        list[str] | None,
        typer.Argument(
            help="Networks: presets, or parts like ptp+bgp. Default: a preset of each transport.",
            show_default=False,
            autocompletion=completion.network,
        ),
    ] = None,
    nodes: Annotated[
        str,
        typer.Option(
            help="Numbers of nodes to count.", show_default="2,10,50,200,1000,10000; of a file multiples of its nodes"
        ),
    ] = "",
    measure: Annotated[
        str, typer.Option(help="Numbers of nodes to build labs of, like 2,10,50.", show_default="none")
    ] = "",
    topology: Annotated[
        str,
        typer.Option(
            help="Racks that the nodes are spread over: racks=2,spines=2, or FILE.toml.",
            show_default="one segment",
            autocompletion=completion.topology_files,
        ),
    ] = "",
    patience: Annotated[float, typer.Option(help="Seconds to wait until the death of a node is noticed.")] = 10,
    format: Annotated[str | None, formats.option("COST", completion.cost_formats, "text, html, markdown, json")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Output file instead of standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Short for --format markdown.")] = False,
) -> None:
    """Show what coordination costs as a network grows.

    Counts routes, neighbours, sessions and other objects of each node and router, and what a joining node changes, each with
    its formula. With --measure labs are built: a node joins, leaves and dies, a cable is pulled, and 1000 datagrams per second
    between two pods show what is lost.
    """
    from barewire.cli import costing

    wanted = formats.requested_format(format, json=as_json, markdown=as_markdown)
    costing.show_cost(networks or (), nodes, measure, topology, patience, wanted, out)
