"""`barewire explain`: where the instructions of a network go inside the kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from barewire.cli import completion

_NETWORKS = typer.Argument(
    help="Networks: presets, or parts like ptp+vxlan. None: every preset that the kernel can make.",
    show_default=False,
    autocompletion=completion.network,
)
_KERNEL = typer.Option(help="Kernel of the labs: 6.12, PATH[:MODULES], or host (6.12).", show_default=False)
_LOAD = typer.Option(help="What is counted: tcp-rr, udp-rr, bulk or packets; several joined by commas.")
_OUT = typer.Option(
    help="Write the flame graphs, the stacks and the JSON here; of several loads, each into a folder of its name.",
    show_default=False,
)
_MILLISECONDS = typer.Option(
    help="Virtual time that is counted of each load; bulk takes twice as much, without offloads twelve times."
)


def command(
    networks: Annotated[list[str] | None, _NETWORKS] = None,
    kernel: Annotated[str | None, _KERNEL] = None,
    load: Annotated[str, _LOAD] = "tcp-rr",
    milliseconds: Annotated[float, _MILLISECONDS] = 40,
    out: Annotated[Path | None, _OUT] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON; of several loads, a list.")] = False,
) -> None:
    """Count where a network's instructions go inside the kernel.

    By stage, against the bare host.
    """
    from barewire.cli import explaining

    explaining.explain(networks or (), kernel, load, milliseconds, out, json=json)
