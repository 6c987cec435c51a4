"""`barewire study`: measure what each network costs against the host."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from barewire import report
from barewire.cli import added, outcome
from barewire.cli.progress import Display, show_plan
from barewire.errors import MeasurementError
from barewire.kernel.tuning.hold import Hold
from barewire.kernel.tuning.setting import Tree
from barewire.runs.clock import ADDED
from barewire.study import conditions, conduct, kernels, places, study_file
from barewire.study.added import lacking
from barewire.study.plan import ALL_KINDS
from barewire.study.plan_file import load_plan, plan_of
from barewire.study.run import RunDirectory, default_path
from barewire.study.tuned import profile_of, tune
from barewire.tuning import find

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
    kinds: Annotated[str | None, _option(f"Kinds of load, of {', '.join(ALL_KINDS)}, or all.")] = None,
    server: Annotated[str | None, _option("What answers HTTP: nginx or serve (nginx).")] = None,
    request_bytes: Annotated[
        int | None, _option("Request of tcp-rr, udp-rr and tcp-crr, and packet, in bytes (64).")
    ] = None,
    response_bytes: Annotated[int | None, _option("Their answer, and http-rr's, in bytes (64).")] = None,
    pipeline: Annotated[int | None, _option("Requests under way on a connection (1).")] = None,
    timestamps: Annotated[bool, _option("Latency on the wire too, by the kernel's stamps.", "--timestamps")] = False,
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
    warmup: Annotated[str | None, _option("Seconds of load before recording, or auto: found on pilots (auto).")] = None,
    port: Annotated[int | None, _option("First port of the servers (20000).")] = None,
    tuned: Annotated[str | None, _option("A tuning (none), or several to compare: none,study-2016.", "--tune")] = None,
    kernel: Annotated[
        str | None, _option("Kernel of the labs: host, 6.12, a file, or several to compare: 6.1,6.12 (host).")
    ] = None,
    clock: Annotated[str | None, _option("wall, or counted: instructions of an emulated CPU (wall).")] = None,
    memory: Annotated[int | None, _option("MiB of the VM, where there is one (1024).")] = None,
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
    # Looked up now, so that a wrong name is told before the study and not after it.
    exports = [report.find(name.strip()).name for name in export.split(",") if name.strip()] if export else []
    if json is not None and json != "-":
        report.prepare(Path(json))
    if resume is not None:
        _resume(resume, json, exports)
        return
    chosen = [*(networks.split(",") if networks else []), *(network or [])]
    overrides = {
        "networks": [name.strip() for name in chosen if name.strip()] or None, "blocks": blocks, "seconds": seconds,
        "loads": loads, "sizes": sizes, "until": until, "tune": tuned, "kinds": kinds,
        "kernel": kernel, "clock": clock, "memory": memory,
        "server": server, "request_bytes": request_bytes, "response_bytes": response_bytes, "pipeline": pipeline,
        "timestamps": timestamps or None,
        "budget": budget, "quick": quick, "family": family, "nodes": nodes, "pods": pods,
        "wire": wire, "connections": connections, "threads": threads, "arrivals": arrivals, "timing": timing,
        "streams": streams, "warmup": warmup, "port": port, "server_cpus": server_cpus, "client_cpus": client_cpus, "seed": seed,
    }  # fmt: skip
    loaded = load_plan(plan, overrides)
    if dry_run:
        with places.opened(loaded, places.image(loaded, loaded.kernel[0], _say), _say) as place:
            fitted, found, taken = conduct.describe(conditions.share(loaded), place)
        whole = fitted.model_copy(update={"tune": loaded.tune, "kernel": loaded.kernel, "budget": loaded.budget})
        show_plan(whole, found, taken * len(loaded.tune) * len(loaded.kernel), as_json=json == "-")
        without = [candidate.network.name for candidate in found if candidate.lacking]
        added.announced(loaded, without, out or Path("RUN"), _say, quick=quick)
        return
    now = datetime.now(UTC)
    path = out or default_path(loaded.seed, now)
    created = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    # A drawn seed belongs to the command that repeats the study.
    line = shlex.join(["barewire", *sys.argv[1:], *([] if seed is not None else ["--seed", str(loaded.seed)])])
    if len(loaded.kernel) > 1:
        with _held() as hold, kernels.begun(loaded, path, line, created, _say) as study:
            outcome.conduct_kernels(path, study, hold, _say, json, exports)
        return
    display = Display()
    more, failed = False, None
    found_image = places.image(loaded, loaded.kernel[0], _say)
    with _held() as hold, places.opened(loaded, found_image, _say) as place:
        if len(loaded.tune) > 1:
            with conditions.begun(loaded, place, path, line, created, display, hold) as begun:
                outcome.conduct_conditions(display, path, begun, hold, json, exports)
        else:
            tuning = tune(find(loaded.tune[0]), hold, place)
            opened = conduct.begin(loaded, place, path, line, created, display, tuning)
            more = added.announced(loaded, lacking(opened[0].record), path, _say, quick=quick)
            if more:
                added.expect(path)
            try:
                outcome.conduct_run(display, *opened, hold, json, exports)
            except MeasurementError as error:
                failed = error
    if more:
        added.measure(loaded, path, created, _held, _say, json, exports, quick=quick)
    if failed:
        raise failed


def _resume(path: Path, json: str | None, exports: list[str]) -> None:
    """Go on with the study at `path`, and then with the counted one that was to follow it."""
    failed = None
    try:
        _resume_one(path, json, exports)
    except MeasurementError as error:
        failed = error
    if added.is_begun(path):
        try:
            _resume_one(path / ADDED, None, exports, told=json != "-")
        finally:
            outcome.report_again(path)
    elif added.is_expected(path):
        record = RunDirectory.open(path).record
        quick = "--quick" in shlex.split(record["command"])
        plan = plan_of(record["plan"], str(path / "run.json"))
        added.measure(plan, path, record["created"], _held, _say, json, exports, quick=quick)
    if failed:
        raise failed


def _resume_one(path: Path, json: str | None, exports: list[str], *, told: bool = True) -> None:
    display = Display()
    if study_file.are_at(path) and study_file.factor(study_file.read(path)) == study_file.KERNEL:
        with _held() as hold:
            outcome.conduct_kernels(path, kernels.resumed(path), hold, _say, json, exports)
        return
    several = study_file.are_at(path)
    if several:
        plan, record = conditions.recorded(path)
    else:
        record = RunDirectory.open(path).record
        plan = plan_of(record["plan"], str(path / "run.json"))
    with _held() as hold, places.opened(plan, places.image_again(plan, record, _say), _say) as place:
        if several:
            with conditions.resumed(path, place, display, hold) as resumed:
                outcome.conduct_conditions(display, path, resumed, hold, json, exports)
        else:
            tuning = tune(profile_of(record, str(path / "run.json")), hold, place)
            outcome.conduct_run(display, *conduct.resume(path, place, tuning), hold, json, exports, told=told)


def _say(line: str) -> None:
    print(f"barewire: {line}", file=sys.stderr, flush=True)


@contextmanager
def _held() -> Iterator[Hold]:
    """This machine's settings, put back when the study is over; what could not be put back is said."""
    hold = Hold(Tree())
    try:
        with hold:
            yield hold
    finally:
        for one in hold.left:
            print(f"barewire: {one.entry.name} was {one.entry.before} and stays: {one.detail}", file=sys.stderr)
