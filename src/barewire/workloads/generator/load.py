"""The driver of `barewire-load`: its command line, and what it prints.

The generator is a program of its own (`csrc/load`), so that nothing of Python runs while it measures. Its intervals come as
sparse counts and become HdrHistograms here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from barewire.errors import LoadError
from barewire.kernel import programs
from barewire.records import ErrorExamples, Load, LoadCounters, LoadSettings, Ticks, why
from barewire.testbeds.testbed import Command, ProgramNode
from barewire.workloads.generator import exact, lines
from barewire.workloads.generator.histogram import Entry, Histogram, merged
from barewire.workloads.generator.series import series

PROGRAM = "barewire-load"
SLACK_SECONDS = 20.0
"""How much longer than its load a program may take."""

KINDS = ("latency", "service", "lag", "pacing", "connect", "wire")
TIMEOUT_NS = 10 * 10**9
DATAGRAM_TIMEOUT_NS = 10**8
"""Of a datagram that nobody sends again: far longer than any answer takes, and far shorter than a load."""


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """One load. `rate_per_s` None is a closed loop; times in ns; `cpus` has one for each thread, or none.

    HTTP has a `path`, and `expect_bytes` for a body; other protocols have none and both sizes instead, as the server was
    configured. `exact` keeps every value; `payload` is the seed of the bytes of sized requests (0: all alike); `phase_ns` is when
    after a multiple of 20 ms of the clock the load begins.
    """

    protocol: str
    target: str
    port: int
    path: str
    rate_per_s: float | None
    duration_ns: int
    warmup_ns: int
    connections: int
    threads: int
    arrivals: str
    seed: int
    timeout_ns: int
    timing: str
    cpus: tuple[int, ...] = ()
    expect_bytes: int | None = None
    congestion: str = ""
    pipeline: int = 1
    request_bytes: int | None = None
    response_bytes: int | None = None
    timestamps: bool = False
    interval_ns: int = 10**9
    exact: bool = False
    payload: int = 0
    phase_ns: int | None = None

    @property
    def sized(self) -> bool:
        """Whether requests and responses are bytes of given sizes and not HTTP."""
        return not self.path


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a load; histograms are by kind of time and second. `monotonic_ns` is when the recorded time began."""

    settings: LoadSettings
    counters: LoadCounters
    intervals: tuple[tuple[int, int, Mapping[str, Histogram]], ...]
    exact: exact.Exact | None = None
    ticks: Ticks | None = None
    interrupted: bool = False
    monotonic_ns: int = 0

    @property
    def achieved_per_s(self) -> float:
        """Requests intended and answered within the recorded time, per second of it."""
        return self.counters.achieved_per_s

    @property
    def completed(self) -> int:
        return self.counters.completed

    @property
    def lost(self) -> int:
        """Requests that timed out or were unfinished. They are in the latencies with the time that they waited."""
        return self.counters.lost

    @property
    def unfinished(self) -> int:
        """Requests without an answer when the generator stopped waiting."""
        return self.counters.unfinished

    def histogram(self, kind: str) -> Histogram:
        """The histogram of a kind of time over all seconds."""
        return merged(found[kind] for _, _, found in self.intervals)

    def record(self, load: str, workload: str, response_bytes: int | None, *, connects: bool = False) -> Load:
        """A load of a trial, without the machine's counters; with `connects` each request opened a connection."""
        given, counted = self.settings, self.counters
        at_rate, stamped = given.rate_per_s > 0, given.timestamps
        return Load(
            load,
            workload,
            response_bytes,
            connections=given.connections,
            threads=given.threads,
            pipeline=given.pipeline,
            arrivals=given.arrivals,
            timing=given.timing,
            seconds=counted.seconds,
            requests=counted.requests,
            completed=counted.completed,
            unfinished=counted.unfinished,
            lost=counted.lost,
            late=counted.late,
            errors=counted.errors,
            achieved_per_s=counted.achieved_per_s,
            longest_gap_ns=counted.longest_gap_ns,
            stopped_ns=counted.stopped_ns,
            retransmissions=counted.tcp.retransmissions,
            syn_retransmissions=counted.tcp.syn_retransmissions,
            stray=counted.stray,
            ambiguous=counted.ambiguous,
            error_examples=counted.examples if counted.examples != ErrorExamples() else None,
            latency_ns=self.histogram("latency").summary(),
            service_ns=self.histogram("service").summary(),
            connect_ns=self.histogram("connect").summary() if connects else {},
            wire_ns=self.histogram("wire").summary() if stamped else {},
            unstamped=counted.unstamped if stamped else None,
            offered_per_s=given.rate_per_s if at_rate else None,
            rate_per_s=None if at_rate else self.achieved_per_s,
            not_taken_up=counted.not_taken_up if at_rate else None,
            lag_ns=self.histogram("lag").summary() if at_rate else {},
            pacing_ns=self.histogram("pacing").summary() if at_rate else {},
            ticks=self.ticks,
            exact=self.exact.record() if self.exact else None,
        )

    def entries(self, name: str) -> list[Entry]:
        """The intervals for a histogram log, tagged `KIND/NAME`; kinds without a sample are left out."""
        return [
            Entry(f"{kind}/{name}", histogram, start, end)
            for start, end, found in self.intervals
            for kind, histogram in found.items()
            if histogram.count
        ]


def program() -> str:
    """The path of the generator: `$BAREWIRE_LOAD`, or the one that was built with this package."""
    return programs.built(PROGRAM)


def command(namespace: str, spec: LoadSpec) -> Command:
    """The generator in `namespace`, pinned as `spec` says."""
    return Command(namespace, tuple(argv(spec, PROGRAM)), spec.cpus)


def run(node: ProgramNode, namespace: str, spec: LoadSpec) -> LoadResult:
    """Run the generator in `namespace`; LoadError when it fails."""
    seconds = (spec.duration_ns + spec.warmup_ns) / 1e9 + SLACK_SECONDS
    done = node.wait(node.spawn(command(namespace, spec)), seconds)
    if done.status != 0:
        raise LoadError(
            "the load generator failed", where=namespace, said=" ".join(done.stderr.split()) or f"status {done.status}"
        )
    return parse(done.stdout)


def argv(spec: LoadSpec, path: str) -> list[str]:
    """The command line of the generator."""
    words = {
        "target": spec.target,
        "port": spec.port,
        "protocol": spec.protocol,
        "rate": "max" if spec.rate_per_s is None else f"{spec.rate_per_s:.6f}",
        "duration": f"{spec.duration_ns}ns",
        "warmup": f"{spec.warmup_ns}ns",
        "timeout": f"{spec.timeout_ns}ns",
        "connections": spec.connections,
        "threads": spec.threads,
        "pipeline": spec.pipeline,
        "timing": spec.timing,
    }
    optional = {
        "arrivals": None if spec.rate_per_s is None else spec.arrivals,
        "seed": spec.seed if spec.rate_per_s is not None and spec.arrivals == "poisson" else None,
        "cpus": ",".join(str(spec.cpus[i % len(spec.cpus)]) for i in range(spec.threads)) if spec.cpus else None,
        "path": spec.path or None,
        "expect-bytes": spec.expect_bytes,
        "request-bytes": spec.request_bytes,
        "response-bytes": spec.response_bytes,
        "congestion": spec.congestion or None,
        "interval": None if spec.interval_ns == 10**9 else f"{spec.interval_ns}ns",
        "payload": spec.payload or None,
        "phase": None if spec.phase_ns is None else f"{spec.phase_ns}ns",
    }
    given = words | {key: value for key, value in optional.items() if value is not None}
    flags = [*(["--timestamps"] if spec.timestamps else []), *(["--exact"] if spec.exact else [])]
    return [path, *(text for key, value in given.items() for text in (f"--{key}", str(value))), *flags]


def parse(output: str) -> LoadResult:
    """Parse the generator's output. LoadError if it is incomplete or not the generator's."""
    try:
        first, *middle, last = output.splitlines()
        start, end = lines.FIRST.validate_json(first, strict=True), lines.LAST.validate_json(last, strict=True)
        settings, counters = (
            lines.SETTINGS.validate_json(first, strict=True),
            lines.COUNTERS.validate_json(last, strict=True),
        )
        intervals = tuple(_interval(second, line) for second, line in enumerate(middle))
        measured = sum(found["latency"].count for _, _, found in intervals)
        if measured != counters.completed + counters.lost:
            raise ValueError(
                f"{counters.completed} requests were completed, {counters.lost} lost, and {measured} measured"
            )
        ticked = sum(count for tick in end.ticks.counts for _, count in tick)
        if ticked != measured:
            raise ValueError(f"{measured} requests were measured and {ticked} are in its ticks")
        kept = exact.parse(end.exact)
        if kept is not None and kept.values["latency"].count != measured:
            raise ValueError(f"{measured} requests were measured and {kept.values['latency'].count} kept")
    except (ValueError, KeyError, IndexError) as error:
        raise LoadError(
            "the load generator's output is incomplete", said=why(error) if isinstance(error, ValueError) else repr(error),
            remedy="Its version must be that of barewire: build both again (scripts/setup)",
        ) from error  # fmt: skip
    return LoadResult(settings, counters, intervals, kept, series(end.ticks), end.interrupted, start.monotonic_ns)


def _interval(second: int, line: str) -> tuple[int, int, Mapping[str, Histogram]]:
    found = lines.SECOND.validate_json(line, strict=True)
    if found.second != second:
        raise ValueError(f"second {second} is missing")
    return found.start_ns, found.end_ns, {kind: Histogram(getattr(found, kind)) for kind in KINDS}
