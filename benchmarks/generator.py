"""The load generator against the best of Debian's packages: HTTP against wrk, TCP ping-pong against sockperf; lateness, memory.

    scripts/bench generator [--pairs N] [--seconds S] [http|http-serve|pingpong|lag|memory|counted|added ...]

Both generators run in the same lab (host network over one veth pair), on the same core, against a server on the other core, in
turn: a pair is one run of each, in an order that alternates, so that what the machine does meanwhile meets both. A ratio is
barewire's over the other's, with its 95 % intervals over the pairs' logarithms: Student's t, and Hodges-Lehmann, which a few
disturbed runs do not move. `http` is against nginx, which is the slower of the two; `http-serve` against barewire-serve, so that
the generators' own speed is seen. `lag` has a loop beside it that only reads the clock, on the same core: how late it takes up a
time is what the machine takes away from a polling program. `counted` is one ping-pong by the counted clock, in instructions
of client, server and kernel, on Debian's 6.12 in a VM: once each, since runs differ by 0.2 % at most. `added` is the same over
several networks: what each adds to the host's by either generator. `http` needs wrk, `pingpong`, `counted` and `added` need
sockperf (apt-get install wrk sockperf), and all but the last two a quiet machine with two cores.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import math
import re
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from barewire.kernels import available
from barewire.lab.lab import Lab, built
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.statistics import hodges_lehmann, paired_t
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from barewire.testbeds.vm.testbed import VmTestbed
from barewire.workloads.generator import load
from barewire.workloads.generator.histogram import Histogram
from barewire.workloads.servers import nginx, serve

CONNECTIONS = (1, 16, 64, 256)
LIMIT_SECONDS = 60.0
LIMIT_SECONDS_COUNTED = 600.0
HTTP_PORT, TCP_PORT, SOCKPERF_PORT = 20_000, 20_001, 20_500
LAG_RATE = 20_000
NETWORKS = ("macvlan", "ptp", "flannel/host-gw", "flannel/vxlan", "calico/bgp", "calico/vxlan")
HOST = catalogue.network(catalogue.parse("host"))


LOOP = """
import sys, time
now, gaps, seconds = time.monotonic_ns, [], float(sys.argv[1])
last = now()
end = last + int(seconds * 1e9)
while last < end:
    at = now()
    if at - last > 500:
        gaps.append(at - last)
    last = at
for share in (0.01, 0.001):
    low, high = 0, max(gaps, default=0)
    while high - low > 1:
        late = (low + high) // 2
        more = sum(gap - late for gap in gaps if gap > late) > share * seconds * 1e9
        low, high = (late, high) if more else (low, late)
    print(high / 1e3)
"""
"""How many microseconds later than any moment drawn at random it reads the clock: p99 and p99.9. Its own turn is below 0.5 us."""


@dataclass(frozen=True)
class Site:
    """The lab, who sends, who answers, and at which address."""

    lab: Lab
    client: str
    server: str
    address: str
    pairs: int
    seconds: float
    server_cpu: int = 0
    client_cpu: int = 1
    limit_seconds: float = LIMIT_SECONDS

    def run(self, *argv: str) -> str:
        """A program of the client's to its end; its standard output."""
        node = self.lab.nodes.node(self.client)
        done = node.wait(node.spawn(Command(self.client, argv, (self.client_cpu,))), self.limit_seconds)
        if done.status:
            raise SystemExit(f"{argv[0]} ended with {done.status}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    @contextmanager
    def server_on(self, port: int, *argv: str) -> Iterator[None]:
        """A server on the other core, listening on `port`."""
        node = self.lab.nodes.node(self.server)
        process = node.spawn(Command(self.server, argv, (self.server_cpu,), listens=port))
        node.wait_listening(process, self.limit_seconds)
        yield
        node.stop(process)

    def serve(self, port: int, *services: str) -> Any:
        """barewire-serve with `services`."""
        return self.server_on(port, serve.program(), "--bind", self.address, "--cpus", str(self.server_cpu), *services)

    def load(self, *options: str) -> list[dict[str, Any]]:
        """barewire-load's lines."""
        lines = self.run(load.program(), "--target", self.address, *options).splitlines()
        return [json.loads(line) for line in lines]


def quantile_us(lines: Sequence[dict[str, Any]], kind: str, quantile: float) -> float:
    """A quantile of all seconds of a kind, in microseconds."""
    pairs = [(value, count) for line in lines if line["type"] == "interval" for value, count in line[kind]]
    return Histogram(pairs).quantile(quantile) / 1e3


def compare(site: Site, name: str, unit: str, ours: Callable[[], float], theirs: Callable[[], float]) -> None:
    """A row of the table: medians of both, and the ratio over runs in turn."""
    mine, other = [], []
    for number in range(site.pairs):
        for run, found in ((ours, mine), (theirs, other))[:: 1 if number % 2 else -1]:
            found.append(run())
    logs = [math.log(a / b) for a, b in zip(mine, other, strict=True)]
    shown = []
    for found_log in (paired_t(logs), hodges_lehmann(logs)):
        if found_log is None or found_log.low is None or found_log.high is None:
            shown.append("-")
            continue
        numbers = [math.exp(x) for x in (found_log.value, found_log.low, found_log.high)]
        shown.append("{:.3f} [{:.3f} … {:.3f}]".format(*numbers))
    medians = " | ".join(f"{statistics.median(values):,.1f} {unit}" for values in (mine, other))
    print(f"| {name} | {medians} | {' | '.join(shown)} |", flush=True)


def _http(site: Site, server: str) -> None:
    def ours(connections: int) -> float:
        lines = site.load("--port", str(HTTP_PORT), "--path", "/100", "--rate", "max", "--connections", str(connections),
                          "--duration", f"{site.seconds}s", "--expect-bytes", "100")  # fmt: skip
        return float(lines[-1]["achieved_per_s"])

    def theirs(connections: int) -> float:
        url = f"http://{site.address}:{HTTP_PORT}/100"
        said = site.run("wrk", "-t1", f"-c{connections}", f"-d{math.ceil(site.seconds)}s", url)
        match = re.search(r"Requests/sec:\s*([0-9.]+)", said)
        assert match, said
        return float(match[1])

    for n in CONNECTIONS:
        compare(site, f"HTTP from {server}, {n} connections", "/s", lambda n=n: ours(n), lambda n=n: theirs(n))


def http(site: Site) -> None:
    """The greatest rate of one core against nginx."""
    address = ipaddress.ip_address(site.address)
    node = site.lab.nodes.node(site.server)
    process = nginx.start(node, site.server, address, HTTP_PORT, (site.server_cpu,), [100])
    _http(site, "nginx")
    node.stop(process)


def http_serve(site: Site) -> None:
    """Measure the maximum rate of one core against barewire-serve."""
    with site.serve(HTTP_PORT, "--http", f"{HTTP_PORT}:100"):
        _http(site, "barewire-serve")


def _own_pingpong(site: Site, *options: str) -> float:
    lines = site.load("--protocol", "tcp", "--port", str(TCP_PORT), "--request-bytes", "64", "--response-bytes", "64",
                      "--rate", "max", "--connections", "1", "--duration", f"{site.seconds}s", *options)  # fmt: skip
    return quantile_us(lines, "latency", 0.5)


def _other_pingpong(site: Site, *options: str) -> float:
    said = site.run("sockperf", "pp", "--tcp", "-i", site.address, "-p", str(SOCKPERF_PORT), "-m", "64",
                    "-t", str(math.ceil(site.seconds)), "--full-rtt", *options)  # fmt: skip
    match = re.search(r"percentile 50\.000 =\s*([0-9.]+)", said)
    assert match, said
    return float(match[1])


@contextmanager
def _both_servers(site: Site) -> Iterator[None]:
    listener = ("sockperf", "server", "--tcp", "-i", site.address, "-p", str(SOCKPERF_PORT))
    with site.serve(TCP_PORT, "--tcp", f"{TCP_PORT}:64:64"), site.server_on(SOCKPERF_PORT, *listener):
        yield


def pingpong(site: Site) -> None:
    """The median of one request after another over one TCP connection, 64 B each way; both sleep, then both poll."""
    with _both_servers(site):
        for how, own, other in (("asleep between", "sleep", ()), ("polling", "spin", ("--nonblocked",))):
            options = ("--timing", own, "--warmup", "0.2s")
            compare(
                site,
                f"TCP ping-pong p50, {how}",
                "us",
                lambda options=options: _own_pingpong(site, *options),
                lambda other=other: _other_pingpong(site, *other),
            )


def _counted(testbed: VmTestbed, name: str) -> tuple[float, float]:
    """Instructions of a round trip between pods of a network: by barewire-load, and by sockperf."""
    topology = Topology.uniform(2, 1, addresses=AddressPlan((4,)))
    with built(catalogue.network(catalogue.parse(name)), topology, testbed) as lab:
        client, server = topology.pods[0], topology.pods[-1]
        address = str(lab.network.pod_address(topology, server, 4))
        namespaces = lab.namespace(client), lab.namespace(server)
        site = Site(lab, *namespaces, address, 1, 0.2, client_cpu=0, limit_seconds=LIMIT_SECONDS_COUNTED)
        with _both_servers(site):
            return _own_pingpong(site, "--timing", "sleep", "--exact") * 1e3, _other_pingpong(site) * 1e3


def counted() -> None:
    """The same by a clock that counts, both asleep between: a nanosecond is an instruction."""
    with VmTestbed(available.find("6.12"), "counted") as testbed:
        own, other = _counted(testbed, "host")
    print(
        f"| TCP ping-pong, counted | {own:,.0f} instructions | {other:,.0f} instructions | {own / other:.3f} | |",
        flush=True,
    )


def added() -> None:
    """What networks add to the host's instructions of a round trip, by either generator."""
    print("\n| network | barewire-load | sockperf | ratio |\n|---|--:|--:|--:|", flush=True)
    with VmTestbed(available.find("6.12"), "counted") as testbed:
        host = _counted(testbed, "host")
        for name in NETWORKS:
            own, other = (both - alone for both, alone in zip(_counted(testbed, name), host, strict=True))
            print(f"| `{name}` | +{own:,.0f} | +{other:,.0f} | {own / other:.3f} |", flush=True)


def lag(site: Site) -> None:
    """How late requests leave at a constant rate over 64 connections: send lag, the generator's pacing, and the core's own."""
    protocols = {
        "tcp": ("--protocol", "tcp", "--port", str(TCP_PORT)),
        "http": ("--port", str(HTTP_PORT), "--path", "/100"),
    }
    quantiles = (0.5, 0.99, 0.999)
    found: dict[str, list[list[float]]] = {
        f"{name}, {kind}": [] for name in protocols for kind in ("send lag", "pacing")
    }
    bare: list[list[float]] = []
    with site.serve(TCP_PORT, "--tcp", f"{TCP_PORT}:64:64", "--http", f"{HTTP_PORT}:100"):
        for _ in range(site.pairs):
            for name, options in protocols.items():
                lines = site.load(*options, "--rate", str(LAG_RATE), "--timing", "spin", "--connections", "64",
                                  "--duration", f"{site.seconds}s", "--warmup", "0.2s")  # fmt: skip
                for kind, key in (("send lag", "lag"), ("pacing", "pacing")):
                    found[f"{name}, {kind}"].append([quantile_us(lines, key, quantile) for quantile in quantiles])
            bare.append([float(line) for line in site.run(sys.executable, "-c", LOOP, str(site.seconds)).split()])
    print("\n| | p50 | p99 | p99.9 |\n|---|---|---|---|")
    for title, runs in found.items():
        print(f"| {title} | {' | '.join(map(spread, zip(*runs, strict=True)))} |")
    print(f"| a loop that only reads the clock | | {' | '.join(map(spread, zip(*bare, strict=True)))} |", flush=True)


def spread(values: Sequence[float]) -> str:
    """The median of runs, and from the best to the worst."""
    return f"{statistics.median(values):.2f} us ({min(values):.2f} to {max(values):.2f})"


def memory(site: Site) -> None:
    """The largest resident set with 10,000 connections, as the shell's children had it."""
    script = (
        "ulimit -n 20000; $0 $@ >/dev/null & pid=$!; while grep VmHWM /proc/$pid/status; do sleep 0.2; done; wait $pid"
    )
    options = ("--target", site.address, "--port", str(TCP_PORT), "--protocol", "tcp", "--connections", "10000",
               "--rate", str(LAG_RATE), "--duration", "2s")  # fmt: skip
    with site.serve(TCP_PORT, "--tcp", f"{TCP_PORT}:64:64"):
        said = site.run("/bin/sh", "-c", script, load.program(), *options)
    peaks = [int(match) for match in re.findall(r"VmHWM:\s*(\d+) kB", said)]
    print(
        f"\nmemory at 10,000 connections and {LAG_RATE:,} requests/s: {max(peaks) / 1000:.1f} MB at the peak",
        flush=True,
    )


def site_of(lab: Lab, pairs: int, seconds: float) -> Site:
    first, second = lab.topology.nodes[:2]
    address = str(lab.topology.addresses.family(4).node(second.index).ip)
    return Site(lab, first.name, second.name, address, pairs, seconds)


def main() -> None:
    parts = {"http": http, "http-serve": http_serve, "pingpong": pingpong, "lag": lag, "memory": memory}
    names = [*parts, "counted", "added"]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("what", nargs="*", default=names, metavar="WHAT", choices=names, help=", ".join(names))
    options = parser.parse_args()
    for program, users in (("wrk", {"http", "http-serve"}), ("sockperf", {"pingpong", "counted", "added"})):
        if users.intersection(options.what) and not shutil.which(program):
            raise SystemExit(f"{program} is missing: apt-get install {program}")
    print("| what | barewire-load | other | ratio (t) | ratio (Hodges-Lehmann) |\n|---|---|---|---|---|")
    here = [parts[what] for what in options.what if what in parts]
    if here:
        with built(HOST, Topology.uniform(2, 1), LocalTestbed()) as lab:
            for part in here:
                part(site_of(lab, options.pairs, options.seconds))
    if "counted" in options.what:
        counted()
    if "added" in options.what:
        added()


if __name__ == "__main__":
    main()
