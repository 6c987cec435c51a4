"""The driver of `barewire-load`: its command line, and what it prints.

The generator is a program of its own (`csrc/load`), so that nothing of Python runs while it measures. Its intervals come as
sparse counts and become HdrHistograms here.
"""

from __future__ import annotations

import json
import resource
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from barewire.errors import LoadError, PrerequisiteError
from barewire.kernel import programs
from barewire.testbeds.testbed import Command, LabNode
from barewire.workloads.generator import exact
from barewire.workloads.generator.histogram import HIGHEST_NS, Entry, Histogram, merged
from barewire.workloads.generator.series import series

PROGRAM = "barewire-load"
_SPARE_DESCRIPTORS = 64
"""Of the generator and the server, in addition to those of connections."""
_WAIT_SLACK_S = 20.0
KINDS = ("latency", "service", "lag", "pacing", "connect", "wire")
SIZED = frozenset({"tcp", "tcp-crr", "udp"})

TIMEOUT_NS = 10 * 10**9
DATAGRAM_TIMEOUT_NS = 10**8
"""Of a datagram that nobody sends again: far longer than any answer takes, and far shorter than a load."""
_START = frozenset({"protocol", "rate_per_s", "connections", "threads", "pipeline", "arrivals", "timing", "timestamps"})
_INTERVAL = frozenset({"second", "start_ns", "end_ns", *KINDS})
_NUMBERS = (
    "seconds",
    "requests",
    "completed",
    "unfinished",
    "lost",
    "late",
    "not_taken_up",
    "longest_gap_ns",
    "stray",
    "ambiguous",
    "achieved_per_s",
)
_END = frozenset({*_NUMBERS, "errors", "examples", "tcp", "ticks", "interrupted"})


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """One load. `rate_per_s` None is a closed loop; times in ns; `cpus` has one for each thread, or none.

    `http` and `connect` heed `path` and `expect_bytes`; `tcp`, `tcp-crr` and `udp` need both sizes instead, as the server was
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
        return self.protocol in SIZED


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a load. `end` is the generator's last line; histograms are by kind of time and second."""

    start: Mapping[str, Any]
    end: Mapping[str, Any]
    intervals: tuple[tuple[int, int, Mapping[str, Histogram]], ...]
    exact: exact.Exact | None = None

    @property
    def achieved_per_s(self) -> float:
        """Requests intended and answered within the recorded time, per second of it."""
        return float(self.end["achieved_per_s"])

    @property
    def completed(self) -> int:
        return int(self.end["completed"])

    @property
    def lost(self) -> int:
        """Requests that timed out or were unfinished. They are in the latencies with the time that they waited."""
        return int(self.end["lost"])

    @property
    def unfinished(self) -> int:
        """Requests without an answer when the generator stopped waiting."""
        return int(self.end["unfinished"])

    def histogram(self, kind: str) -> Histogram:
        """The histogram of a kind of time over all seconds."""
        return merged(found[kind] for _, _, found in self.intervals)

    def record(self) -> dict[str, Any]:
        """A load of a trial's record, but for its name and the machine's counters."""
        kept = (
            "seconds",
            "requests",
            "completed",
            "unfinished",
            "lost",
            "late",
            "errors",
            "achieved_per_s",
            "longest_gap_ns",
        )
        settings = ("connections", "threads", "pipeline", "arrivals", "timing")
        record = {key: self.end[key] for key in kept} | {key: self.start[key] for key in settings}
        record["retransmissions"] = self.end["tcp"]["retransmissions"]
        record["syn_retransmissions"] = self.end["tcp"]["syn_retransmissions"]
        record["stray"], record["ambiguous"] = self.end["stray"], self.end["ambiguous"]
        if self.end["examples"]:
            record["error_examples"] = dict(self.end["examples"])
        record["latency_ns"] = self.histogram("latency").summary()
        record["service_ns"] = self.histogram("service").summary()
        if self.start["protocol"] in ("connect", "tcp-crr"):
            record["connect_ns"] = self.histogram("connect").summary()
        if self.start["timestamps"]:
            record["wire_ns"] = self.histogram("wire").summary()
            record["unstamped"] = self.end["unstamped"]
        if self.start["rate_per_s"]:
            record["offered_per_s"] = self.start["rate_per_s"]
            record["lag_ns"] = self.histogram("lag").summary()
            record["not_taken_up"] = self.end["not_taken_up"]
            record["pacing_ns"] = self.histogram("pacing").summary()
        else:
            record["rate_per_s"] = self.achieved_per_s
        if (ticks := series(self.end["ticks"])) is not None:
            record["ticks"] = ticks
        if self.exact is not None:
            record["exact"] = self.exact.record()
        return record

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


def require_descriptors(connections: int, threads: int) -> None:
    """PrerequisiteError when the generator or the server may not have as many open files as `connections` need. Raises the hard
    limit of this process, which its children inherit, where the kernel allows it."""
    needed = connections + 2 * threads + _SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= needed:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, needed))
    except (OSError, ValueError) as error:
        raise PrerequisiteError(
            f"{connections} connections need {needed} open files",
            said=f"the hard limit of this process is {hard}, and the kernel does not let it be raised ({error})",
            remedy=f"Use fewer --connections, or raise the limit (as root: ulimit -Hn {needed}; of a service: LimitNOFILE=)",
        ) from error


def command(namespace: str, spec: LoadSpec) -> Command:
    """The generator in `namespace`, pinned as `spec` says."""
    return Command(namespace, tuple(argv(spec, PROGRAM)), spec.cpus)


def run(node: LabNode, namespace: str, spec: LoadSpec) -> LoadResult:
    """Run the generator in `namespace`; LoadError when it fails."""
    seconds = (spec.duration_ns + spec.warmup_ns) / 1e9 + _WAIT_SLACK_S
    done = node.wait(node.spawn(command(namespace, spec)), seconds)
    if done.status != 0:
        raise LoadError(
            "the load generator failed", where=namespace, said=" ".join(done.stderr.split()) or f"status {done.status}"
        )
    return parse(done.stdout)


def request_timeout_ns(protocol: str, delay_ns: int = 0) -> int:
    """The timeout of a request in a study, in ns; `delay_ns` is the delay of the wire, one way."""
    return DATAGRAM_TIMEOUT_NS + 4 * delay_ns if protocol == "udp" else TIMEOUT_NS


def connecting(spec: LoadSpec) -> LoadSpec:
    """The same load with a connection for each request."""
    return replace(spec, protocol="tcp-crr" if spec.sized else "connect", pipeline=1)


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
        "path": None if spec.sized else spec.path,
        "expect-bytes": None if spec.sized else spec.expect_bytes,
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
        start, *middle, end = (json.loads(line) for line in output.splitlines())
        _expect(start, "start", _START)
        _expect(end, "end", _END)
        _expect_numbers(start, end)
        for second, line in enumerate(middle):
            _expect(line, "interval", _INTERVAL)
            if line["second"] != second:
                raise ValueError(f"second {second} is missing")
        intervals = tuple(
            (int(line["start_ns"]), int(line["end_ns"]), {kind: Histogram(_pairs(line[kind])) for kind in KINDS})
            for line in middle
        )
        measured = sum(found["latency"].count for _, _, found in intervals)
        if measured != end["completed"] + end["lost"]:
            raise ValueError(f"{end['completed']} requests were completed, {end['lost']} lost, and {measured} measured")
        ticked = sum(count for tick in end["ticks"]["counts"] for _, count in _pairs(tick))
        if ticked != measured or int(end["ticks"]["tick_ns"]) <= 0:
            raise ValueError(f"{measured} requests were measured and {ticked} are in its ticks")
        kept = exact.parse(end.get("exact"))
        if kept is not None and kept.values["latency"].count != measured:
            raise ValueError(f"{measured} requests were measured and {kept.values['latency'].count} kept")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise LoadError(
            "the load generator's output is incomplete", said=str(error) or type(error).__name__,
            remedy="Its version must be that of barewire: build both again (scripts/setup)",
        ) from error  # fmt: skip
    return LoadResult(start, end, intervals, kept)


def _pairs(counts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if not all(0 <= int(value) <= HIGHEST_NS and int(count) > 0 for value, count in counts):
        raise ValueError("a value or its count is out of range")
    return [(int(value), int(count)) for value, count in counts]


def _expect(line: Any, kind: str, keys: frozenset[str]) -> None:
    if not isinstance(line, dict) or line.get("type") != kind:
        raise ValueError(f"a line of type {kind} is missing")
    if lacking := sorted(keys - line.keys()):
        raise ValueError(f"the line of type {kind} lacks {', '.join(lacking)}")


def _expect_numbers(start: Mapping[str, Any], end: Mapping[str, Any]) -> None:
    """What a record is made of are numbers, so that making it cannot fail."""
    needed = {key: end[key] for key in _NUMBERS} | {f"errors.{key}": count for key, count in end["errors"].items()}
    needed["tcp.retransmissions"] = end["tcp"]["retransmissions"]
    needed["tcp.syn_retransmissions"] = end["tcp"]["syn_retransmissions"]
    needed["rate_per_s"] = start["rate_per_s"] or 0
    if start["timestamps"]:
        needed["unstamped"] = end["unstamped"]
    for key, value in needed.items():
        if not isinstance(value, int | float) or not 0 <= value < 1 << 63:
            raise ValueError(f"{key} is {value!r}")
    if not all(isinstance(value, str | int) for value in end["examples"].values()):
        raise ValueError(f"examples are {end['examples']!r}")
    if not isinstance(start["protocol"], str):
        raise ValueError(f"protocol is {start['protocol']!r}")
