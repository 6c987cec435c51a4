"""`barewire serve`: run the servers of studies that other machines make, over one authenticated connection."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    token_file: Annotated[
        Path, typer.Option(help="Secret of both machines; made if it is not there.", show_default=False)
    ],
    bind: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 or :: for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the connection.", min=1, max=65535)] = 19999,
    ports: Annotated[str, typer.Option(help="Ports that servers of a study may have.")] = "20000-20999",
) -> None:
    """Serve studies of addresses that this machine has (barewire study --peer).

    Prints what to type on the other machine. Servers run while a study is connected, and for that study alone. Ctrl-C ends it.
    """
    from barewire.cli import serving

    serving.run(token_file, bind, port, ports)
