"""What an answer costs: barewire-serve against nginx, 100 B over a veth, one core for the client and one for the server.

    scripts/bench serve [PAIRS]

Pairs are interleaved in random order on the bare host's lab, with fresh servers. Two loads each: a closed loop of 64 connections
(the most that both cores do together), and 5,000 requests/s, where the busy time of the server's core per request is its cost,
kernel and all. The ratio is barewire-serve / nginx, geometric mean with a 95 % t interval of its logarithm.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
from dataclasses import replace

from scipy import stats

from barewire.lab import pinning, usage
from barewire.lab.lab import Lab, built
from barewire.model.network import Pod, Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.workloads.generator import load
from barewire.workloads.servers import server
from barewire.workloads.servers.service import http

TOPOLOGY = Topology.uniform(2, 1)
CLIENT, SERVER = Pod(1, 1), Pod(2, 1)
PORT = TOPOLOGY.ports(SERVER).start
BODY, RATE, SEED = 100, 5000.0, 1


def measured(lab: Lab, pins: pinning.Pinning, name: str) -> tuple[float, float]:
    """Requests per second of the closed loop, and nanoseconds of the server's core per request at the rate."""
    address = lab.network.pod_address(TOPOLOGY, SERVER, 4)
    running = server.start(name, lab.node(SERVER), lab.namespace(SERVER), address, pins.server, [http(PORT, [BODY])])
    spec = load.LoadSpec(
        protocol="http", target=str(address), port=PORT, path=f"/{BODY}", rate_per_s=None, duration_ns=10**9, warmup_ns=0,
        connections=64, threads=1, arrivals="even", seed=SEED, timeout_ns=10**10, timing="sleep", cpus=pins.client,
        expect_bytes=BODY,
    )  # fmt: skip
    found = []
    for one in (spec, replace(spec, rate_per_s=RATE)):
        before = lab.nodes.counters()
        done = lab.node(CLIENT).wait(lab.node(CLIENT).spawn(load.command(lab.namespace(CLIENT), one)), 60)
        did = usage.difference(before, lab.nodes.counters(), pins)
        found.append((load.parse(done.stdout), did))
    running.stop()
    (busy, _), (steady, did) = found
    return busy.achieved_per_s, usage.busy_ns(did.cpu["server"]) / max(1, steady.completed)


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    pins = pinning.choose("auto", "auto", "auto", LocalTestbed().machine().cpus)
    draw = random.Random(SEED)
    found: dict[str, list[tuple[float, float]]] = {"serve": [], "nginx": []}
    with built(catalogue.network(catalogue.parse("host")), TOPOLOGY, LocalTestbed()) as lab:
        for _ in range(pairs):
            for name in draw.sample(sorted(found), 2):
                found[name].append(measured(lab, pins, name))
    print(f"{pairs} pairs; client on CPU {pins.client[0]}, server on CPU {pins.server[0]}")
    print("| | barewire-serve | nginx | ratio | 95 % interval |\n|---|---|---|---|---|")
    for kind, title in enumerate(("most requests/s", f"server's ns per request at {RATE:.0f}/s")):
        sides = [[one[kind] for one in found[name]] for name in ("serve", "nginx")]
        logs = [math.log(a / b) for a, b in zip(*sides, strict=True)]
        mean = statistics.fmean(logs)
        half = stats.t.ppf(0.975, pairs - 1) * statistics.stdev(logs) / math.sqrt(pairs) if pairs > 1 else 0.0
        a, b = (statistics.median(side) for side in sides)
        interval = f"{math.exp(mean - half):.3f} to {math.exp(mean + half):.3f}"
        print(f"| {title} | {a:,.0f} | {b:,.0f} | {math.exp(mean):.3f} | {interval} |")


if __name__ == "__main__":
    main()
