"""`barewire explain`: where the instructions of a network go inside the kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from barewire.cli import completion, formats

_NETWORKS = typer.Argument(
    help="Networks: presets, or parts like ptp+vxlan. Default: every preset that the kernel supports.",
    show_default=False,
    autocompletion=completion.network,
)
_KERNEL = typer.Option(help="Kernel of the labs: 6.12, PATH[:MODULES], or host (6.12).", show_default=False)
_LOAD = typer.Option(help="Workloads to count, joined by commas: tcp-rr, udp-rr, tcp-stream ...")
_OUT = typer.Option(
    help="Directory for flame graphs, stacks and JSON; several workloads get one subdirectory each.",
    show_default=False,
)
_MILLISECONDS = typer.Option(
    help="Virtual time to count per workload; tcp-stream takes twice as long, without offloads twelve times."
)


def command(
    networks: Annotated[list[str] | None, _NETWORKS] = None,
    kernel: Annotated[str | None, _KERNEL] = None,
    load: Annotated[str, _LOAD] = "tcp-rr",
    milliseconds: Annotated[float, _MILLISECONDS] = 40,
    out: Annotated[Path | None, _OUT] = None,
    format: Annotated[
        str | None, formats.option("EXPLANATION", completion.explanation_formats, "text, json, html, speedscope ...")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Short for --format json; a list for several workloads.")
    ] = False,
) -> None:
    """Count the instructions of networks by stage of the kernel.

    In a VM, against the bare host as the baseline.
    """
    from barewire.cli import explaining

    explaining.explain(networks or (), kernel, load, milliseconds, out, formats.requested_format(format, json=json))
