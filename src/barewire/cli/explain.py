"""`barewire explain`: where the instructions of a network go inside the kernel."""

from __future__ import annotations

import json as json_format
import platform
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from barewire.errors import PrerequisiteError, UsageError
from barewire.explain import folded, loads, page, run
from barewire.explain.document import document
from barewire.networks import catalogue
from barewire.places.vm import kernels
from barewire.runs import BASELINE
from barewire.study import places

_NETWORKS = typer.Argument(
    help="Networks: presets, or parts like ptp+vxlan. None: every preset that the kernel can make.", show_default=False
)
_KERNEL = typer.Option(help="Kernel of the labs: 6.12, PATH[:MODULES], or host (6.12).", show_default=False)
_LOAD = typer.Option(help=f"What is counted: {', '.join(loads.LOADS)}.")
_OUT = typer.Option(help="Write the flame graphs, the stacks and the JSON here.", show_default=False)


def command(
    networks: Annotated[list[str] | None, _NETWORKS] = None,
    kernel: Annotated[str | None, _KERNEL] = None,
    load: Annotated[str, _LOAD] = "tcp-rr",
    milliseconds: Annotated[float, typer.Option(help="Virtual time that is counted.")] = run.SECONDS * 1000,
    out: Annotated[Path | None, _OUT] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Count where the instructions of a load go inside the kernel, by stage, against the bare host."""
    if not 4 <= milliseconds <= 1000:
        raise UsageError(
            f"{milliseconds:g} ms are not counted", remedy=f"Take 4 to 1000; the default is {run.SECONDS * 1000:g}"
        )
    wanted = loads.load(load)
    names = networks or [spec.name for spec in catalogue.presets()]
    specs = [catalogue.parse(name) for name in dict.fromkeys([BASELINE, *names])]
    made = [catalogue.network(spec) for spec in specs]
    if out is not None:
        _room(out)
    image = kernels.find(kernel) if kernel else places.usual()
    console = Console(stderr=True)
    with console.status("starting") as status:
        answer = run.run(image, made, wanted, milliseconds / 1000, platform.machine(), status.update)
    if out is not None:
        _write(answer, out)
    if json:
        json_format.dump(document(answer), sys.stdout, indent=1)
        print()
    else:
        _show(answer, Console())
    for one in answer.skipped:
        console.print(f"Not counted: {one.network}: {one.reason}. {one.remedy}", highlight=False)
    if out is not None:
        console.print(f"Flame graphs: {out / 'explain.html'}", highlight=False)


def _room(out: Path) -> None:
    """Before a minute is spent on what cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PrerequisiteError(f"cannot make {out}", said=error.strerror or str(error)) from error


def _write(answer: run.Answer, out: Path) -> None:
    files = {
        "explain.html": page.render(answer),
        "explain.json": json_format.dumps(document(answer), indent=1) + "\n",
        "speedscope.json": folded.speedscope(answer),
    }
    for one in answer.networks:
        name = one.network.replace("/", "-")
        files[f"{name}.folded"] = folded.folded(one)
        if one is not answer.baseline:
            files[f"{name}.difference.folded"] = folded.difference(one, answer.baseline)
    try:
        for file, text in files.items():
            (out / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise PrerequisiteError(f"cannot write into {out}", said=error.strerror or str(error)) from error


def _show(answer: run.Answer, console: Console) -> None:
    told = document(answer)
    console.print(
        f"Instructions per {answer.load.operation} of {answer.load.name} on Linux {answer.release}, and what each network "
        f"takes more than {answer.baseline.network}.\n", highlight=False,
    )  # fmt: skip
    shown = told["networks"]
    # Side by side only what fits; the rest below.
    each = max(1, (console.width - 26) // 17)
    for at in range(0, len(shown), each):
        console.print(_table(shown[at : at + each], answer.baseline.network), "")


def _table(shown: list[dict[str, object]], baseline: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("stage", no_wrap=True)
    for one in shown:
        table.add_column(str(one["network"]), justify="right", no_wrap=True)
    stages = [one["stages"] for one in shown]
    assert all(isinstance(one, dict) for one in stages)
    for name in stages[0]:  # type: ignore[attr-defined]
        cells = [one[name] for one in stages]  # type: ignore[index]
        if any(round(cell["instructions"]) or round(cell["difference"]) for cell in cells):
            table.add_row(name, *(_cell(cell["instructions"], cell["difference"]) for cell in cells))
    total = [
        _cell(one["instructions"], 0.0 if one["network"] == baseline else one["difference"])  # type: ignore[arg-type]
        for one in shown
    ]
    table.add_row("all", *total, style="bold")
    return table


def _cell(instructions: float, more: float) -> Text:
    text = Text(f"{instructions:,.0f}")
    if abs(more) >= 0.5:
        text.append(f" {more:+,.0f}".rjust(8), style="red" if more > 0 else "blue")
    return text
