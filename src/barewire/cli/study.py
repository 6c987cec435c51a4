"""`barewire study`: measure what each network costs against the host. Here are its options; `cli.measuring` has what they do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from barewire.cli import completion
from barewire.errors import UsageError

_PLAN = typer.Argument(help="A plan (TOML). Options win over it.", show_default=False)


def _option(group: str, help_text: str, *names: str, metavar: str | None = None, known: Any = None) -> Any:
    return typer.Option(
        *names, help=help_text, show_default=False, rich_help_panel=group, metavar=metavar, autocompletion=known
    )


_what = partial(_option, "What is measured")
_long = partial(_option, "How long and how precisely")
_load = partial(_option, "Load generator and servers")
_lab = partial(_option, "Network and nodes of each lab")
_system = partial(_option, "Kernel, tuning and clock")
_run = partial(_option, "The run and its report")


def command(
    plan: Annotated[Path | None, _PLAN] = None,
    networks: Annotated[
        str | None, _what("Presets or parts (ptp+vxlan), joined by commas.", known=completion.networks)
    ] = None,
    network: Annotated[
        list[str] | None, _what("One network; repeat it for more.", metavar="<str>", known=completion.network)
    ] = None,
    kinds: Annotated[
        str | None, _what("Workloads like rate,max,tcp-rr; or all of them.", known=completion.workloads)
    ] = None,
    loads: Annotated[str | None, _what("Shares of the maximum rate (30%,50%,90%).")] = None,
    loads_of: Annotated[str | None, _what("Whose maximum: slowest or host (slowest).")] = None,
    own_loads: Annotated[str | None, _what("Shares of each network's own maximum (50%).")] = None,
    sizes: Annotated[str | None, _what("Response bodies: 100,4k; bytes (100,4096).")] = None,
    server: Annotated[str | None, _what("What answers HTTP: nginx or serve (nginx).")] = None,
    request_bytes: Annotated[str | None, _what("Request of tcp-rr, udp-rr, tcp-crr; packet (64).")] = None,
    response_bytes: Annotated[str | None, _what("Their response, and http-rr's (64).")] = None,
    timestamps: Annotated[bool, _what("Also latency by the kernel's packet timestamps.", "--timestamps")] = False,
    quick: Annotated[bool, _long("About two minutes, with wider intervals.", "--quick")] = False,
    budget: Annotated[str | None, _long("For the whole study: 10m, 1h; minutes (15).")] = None,
    blocks: Annotated[int | None, _long("Blocks: every network once, the host twice (6).")] = None,
    restarts: Annotated[int | None, _what("Groups of blocks; a VM boots again for each (1).")] = None,
    seconds: Annotated[str | None, _long("Seconds per load (what the budget allows).")] = None,
    until: Annotated[str | None, _long("Stop at this precision: p50=2%,p99=5%,rate=1%.")] = None,
    margin: Annotated[str | None, _long("Differences within it count as equivalent (5%).")] = None,
    warmup: Annotated[str | None, _long("Seconds before recording, or auto: by pilots (auto).")] = None,
    connections: Annotated[int | None, _load("Connections of the load (64).")] = None,
    threads: Annotated[int | None, _load("Threads of the load generator (1).")] = None,
    pipeline: Annotated[int | None, _load("Requests in flight on a connection (1).")] = None,
    arrivals: Annotated[str | None, _load("Times between requests: even or poisson (even).")] = None,
    timing: Annotated[str | None, _load("How the generator waits: spin, sleep, auto (auto).")] = None,
    streams: Annotated[int | None, _load("Streams of the second bulk load (4).")] = None,
    server_cpus: Annotated[str | None, _load("CPUs of the server (auto).")] = None,
    client_cpus: Annotated[str | None, _load("CPUs of the client (auto).")] = None,
    port: Annotated[int | None, _load("First port of the servers (20000).")] = None,
    nodes: Annotated[int | None, _lab("Nodes in each lab (2).")] = None,
    pods: Annotated[int | None, _lab("Pods on each node (1).")] = None,
    family: Annotated[int | None, _lab("IP version of the loads: 4 or 6 (4).")] = None,
    wire: Annotated[str | None, _lab("Like rate=10gbit,delay=50us,loss=1%,mtu=1500.")] = None,
    kernel: Annotated[str | None, _system("host, 6.12, a file; several: 6.1,6.12 (host).")] = None,
    tuned: Annotated[
        str | None, _system("A tuning, or several: none,study-2016 (none).", "--tune", known=completion.tunings)
    ] = None,
    clock: Annotated[str | None, _system("wall, counted (instructions in a VM) or auto (wall).")] = None,
    memory: Annotated[str | None, _system("MiB of the VM, where there is one (1024).")] = None,
    out: Annotated[Path | None, _run("Run directory (barewire-runs/TIME-SEED).")] = None,
    resume: Annotated[Path | None, _run("Go on with an interrupted run.", known=completion.runs)] = None,
    seed: Annotated[int | None, _run("Seed of every random choice (drawn, and recorded).")] = None,
    json: Annotated[str | None, _run("The summary as JSON into a file, or - for stdout.")] = None,
    export: Annotated[
        str | None, _run("More report formats, into the run: csv,pyperf.", known=completion.export_formats)
    ] = None,
    dry_run: Annotated[bool, _run("Print the plan and how long it takes, and stop.", "--dry-run")] = False,
    force: Annotated[bool, _run("Measure also on a machine that is not fit for it.", "--force")] = False,
    verbose: Annotated[bool, _run("List every rejected trial with its reason.", "--verbose", "-v")] = False,
) -> None:
    """Measure what each container network costs against the bare host."""
    from barewire.cli import measuring, typed

    chosen = [name.strip() for text in (networks, *(network or [])) if text is not None for name in text.split(",")]
    if not all(chosen):
        raise UsageError("a network's name is empty", where="--networks", remedy="barewire networks lists them")
    options = typed.options({
        "networks": chosen or None, "blocks": blocks, "restarts": restarts, "seconds": seconds,
        "loads": loads, "loads_of": loads_of, "own_loads": own_loads,
        "sizes": sizes, "until": until, "margin": margin, "tune": tuned, "kinds": kinds,
        "kernel": kernel, "clock": clock, "memory": memory,
        "server": server, "request_bytes": request_bytes, "response_bytes": response_bytes, "pipeline": pipeline,
        "timestamps": timestamps or None,
        "budget": budget, "quick": quick, "family": family, "nodes": nodes, "pods": pods,
        "wire": wire, "connections": connections, "threads": threads, "arrivals": arrivals, "timing": timing,
        "streams": streams, "warmup": warmup, "port": port, "server_cpus": server_cpus, "client_cpus": client_cpus, "seed": seed,
    })  # fmt: skip
    measuring.run(
        plan, options, out=out, resume=resume, json=json, export=export, dry_run=dry_run,
        force=force, verbose=verbose,
    )  # fmt: skip
