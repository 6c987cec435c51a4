"""`barewire kernels`: the kernels that a study can run on, and what each supports."""

from __future__ import annotations

from typing import Annotated

import typer

_KERNELS = typer.Argument(
    help="Only these: a version like 6.12, a release, host, or PATH-to-vmlinuz[:modules-dir]. Missing ones are downloaded.",
    show_default=False,
)


def command(
    names: Annotated[list[str] | None, _KERNELS] = None,
    probe: Annotated[bool, typer.Option("--probe", help="Boot each named kernel and probe its features.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="List every version, not only the newest of each series.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the kernels that a study can run on.

    Kernels of /boot, of the cache and of Debian's archive. Missing features are listed for each kernel that was probed.
    """
    from barewire.cli import kernel_list

    kernel_list.run(names or (), probe=probe, everything=everything, json=json)
