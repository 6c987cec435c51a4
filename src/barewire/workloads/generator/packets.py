"""One-way UDP packets: packets per second that a network carries, and packet loss.

`barewire-load --protocol udp-stream` sends, a sink of barewire-serve counts what arrives, and the numbers in the datagrams show
loss, reordering and duplicates. The sink is started for each load, so that what it counted is that load's. Every datagram is a
packet of its own all the way; with `gso` the kernel cuts them out of larger ones, which pass a network in far fewer steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from barewire.errors import LoadError
from barewire.model.expectation import Target
from barewire.records import Load, why
from barewire.records.fields import Amount, Rate
from barewire.testbeds.testbed import Command
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.generator import exact, load
from barewire.workloads.generator.exact import ExactLine
from barewire.workloads.generator.histogram import Histogram
from barewire.workloads.servers.counts import SinkCounts
from barewire.workloads.servers.service import sink

PROTOCOL = "udp-stream"
SMALLEST_BYTES = 8
"""For the number that a datagram begins with."""


@dataclass(frozen=True, slots=True)
class PacketsSpec:
    """Packets from the client to a sink on the server. `rate_per_s` None is as fast as it goes; times in ns."""

    request_bytes: int
    rate_per_s: float | None
    duration_ns: int
    warmup_ns: int
    seed: int
    timing: str = "spin"
    threads: int = 1
    arrivals: str = "even"
    gso: int = 1
    burst: int = 1
    exact: bool = False
    phase_ns: int | None = None
    drain_ns: int = 50_000_000
    """How long after the last packet the sink is asked: longer than the network takes to deliver one."""


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """Of the generator's first line; `rate_per_s` is 0 for as fast as it goes."""

    type: Literal["start"]
    rate_per_s: Amount
    request_bytes: int
    threads: int
    gso: int
    timing: str


@dataclass(frozen=True, slots=True)
class SenderCounters:
    """Of its last line; `pacing` has values in ns and their counts."""

    type: Literal["end"]
    seconds: Rate
    packets: int
    longest_gap_ns: int
    stopped_ns: int
    pacing: tuple[tuple[int, int], ...]
    exact: ExactLine | None


_START: TypeAdapter[SenderSettings] = TypeAdapter(SenderSettings)
_END: TypeAdapter[SenderCounters] = TypeAdapter(SenderCounters)


@dataclass(frozen=True, slots=True)
class PacketsResult:
    """Packets sent, as counted by the sender (`end`), and received, as counted by the sink (`counted`)."""

    start: SenderSettings
    end: SenderCounters
    counted: SinkCounts
    exact: exact.Exact | None = None

    @property
    def sent(self) -> int:
        return self.end.packets

    @property
    def received(self) -> int:
        """Packets sent in the recorded time that arrived, without duplicates."""
        return self.counted.packets - self.counted.duplicates

    @property
    def sent_per_s(self) -> float:
        return self.sent / self.end.seconds

    @property
    def received_per_s(self) -> float:
        return self.received / self.end.seconds

    @property
    def loss_share(self) -> float:
        """The share of sent packets that were lost."""
        return (self.sent - self.received) / self.sent if self.sent else 0.0

    def record(self, load: str, workload: str, response_bytes: int | None) -> Load:
        """A load of a trial, without the machine's counters."""
        at_rate = self.start.rate_per_s > 0
        return Load(
            load,
            workload,
            response_bytes,
            request_bytes=self.start.request_bytes,
            threads=self.start.threads,
            timing=self.start.timing,
            gso=self.start.gso,
            seconds=self.end.seconds,
            longest_gap_ns=self.end.longest_gap_ns,
            stopped_ns=self.end.stopped_ns,
            sent=self.sent,
            sent_per_s=self.sent_per_s,
            received=self.received,
            received_per_s=self.received_per_s,
            loss_share=self.loss_share,
            gaps=self.counted.gaps,
            missing=self.counted.missing,
            reordered=self.counted.reordered,
            duplicates=self.counted.duplicates,
            socket_drops=self.counted.socket_drops,
            exact=self.exact.record() if self.exact else None,
            offered_per_s=self.start.rate_per_s if at_rate else None,
            pacing_ns=Histogram(self.end.pacing).summary() if at_rate else {},
        )


def run(
    path: PathUnderTest,
    port: int,
    client_cpus: tuple[int, ...],
    server_cpus: tuple[int, ...],
    spec: PacketsSpec,
) -> PacketsResult:
    """Start a sink on `port` of the server, send to it from the client, stop the sink."""
    receiver = path.serve("serve", [sink(port)], server_cpus)
    client = path.client
    argv_ = tuple(argv(spec, load.PROGRAM, path.target(port), client_cpus))
    sender = client.node.spawn(Command(client.namespace, argv_, client_cpus))
    done = client.node.wait(sender, (spec.duration_ns + spec.warmup_ns) / 1e9 + load.SLACK_SECONDS)
    [counted] = receiver.stop().sink
    if done.status != 0:
        said = " ".join(done.stderr.split()) or f"status {done.status}"
        raise LoadError("the load generator failed", where=client.namespace, said=said)
    return parse(done.stdout, counted)


def argv(spec: PacketsSpec, path: str, target: Target, cpus: tuple[int, ...]) -> list[str]:
    """The command line of the generator."""
    words = {
        "protocol": PROTOCOL,
        "target": target.address,
        "port": target.port,
        "request-bytes": spec.request_bytes,
        "rate": "max" if spec.rate_per_s is None else f"{spec.rate_per_s:.6f}",
        "duration": f"{spec.duration_ns}ns",
        "warmup": f"{spec.warmup_ns}ns",
        "threads": spec.threads,
        "timing": spec.timing,
        "gso": spec.gso,
        "burst": spec.burst,
        "drain": f"{spec.drain_ns}ns",
    }
    if cpus:
        words["cpus"] = ",".join(str(cpus[i % len(cpus)]) for i in range(spec.threads))
    if spec.rate_per_s is not None:
        words["arrivals"] = spec.arrivals
        words |= {"seed": spec.seed} if spec.arrivals == "poisson" else {}
    if spec.phase_ns is not None:
        words["phase"] = f"{spec.phase_ns}ns"
    flags = ["--exact"] if spec.exact else []
    return [path, *(text for key, value in words.items() for text in (f"--{key}", str(value))), *flags]


def parse(output: str, counted: SinkCounts) -> PacketsResult:
    """What the generator printed, beside what the sink counted; LoadError when it is not whole."""
    try:
        first, *_, last = output.splitlines()
        start, end = _START.validate_json(first, strict=True), _END.validate_json(last, strict=True)
        kept = exact.parse(end.exact)
    except ValueError as error:
        raise LoadError(
            "the load generator's output is incomplete", said=why(error),
            remedy="Its version must be that of barewire: build both again (scripts/setup)",
        ) from error  # fmt: skip
    return PacketsResult(start, end, counted, kept)
