"""`barewire testbed`: what studies left in a cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from barewire.cli.grouped import GroupedCommand

app = typer.Typer(
    help="Remove what interrupted studies left in a cluster.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def testbed() -> None:
    """Remove what interrupted studies left in a cluster."""


@app.command(cls=GroupedCommand)
def clean(
    context: Annotated[str, typer.Option(help="Context of the kubeconfig (the current).", show_default=False)] = "",
    namespace: Annotated[str, typer.Option(help="Namespace (the context's).", show_default=False)] = "",
) -> None:
    """Delete the objects of every study in a namespace of a cluster, also of one that is running.

    A study that was killed leaves nothing: its pods end with it, and the cluster deletes the rest some seconds later. This
    deletes at once, also what a cluster without its controllers has kept.
    """
    from barewire.testbeds import kubernetes

    kubernetes.require()
    from barewire.testbeds.kubernetes import deployment
    from barewire.testbeds.kubernetes.connection import connected

    with connected(context, namespace) as cluster:
        found = deployment.studies(cluster)
        for job in found:
            assert job.metadata is not None and job.metadata.name is not None
            deployment.delete(cluster, job.metadata.name)
            print(f"deleted {job.metadata.name}")
        if not found:
            print(f"nothing of barewire is in namespace {cluster.namespace}")
