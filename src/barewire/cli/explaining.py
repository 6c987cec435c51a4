"""What `barewire explain` does: counts where the instructions of a network go inside the kernel, and prints the stages."""

from __future__ import annotations

import json as json_format
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from barewire.errors import UsageError
from barewire.explain import loads, run
from barewire.explain.document import document
from barewire.networks import catalogue
from barewire.render.explanation import files
from barewire.results import BASELINE
from barewire.results.explained import Document, Network
from barewire.testbeds.vm import kernels


def explain(
    networks: Sequence[str], kernel: str | None, load: str, milliseconds: float, out: Path | None, *, json: bool
) -> None:
    """Count, print the stages, and write the files into `out` where it is given."""
    if not 4 <= milliseconds <= 1000:
        raise UsageError(
            f"{milliseconds:g} ms are not counted", remedy=f"Take 4 to 1000; the default is {run.SECONDS * 1000:g}"
        )
    wanted = loads.listed(load)
    names = networks or [spec.name for spec in catalogue.presets()]
    specs = [catalogue.parse(name) for name in dict.fromkeys([BASELINE, *names])]
    made = [catalogue.network(spec) for spec in specs]
    if out is not None:
        files.make_room(out)
    image = kernels.find(kernel) if kernel else kernels.usual()
    console = Console(stderr=True)
    with console.status("starting") as status:
        answers = run.run(image, made, wanted, milliseconds / 1000, platform.machine(), status.update)
    pages = files.write(answers, out) if out is not None else ()
    documents = [document(answer) for answer in answers]
    if json:
        found = [one.plain() for one in documents]
        json_format.dump(found[0] if len(found) == 1 else found, sys.stdout, indent=1)
        print()
    else:
        for one in documents:
            _show(one, Console())
    for skipped in documents[0].skipped:
        console.print(f"Not counted: {skipped.network}: {skipped.reason}. {skipped.remedy}", highlight=False)
    for page in pages:
        console.print(f"Flame graphs: {page}", highlight=False)


def _show(found: Document, console: Console) -> None:
    console.print(
        f"Instructions per {found.operation} of {found.load} on Linux {found.kernel}, and what each network "
        f"takes more than {found.baseline}.\n", highlight=False,
    )  # fmt: skip
    # Side by side only what fits; the rest below.
    each = max(1, (console.width - 26) // 17)
    for at in range(0, len(found.networks), each):
        console.print(_table(found, found.networks[at : at + each]), "")


def _table(found: Document, shown: Sequence[Network]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("stage", no_wrap=True)
    for one in shown:
        table.add_column(one.network, justify="right", no_wrap=True)
    for name in shown[0].stages:
        costs = [one.stages[name] for one in shown]
        if any(cost.instructions >= found.least or abs(cost.difference) >= found.least for cost in costs):
            table.add_row(name, *(_cell(found, cost.instructions, cost.difference) for cost in costs))
    table.add_row("all", *(_cell(found, one.instructions, one.difference) for one in shown), style="bold")
    return table


def _cell(found: Document, instructions: float, more: float) -> Text:
    text = Text(f"{instructions:,.{found.digits}f}")
    if abs(more) >= found.least:
        text.append(f" {more:+,.{found.digits}f}".rjust(8), style="red" if more > 0 else "blue")
    return text
