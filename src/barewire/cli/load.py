"""`barewire load`: the load generator alone, against any server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from barewire import schemas
from barewire.cli import ends
from barewire.errors import LoadError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from barewire.workloads.generator.load import LoadResult

_SHOWN = ("0.5", "0.95", "0.99", "0.999", "max")


def _protocols() -> str:
    """Those of the generator's table of which a response is expected, as the schema of a load has them."""
    *others, last = schemas.schema("load")["$defs"]["LoadSettings"]["properties"]["protocol"]["enum"]
    return f"{', '.join(others)} or {last}"


def _option(help_text: str, *names: str) -> Any:
    return typer.Option(*names, help=help_text, show_default=False)


def command(
    target: Annotated[str, typer.Option(help="The server's IP address.", show_default=False)],
    port: Annotated[int, typer.Option(help="The server's port.", show_default=False)],
    protocol: Annotated[str | None, _option(f"Protocol: {_protocols()} (http).")] = None,
    path: Annotated[str | None, _option("Path to request, with HTTP (/).")] = None,
    request_bytes: Annotated[int | None, _option("Bytes of a request, or of the body of http-post (64).")] = None,
    response_bytes: Annotated[int | None, _option("Bytes of a response, as configured on the server (64).")] = None,
    expect_bytes: Annotated[int | None, _option("Expected length of a body; any other is an error.")] = None,
    rate: Annotated[str | None, _option("Requests per second (open loop), or max (closed loop) (max).")] = None,
    arrivals: Annotated[str | None, _option("Arrivals: even or poisson (even).")] = None,
    seed: Annotated[int | None, _option("Seed of random arrivals (1).")] = None,
    duration: Annotated[str | None, _option("Recorded time (1s).")] = None,
    warmup: Annotated[str | None, _option("Warm-up time, not recorded (0s).")] = None,
    drain: Annotated[str | None, _option("Time to wait for responses after the end (1s).")] = None,
    timeout: Annotated[str | None, _option("Timeout of a request (10s; udp 1s).")] = None,
    connections: Annotated[int | None, _option("Persistent connections, or connections at a time (64).")] = None,
    threads: Annotated[int | None, _option("Threads; each gets a share of connections and rate (1).")] = None,
    pipeline: Annotated[int | None, _option("Requests in flight per connection (1).")] = None,
    timing: Annotated[str | None, _option("How to wait: spin or sleep (sleep).")] = None,
    cpus: Annotated[str | None, _option("CPUs, one per thread, like 1,3.")] = None,
    congestion: Annotated[str | None, _option("TCP congestion control.")] = None,
    timestamps: Annotated[
        bool, _option("Also measure between the kernel's packet timestamps.", "--timestamps")
    ] = False,
    progress: Annotated[bool | None, _option("Print one line per second on standard error (on a terminal).")] = None,
    json: Annotated[str | None, _option("Write the JSON document to a file, or to standard output with -.")] = None,
    hlog: Annotated[
        Path | None, _option("Write an HdrHistogram log for each kind of time into this directory.")
    ] = None,
) -> None:
    """Run the load generator alone, in an open or a closed loop."""
    from barewire.render import output
    from barewire.workloads.generator import direct

    if protocol == "udp-stream":
        raise UsageError(
            "--protocol udp-stream goes one way: only a sink can count what arrived",
            remedy="Measure it with a study (workload udp-stream)",
        )
    given = {
        "target": target, "port": port, "protocol": protocol, "path": path, "request-bytes": request_bytes,
        "response-bytes": response_bytes, "expect-bytes": expect_bytes, "rate": rate, "arrivals": arrivals, "seed": seed,
        "duration": duration, "warmup": warmup, "drain": drain, "timeout": timeout, "connections": connections,
        "threads": threads, "pipeline": pipeline, "timing": timing, "cpus": cpus, "congestion": congestion,
    }  # fmt: skip
    words = [f"--{key}={value}" for key, value in given.items() if value is not None]
    words += ["--timestamps"] if timestamps else []
    words += ["--progress"] if (sys.stderr.isatty() if progress is None else progress) else []
    out = None if json in (None, "-") else Path(str(json))
    output.prepare(out, hlog)
    status, result = direct.run(words, ends.leave_terminal)
    if result is not None:
        _write(result, json, out, hlog)
    if status == direct.INTERRUPTED:
        print("barewire: interrupted", file=sys.stderr)
    if status == 0 and result is not None:
        _refuse_another_load(result)
    raise typer.Exit(status)


def _refuse_another_load(result: LoadResult) -> None:
    """LoadError for a load of which most was not what was asked for. Less than that is in the counters alone: a machine that
    stood still for a moment makes some."""
    from barewire.workloads.generator.faults import MOST_ERRORS

    counted = result.counters
    requests, late, unfinished = counted.requests, counted.not_taken_up, counted.unfinished
    unknown = counted.errors["surplus"] + counted.ambiguous
    if unknown > MOST_ERRORS * requests:
        raise LoadError(
            "the server sent more responses than requests, so it is unknown which response belongs to which request",
            said=f"{counted.stray} stray responses; {unknown} of {requests} requests may have been given the response "
            "to another request",
            remedy="A server must answer each request once: look at its log, or at the connection with tcpdump",
        )
    if 2 * late > requests:
        raise LoadError(
            "the requested rate was not offered, so the result is not that of the requested load",
            said=f"{late} of {requests} requests were taken up only after the recorded time",
            remedy="Offer a lower --rate, or give the generator more --threads with a CPU each",
        )
    if 3 * counted.stopped_ns > max(1.0, counted.seconds) * 1e9:
        raise LoadError(
            "the generator stood still for so long that it has measured itself",
            said=_standstill(result),
            remedy="Repeat it where nothing stops the program or takes its CPUs",
        )
    if 2 * unfinished > requests:
        raise LoadError(
            "most requests had no response, so the latencies are not representative",
            said=f"{unfinished} of {requests} requests had no answer when the load ended",
            remedy="Offer a lower --rate, or wait longer with --drain",
        )


def _standstill(result: LoadResult) -> str:
    """For how long the generator did not run, if it is more than a study accepts; else empty."""
    from barewire.workloads.generator.faults import worst_standstill

    counted = result.counters
    _, _, excess = worst_standstill(counted.longest_gap_ns, counted.stopped_ns, counted.seconds)
    if excess <= 1:
        return ""
    stopped_s, longest_s = counted.stopped_ns / 1e9, counted.longest_gap_ns / 1e9
    return f"it did not run for {stopped_s:.3g} s of {counted.seconds:g} s, {longest_s:.3g} s of it at once"


def _write(result: LoadResult, json: str | None, out: Path | None, hlog: Path | None) -> None:
    """Logs first: what waits for the document finds them there."""
    import json as json_format
    import shlex

    from barewire.records import plain
    from barewire.render import output
    from barewire.workloads.generator import direct

    text = json_format.dumps(plain(direct.document(result, shlex.join(["barewire", *sys.argv[1:]]))), indent=1) + "\n"
    failure = None
    try:
        if hlog is not None:
            output.write(direct.logs(result), hlog)
        if out is not None:
            output.write(text, out)
    except UsageError as error:  # a full disk must not cost what was measured
        failure = error
    if json == "-" or ((json is None or failure) and not sys.stdout.isatty()):
        print(text, end="")
    elif json is None or sys.stdout.isatty():
        from barewire.render.terminal import new_console

        _show(result, new_console())
    if failure:
        raise UsageError(
            failure.what,
            said=failure.said,
            remedy="The results are on standard output instead",
        )


def _show(result: LoadResult, console: Console) -> None:
    from rich.table import Table

    from barewire.units import format_duration, format_rate
    from barewire.workloads.generator import direct
    from barewire.workloads.generator.faults import list_failures

    table = Table("", *(f"p{float(key) * 100:g}" if key != "max" else key for key in _SHOWN), "requests", box=None)
    for kind in direct.kinds(result):
        summary = result.histogram(kind).summary()
        table.add_row(kind, *(format_duration(summary[key]) for key in _SHOWN), str(summary["count"]))
    console.print(table)
    end = result.counters
    failed = list_failures({**end.errors, "stray": end.stray, "ambiguous": end.ambiguous}, end.examples)
    console.print(
        f"{end.requests} requests in {end.seconds:g} s, {end.completed} answered "
        f"({format_rate(result.achieved_per_s)}), {end.unfinished} unfinished, errors: {failed or 'none'}",
        highlight=False,
    )
    if standstill := _standstill(result):
        console.print(f"the generator was stopped, or had no CPU: {standstill}", highlight=False)
    if end.tcp.reopened:
        console.print(
            f"connections opened again: {end.tcp.reopened}, warm-up included; the requests that waited for one took longer",
            highlight=False,
        )
    if end.tcp.syn_retransmissions:
        console.print(
            f"{end.tcp.syn_retransmissions} SYNs were sent again: the server's listen queue was full, or packets were lost",
            highlight=False,
        )
    if end.ambiguous:
        console.print(
            f"ambiguous: {end.ambiguous} of the answered requests may have been given the response to another request, "
            "because a stray response came on their connection; their times may be too short",
            highlight=False,
        )
    if result.lost:
        console.print(
            f"{result.lost} of them got no answer; they count as latencies of the time that they waited, so a quantile that "
            "reaches one of them is at least what is shown",
            highlight=False,
        )
