"""`barewire study`: measure what each network costs against the host."""

from __future__ import annotations

import json as json_format
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from barewire import report
from barewire.cli.progress import Display, show_plan
from barewire.errors import MeasurementError, RunError
from barewire.networks.network import Network
from barewire.places.local import LocalPlace
from barewire.study import conduct
from barewire.study.plan_file import load_plan
from barewire.study.run import RunDirectory, default_path
from barewire.study.trial import Site

_PLAN = typer.Argument(help="A plan (TOML). Options win over it.", show_default=False)


def _option(help_text: str, *names: str) -> Any:
    return typer.Option(*names, help=help_text, show_default=False)


def command(
    plan: Annotated[Path | None, _PLAN] = None,
    networks: Annotated[str | None, _option("Networks, joined by commas: presets or parts like ptp+vxlan.")] = None,
    network: Annotated[list[str] | None, _option("One network; may be given several times.")] = None,
    blocks: Annotated[int | None, _option("Blocks (6): each has every network once and the host twice.")] = None,
    seconds: Annotated[float | None, _option("Seconds per load (what the budget allows).")] = None,
    loads: Annotated[str | None, _option("Shares of the host's maximum rate (30%,50%,90%).")] = None,
    sizes: Annotated[str | None, _option("Response bodies in bytes (100,4096).")] = None,
    until: Annotated[str | None, _option("Stop when intervals are so narrow: p50=2%,p99=5%,rate=1%.")] = None,
    budget: Annotated[float | None, _option("Minutes for the whole study (10).")] = None,
    quick: Annotated[bool, _option("About two minutes, with wider intervals.", "--quick")] = False,
    family: Annotated[int | None, _option("IP version of the loads: 4 or 6.")] = None,
    nodes: Annotated[int | None, _option("Nodes in each lab (2).")] = None,
    pods: Annotated[int | None, _option("Pods on each node (1).")] = None,
    wire: Annotated[str | None, _option("The wire: rate=10gbit,delay=50us,loss=1%,mtu=1500,offloads=off.")] = None,
    connections: Annotated[int | None, _option("Connections of the load (64).")] = None,
    threads: Annotated[int | None, _option("Threads of the load generator (1).")] = None,
    arrivals: Annotated[str | None, _option("even or poisson.")] = None,
    timing: Annotated[str | None, _option("spin, sleep or auto.")] = None,
    streams: Annotated[int | None, _option("Streams of the second bulk load (4).")] = None,
    warmup: Annotated[float | None, _option("Seconds of load before recording (0.2).")] = None,
    port: Annotated[int | None, _option("First port of the servers (20000).")] = None,
    server_cpus: Annotated[str | None, _option("CPUs of the server (auto).")] = None,
    client_cpus: Annotated[str | None, _option("CPUs of the client (auto).")] = None,
    seed: Annotated[int | None, _option("Seed of every random choice (drawn, and recorded).")] = None,
    out: Annotated[Path | None, _option("The run directory (barewire-runs/TIME-SEED).")] = None,
    resume: Annotated[Path | None, _option("Go on with an interrupted run.")] = None,
    json: Annotated[str | None, _option("Write the summary as JSON to a file, or to standard output with -.")] = None,
    export: Annotated[str | None, _option("Formats of the report to write into the run, too: csv,pyperf.")] = None,
    dry_run: Annotated[bool, _option("Print the plan and how long it takes, and stop.", "--dry-run")] = False,
) -> None:
    """Measure what each container network costs against the bare host."""
    place = LocalPlace()
    # Looked up now, so that a wrong name is told before the study and not after it.
    exports = [report.find(name.strip()).name for name in export.split(",") if name.strip()] if export else []
    if resume is not None:
        display = Display()
        _conduct(display, *conduct.resume(resume, place), json, exports)
        return
    chosen = [*(networks.split(",") if networks else []), *(network or [])]
    overrides = {
        "networks": [name.strip() for name in chosen if name.strip()] or None, "blocks": blocks, "seconds": seconds,
        "loads": loads, "sizes": sizes, "until": until,
        "budget": budget, "quick": quick, "family": family, "nodes": nodes, "pods": pods,
        "wire": wire, "connections": connections, "threads": threads, "arrivals": arrivals, "timing": timing,
        "streams": streams, "warmup": warmup, "port": port, "server_cpus": server_cpus, "client_cpus": client_cpus, "seed": seed,
    }  # fmt: skip
    loaded = load_plan(plan, overrides)
    if dry_run:
        show_plan(*conduct.describe(loaded, place), as_json=json == "-")
        return
    now = datetime.now(UTC)
    display = Display()
    path = out or default_path(loaded.seed, now)
    created = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    # A drawn seed belongs to the command that repeats the study.
    line = shlex.join(["barewire", *sys.argv[1:], *([] if seed is not None else ["--seed", str(loaded.seed)])])
    _conduct(display, *conduct.begin(loaded, place, path, line, created, display), json, exports)


def _conduct(
    display: Display,
    run: RunDirectory,
    site: Site,
    networks: dict[str, Network],
    json: str | None,
    exports: Sequence[str],
) -> None:
    """Run to the end, or to an interrupt; the summary and the report are written either way."""
    interrupted = False
    with run, display.running(run, site):
        try:
            conduct.conduct(run, site, networks, display)
        except KeyboardInterrupt:
            interrupted = True
        for name in ("html", *exports):
            _export(run, name)
    summary = json_format.loads((run.path / "summary.json").read_text())
    _print(run.path, summary, json)
    if interrupted:
        print(f"barewire: interrupted; go on with: barewire study --resume {run.path}", file=sys.stderr)
        raise KeyboardInterrupt
    if not summary["complete"]:
        raise MeasurementError(
            "the study is incomplete",
            said=f"{summary['rejected']} trials were rejected, some of them three times over",
            remedy=f"Look at the rejected trials in {run.path / 'report.html'}",
        )


def _export(run: RunDirectory, format: str) -> None:
    """Write a format into the run; one that a partial run has nothing for is said and left out."""
    try:
        for name, content in report.files(run.path, format):
            (run.path / name).parent.mkdir(exist_ok=True)
            run.write(name, content)
    except RunError as error:
        print(f"barewire: {format} was not written: {error}", file=sys.stderr)


def _print(path: Path, summary: dict[str, Any], json: str | None) -> None:
    if json == "-":
        print(json_format.dumps(summary, indent=1))
        return
    if json is not None:
        try:
            Path(json).write_text(json_format.dumps(summary, indent=1) + "\n")
        except OSError as error:
            raise RunError(f"cannot write {json}", said=error.strerror or str(error)) from error
    if sys.stdout.isatty():
        report.show(path, Console())
    else:
        print(report.render(path, "text"))
