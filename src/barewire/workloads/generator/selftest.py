"""The cost of the instrument itself on this machine: the generator against a minimal server, over the shortest possible paths.

No network can be measured as faster than this: the figures are the lower bound of every latency of a study, caused by client and
server. Three questions, each answered by loads like those of a study, pinned like those of a study:

- bias: latency and service time at a low rate over one connection, by loopback and by a bare veth between two namespaces;
- pacing: how late the generator takes up a request at 20,000/s, when it polls and when it sleeps;
- maximum: requests per second that one client core and one server core reach together.

Between two machines (`Pinning.elsewhere`) the path is their wire, and there is no shorter one: what is between the cards is in
each latency, while lateness and maximum are those of the client's machine.

Limit: client and server are both in each figure. Where the generator knows the kernel's time stamps, `wire_ns` is the same
latency without the client's own wake-up and reading.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from barewire.errors import LoadError
from barewire.lab import usage
from barewire.lab.lab import Lab, built
from barewire.lab.pinning import Pinning
from barewire.model.network import Pod, Topology, Wire
from barewire.networks import catalogue
from barewire.records.instrument import BiasRecord, GeneratorMaximum, InstrumentRecord, PacingRecord, TimerRecord
from barewire.testbeds.testbed import Command, Testbed
from barewire.units import format_duration, format_rate
from barewire.workloads.generator import load
from barewire.workloads.generator.histogram import Histogram
from barewire.workloads.servers import server
from barewire.workloads.servers.service import Service, http, tcp, udp

Path = Literal["loopback", "veth", "wire"]
PATHS: tuple[Path, ...] = ("loopback", "veth")
WIRE: Path = "wire"
"""The only path between two machines: their cards and what joins them are in each figure."""

_SIZED = ("tcp", "udp")
PROTOCOLS = (*_SIZED, "http")
BYTES = 64
"""Of a request and of its answer, with tcp and udp."""

BODY = 100
"""Of an answer, with http: 350 B in all."""

BIAS_PER_S, PACING_PER_S = 4_000.0, 20_000.0
CONNECTIONS = 64
_SEED = 1
_TIMEOUT_NS = 2 * 10**9
_CLIENT, _SERVER = Pod(1, 1), Pod(2, 1)

SHORTEST_S = 0.1

LATE_NS = 1_000_000.0
"""A generator that is later than this at p99 is not fit to measure: no limit of a study's rule about pacing is below it."""
REACHED, MUCH_STEAL = 0.98, 0.01
"""The least share of the offered rate, and the largest share of CPU time that may go to other virtual machines."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Seconds for each load of the three questions."""

    bias: float
    pacing: float
    maximum: float

    def times(self, factor: float) -> Lengths:
        """The lengths scaled by a factor, with a lower limit for each."""
        return Lengths(*(max(SHORTEST_S, seconds * factor) for seconds in (self.bias, self.pacing, self.maximum)))


FULL, QUICK = Lengths(1.0, 2.0, 1.0), Lengths(0.25, 0.5, 0.3)
"""Some 15 s in all, and some 4 s: what a study of some minutes does before its first trial, and a shorter one for less time."""


@dataclass(frozen=True, slots=True)
class Selftest:
    """What was found."""

    seconds: float
    pinning: Pinning
    bias: tuple[BiasRecord, ...]
    pacing: tuple[PacingRecord, ...]
    maximum: tuple[GeneratorMaximum, ...]
    resolution_ns: float
    steal_share: float

    @property
    def used(self) -> PacingRecord:
        """The generator's lateness with the timing strategy that a study on this machine uses."""
        return next(one for one in self.pacing if one.timing == self.pinning.timing)

    @property
    def faults(self) -> tuple[str, ...]:
        """Reasons why this machine cannot measure now; empty if it can."""
        late, found = self.used, []
        if late.pacing_ns["0.99"] > LATE_NS:
            found.append(f"the generator is late by {format_duration(late.pacing_ns['0.99'])} at p99, above 1 ms")
        if late.achieved_per_s < REACHED * late.offered_per_s:
            found.append(f"it reached {format_rate(late.achieved_per_s)} of {format_rate(late.offered_per_s)}")
        if self.steal_share > MUCH_STEAL:
            found.append(f"{self.steal_share * 100:.0f} % of the CPU time went to other machines of the hypervisor")
        return tuple(found)

    def record(self) -> InstrumentRecord:
        """`instrument` of `run.json` (docs/formats.md)."""
        return InstrumentRecord(
            seconds=round(self.seconds, 3),
            server="serve",
            pinning=self.pinning.record(),
            timing=self.pinning.timing,
            bias_rate_per_s=BIAS_PER_S,
            bias=self.bias,
            pacing=self.pacing,
            maximum=self.maximum,
            timer=TimerRecord(self.resolution_ns),
            steal_share=self.steal_share,
        )


def run(
    testbed: Testbed, pins: Pinning, lengths: Lengths, progress: Callable[[str], None] = lambda text: None,
    wire: Wire | None = None,
) -> Selftest:  # fmt: skip
    """Build the host's lab, a bare veth pair or `wire`, and measure; `progress` is called with the name of each step."""
    begun = time.monotonic()
    topology = Topology.uniform(max(2, len(testbed.machines())), 1, wire=wire or Wire())
    with built(catalogue.network(catalogue.parse("host")), topology, testbed) as lab:
        site = _Site(lab, pins, topology.ports(_SERVER).start)
        address = lab.network.pod_address(topology, _SERVER, 4)
        services = [site.service(protocol) for protocol in PROTOCOLS]
        running = server.start("serve", lab.node(_SERVER), lab.namespace(_SERVER), address, pins.server, services)
        before = lab.nodes.counters()
        bias = tuple(_biases(site, lengths, progress))
        pacing = tuple(_pacings(site, lengths, progress))
        maximum = tuple(_maxima(site, lengths, progress))
        stolen = usage.steal_share(usage.cpu_between(before, lab.nodes.counters(), ["all"]))
        running.stop()
        resolution_ns = site.clock_step_s() * 1e9
    return Selftest(time.monotonic() - begun, pins, bias, pacing, maximum, resolution_ns, stolen)


@dataclass(frozen=True, slots=True)
class _Site:
    """The lab, who runs where, and the first of the server's ports."""

    lab: Lab
    pins: Pinning
    port: int

    @property
    def paths(self) -> tuple[Path, ...]:
        """From the shortest to the longest."""
        return (WIRE,) if self.pins.elsewhere else PATHS

    def clock_step_s(self) -> float:
        """The resolution of CLOCK_MONOTONIC on the client's machine, by its own Python."""
        if not self.pins.elsewhere:
            return time.clock_getres(time.CLOCK_MONOTONIC)
        node = self.lab.node(_CLIENT)
        program = "import time; print(time.clock_getres(time.CLOCK_MONOTONIC))"
        done = node.wait(node.spawn(Command(node.name, ("python3", "-c", program))), load.SLACK_SECONDS)
        return float(done.stdout)

    def service(self, protocol: str) -> Service:
        port = self.port + PROTOCOLS.index(protocol)
        match protocol:
            case "tcp":
                return tcp(port, BYTES, BYTES)
            case "udp":
                return udp(port, BYTES, BYTES)
            case _:
                return http(port, [BODY])

    def run(
        self, protocol: str, path: str, timing: str, seconds: float, connections: int, rate_per_s: float | None
    ) -> load.LoadResult:
        """One load, from the server's own namespace (by loopback) or from the other node."""
        sized = protocol in _SIZED
        spec = load.LoadSpec(
            protocol=protocol, target=str(self.lab.network.pod_address(self.lab.topology, _SERVER, 4)),
            port=self.service(protocol).port, path="" if sized else f"/{BODY}", rate_per_s=rate_per_s,
            duration_ns=round(seconds * 1e9), warmup_ns=50_000_000, connections=connections, threads=1,
            arrivals="even", seed=_SEED, timeout_ns=_TIMEOUT_NS, timing=timing, cpus=self.pins.client,
            expect_bytes=None if sized else BODY, request_bytes=BYTES if sized else None, response_bytes=BYTES if sized else None,
            timestamps=rate_per_s is not None,
        )  # fmt: skip
        pod = _SERVER if path == "loopback" else _CLIENT
        node = self.lab.node(pod)
        process = node.spawn(load.command(self.lab.namespace(pod), spec))
        done = node.wait(process, seconds + load.SLACK_SECONDS)
        if done.status != 0:
            said = " ".join(done.stderr.split()) or f"status {done.status}"
            raise LoadError("the load generator failed in the self-test", where=f"{path}, {protocol}", said=said)
        return load.parse(done.stdout)


def _biases(site: _Site, lengths: Lengths, progress: Callable[[str], None]) -> Iterator[BiasRecord]:
    for path in site.paths:
        for protocol in PROTOCOLS:
            progress(f"latency of {protocol} by {path}")
            found = site.run(protocol, path, site.pins.timing, lengths.bias, 1, BIAS_PER_S)
            wire = _quantiles(found.histogram("wire"))
            sized = protocol in _SIZED
            yield BiasRecord(
                path, protocol, BYTES if sized else None, BYTES if sized else BODY,
                _quantiles(found.histogram("latency")), _quantiles(found.histogram("service")), wire,
            )  # fmt: skip


def _pacings(site: _Site, lengths: Lengths, progress: Callable[[str], None]) -> Iterator[PacingRecord]:
    for timing in ("spin", "sleep"):
        progress(f"pacing at {PACING_PER_S:.0f}/s, {timing}")
        found = site.run("tcp", site.paths[-1], timing, lengths.pacing, CONNECTIONS, PACING_PER_S)
        lag = _quantiles(found.histogram("lag"))
        pacing = _quantiles(found.histogram("pacing"))
        yield PacingRecord(timing, PACING_PER_S, found.achieved_per_s, pacing, lag)


def _maxima(site: _Site, lengths: Lengths, progress: Callable[[str], None]) -> Iterator[GeneratorMaximum]:
    for protocol in PROTOCOLS:
        progress(f"maximum rate of {protocol}")
        found = site.run(protocol, site.paths[-1], "sleep", lengths.maximum, CONNECTIONS, None)
        yield GeneratorMaximum(protocol, CONNECTIONS, found.achieved_per_s)


def _quantiles(histogram: Histogram) -> dict[str, float]:
    kept = ("count", "0.5", "0.99", "max")
    return {key: value for key, value in histogram.summary().items() if key in kept}
