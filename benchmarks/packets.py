"""One-way packets of 64 bytes over a veth: barewire-load and its sink against iperf3, one core to send and one to receive.

    scripts/bench packets [PAIRS] [BYTES]

Pairs are interleaved in random order on the bare host's lab, a fresh receiver for each. The ratio is barewire / iperf3, geometric
mean over pairs with a 95 % t interval of its logarithm; sent is what the sender's kernel took, received is what the receiver's
program read.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import sys

from scipy import stats

from barewire.kernel import programs
from barewire.lab import pinning
from barewire.lab.lab import Lab, built
from barewire.model.network import Pod, Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from barewire.workloads.definition.lab_path import LabPath
from barewire.workloads.generator import packets

TOPOLOGY = Topology.uniform(2, 1)
CLIENT, SERVER = Pod(1, 1), Pod(2, 1)
SECONDS = 1
SEED = 1


def ours(lab: Lab, pins: pinning.Pinning, port: int, size: int) -> tuple[float, float]:
    spec = packets.PacketsSpec(size, None, SECONDS * 10**9, 0, SEED)
    result = packets.run(LabPath(lab), port, pins.client, pins.server, spec)
    return result.sent_per_s, result.received_per_s


def theirs(lab: Lab, pins: pinning.Pinning, port: int, size: int) -> tuple[float, float]:
    path = programs.require(["iperf3"])["iperf3"].path
    address = str(lab.network.pod_address(TOPOLOGY, SERVER, 4))
    serve = ("-s", "-1", "-B", address, "-p", str(port))
    send = ("-c", address, "-p", str(port), "-u", "-b", "0", "-l", str(size), "-t", str(SECONDS), "-i", "0", "-J")
    at = lab.node(SERVER)
    server = at.spawn(Command(lab.namespace(SERVER), (path, *serve), pins.server, listens=port))
    at.wait_listening(server, 10)
    done = lab.node(CLIENT).wait(lab.node(CLIENT).spawn(Command(lab.namespace(CLIENT), (path, *send), pins.client)), 30)
    at.wait(server, 10)
    end = json.loads(done.stdout)["end"]["sum"]
    return end["packets"] / end["seconds"], (end["packets"] - end["lost_packets"]) / end["seconds"]


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 64
    pins = pinning.choose("auto", "auto", "auto", LocalTestbed().machine().cpus)
    draw = random.Random(SEED)
    found: dict[str, list[tuple[float, float]]] = {"barewire": [], "iperf3": []}
    with built(catalogue.network(catalogue.parse("host")), TOPOLOGY, LocalTestbed()) as lab:
        for pair in range(pairs):
            order = [("barewire", ours), ("iperf3", theirs)]
            draw.shuffle(order)
            for turn, (name, measure) in enumerate(order):
                found[name].append(measure(lab, pins, TOPOLOGY.ports(SERVER)[2 * pair + turn], size))
    print(f"{pairs} pairs of {SECONDS} s, {size} B; sender on CPU {pins.client[0]}, receiver on CPU {pins.server[0]}")
    print("| per second | barewire | iperf3 | ratio | 95 % interval |\n|---|---|---|---|---|")
    for kind, name in enumerate(("sent", "received")):
        sides = [[one[kind] for one in found[side]] for side in ("barewire", "iperf3")]
        logs = [math.log(a / b) for a, b in zip(*sides, strict=True)]
        mean, half = statistics.fmean(logs), 0.0
        if pairs > 1:
            half = stats.t.ppf(0.975, pairs - 1) * statistics.stdev(logs) / math.sqrt(pairs)
        low, high = math.exp(mean - half), math.exp(mean + half)
        a, b = (statistics.median(side) for side in sides)
        print(f"| {name} | {a:,.0f} | {b:,.0f} | {math.exp(mean):.3f} | {low:.3f} to {high:.3f} |")


if __name__ == "__main__":
    main()
