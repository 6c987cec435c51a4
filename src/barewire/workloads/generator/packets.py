"""One-way UDP packets: packets per second that a network carries, and packet loss.

`barewire-load --protocol packets` sends, a sink of barewire-serve counts what arrives, and the numbers in the datagrams show
loss, reordering and duplicates. The sink is started for each load, so that what it counted is that load's. Every datagram is a
packet of its own all the way; with `gso` the kernel cuts them out of larger ones, which pass a network in far fewer steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from barewire.errors import LoadError
from barewire.model.expectation import Target
from barewire.model.objects import IPAddress
from barewire.testbeds.testbed import Command, LabNodes
from barewire.workloads.generator import exact, load
from barewire.workloads.generator.histogram import Histogram
from barewire.workloads.servers import serve
from barewire.workloads.servers.service import sink

SMALLEST_BYTES = 8
"""For the number that a datagram begins with."""

_SLACK_SECONDS = 20.0
_START = frozenset({"protocol", "rate_per_s", "request_bytes", "threads", "gso", "timing"})
_END = frozenset({"seconds", "packets", "packets_per_s", "again", "no_buffers", "longest_gap_ns", "pacing"})
_SINK = ("gaps", "missing", "reordered", "duplicates", "socket_drops")


@dataclass(frozen=True, slots=True)
class PacketsSpec:
    """Packets from one namespace to a sink in another. `rate_per_s` None is as fast as it goes; times in ns."""

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
class PacketsResult:
    """Packets sent, as counted by the sender (`end`), and received, as counted by the sink (`counted`)."""

    start: Mapping[str, Any]
    end: Mapping[str, Any]
    counted: Mapping[str, Any]
    exact: exact.Exact | None = None

    @property
    def sent(self) -> int:
        return int(self.end["packets"])

    @property
    def received(self) -> int:
        """Packets sent in the recorded time that arrived, without duplicates."""
        return int(self.counted["packets"] - self.counted["duplicates"])

    @property
    def sent_per_s(self) -> float:
        return self.sent / float(self.end["seconds"])

    @property
    def received_per_s(self) -> float:
        return self.received / float(self.end["seconds"])

    @property
    def loss_share(self) -> float:
        """The share of sent packets that were lost."""
        return (self.sent - self.received) / self.sent if self.sent else 0.0

    def record(self) -> dict[str, Any]:
        """A load of a trial's record, but for its name and the machine's counters."""
        record: dict[str, Any] = {key: self.start[key] for key in ("request_bytes", "threads", "timing", "gso")}
        record["seconds"] = self.end["seconds"]
        record["longest_gap_ns"] = self.end["longest_gap_ns"]
        record["sent"] = self.sent
        record["sent_per_s"] = self.sent_per_s
        record["received"] = self.received
        record["received_per_s"] = self.received_per_s
        record["loss_share"] = self.loss_share
        record |= {key: self.counted[key] for key in _SINK}
        if self.exact is not None:
            record["exact"] = self.exact.record()
        if self.start["rate_per_s"]:
            record["offered_per_s"] = self.start["rate_per_s"]
            record["pacing_ns"] = Histogram([(int(value), int(count)) for value, count in self.end["pacing"]]).summary()
        return record


def run(
    nodes: LabNodes,
    client: str,
    server: str,
    address: IPAddress,
    port: int,
    target: Target,
    client_cpus: tuple[int, ...],
    server_cpus: tuple[int, ...],
    spec: PacketsSpec,
) -> PacketsResult:
    """Start a sink on `address` and `port` in the namespace `server`, send to `target` from `client`, stop the sink."""
    receiver = serve.start(nodes.node(server), server, address, server_cpus, [sink(port)])
    argv_ = tuple(argv(spec, load.PROGRAM, target, client_cpus))
    sender = nodes.node(client).spawn(Command(client, argv_, client_cpus))
    done = nodes.node(client).wait(sender, (spec.duration_ns + spec.warmup_ns) / 1e9 + _SLACK_SECONDS)
    counted = serve.stop(nodes.node(server), receiver)["sink"][0]
    if done.status != 0:
        said = " ".join(done.stderr.split()) or f"status {done.status}"
        raise LoadError("the load generator failed", where=client, said=said)
    return parse(done.stdout, counted)


def argv(spec: PacketsSpec, path: str, target: Target, cpus: tuple[int, ...]) -> list[str]:
    """The command line of the generator."""
    words = {
        "protocol": "packets",
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


def parse(output: str, counted: Mapping[str, Any]) -> PacketsResult:
    """What the generator printed, beside what the sink counted; LoadError when it is not whole."""
    try:
        start, *_, end = (json.loads(line) for line in output.splitlines())
        for line, kind, keys in ((start, "start", _START), (end, "end", _END)):
            if line.get("type") != kind or keys - line.keys():
                raise ValueError(f"the line of type {kind} is missing or lacks {', '.join(sorted(keys - line.keys()))}")
        kept = exact.parse(end.get("exact"))
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise LoadError(
            "the load generator's output is incomplete", said=str(error),
            remedy="Its version must be that of barewire: build both again (scripts/setup)",
        ) from error  # fmt: skip
    return PacketsResult(start, end, counted, kept)
