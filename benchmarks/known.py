"""Known delays of 1, 5, 20 and 50 us through the wall clock: the table of docs/truth.md.

    scripts/bench known [BLOCKS] [SECONDS]

Two nodes are joined by tests/support/hold.c, a program between them that holds each frame, both ways, for a known time counted
from the kernel's stamp of its arrival. Every block has one load with each pause, in random order: 200 us each way, and that and
half of the known delay. One TCP request at a time; what is compared is the median latency. The interval is the study's own, over
blocks. It holds the truth or it does not: a machine with other work makes it wider. The counted clock needs no quiet machine;
its part is tests/vm/test_truth.py.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_interface
from pathlib import Path
from statistics import median

from barewire.model.objects import Address, DesiredState, Link, Peer, stable_mac
from barewire.model.settings import Offloads
from barewire.statistics import choice
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command, LabNodes
from barewire.workloads.generator import load
from barewire.workloads.servers import server, service

HOLD = Path(__file__).parents[1] / "tests" / "support" / "hold.c"
BASE_NS = 200_000
KNOWN_NS = (1_000, 5_000, 20_000, 50_000)
PORT, READY, LIMIT_SECONDS = 20_000, 20_001, 60.0
CLIENT, SERVER = "10.10.0.2", "10.10.0.3"


def joined() -> DesiredState:
    """Two nodes, each on a wire of its own whose other end is in the namespace `wire`."""
    plan = DesiredState({"n1": (), "n2": (), "wire": ()})
    for node, address in (("n1", CLIENT), ("n2", SERVER)):
        peer = Peer("wire", node, stable_mac("wire", node), 1500)
        link = Link("eth0", "veth", 1500, stable_mac(node, "eth0"), peer=peer)
        wanted = (link, Address("eth0", ip_interface(f"{address}/16")), Offloads("eth0", False))
        plan = plan.merged(DesiredState({node: wanted}))
    return plan


@contextmanager
def holding(nodes: LabNodes, program: Path, pause_ns: int) -> Iterator[None]:
    words = (str(program), "n1", "n2", str(pause_ns), str(READY))
    node = nodes.node("wire")
    process = node.spawn(Command("wire", words, listens=READY))
    node.wait_listening(process, LIMIT_SECONDS)
    yield
    done = node.stop(process)
    if done.status != 0:
        sys.exit(f"hold ended with {done.status}: {done.stderr}")


def latency_ns(nodes: LabNodes, seconds: float, seed: int) -> float:
    """The median of one request at a time."""
    spec = load.LoadSpec(
        protocol="tcp", target=SERVER, port=PORT, path="", rate_per_s=None, duration_ns=round(seconds * 1e9),
        warmup_ns=50_000_000, connections=1, threads=1, arrivals="even", seed=seed, timeout_ns=10**10, timing="sleep",
        request_bytes=64, response_bytes=64, exact=True,
    )  # fmt: skip
    done = nodes.node("n1").wait(nodes.node("n1").spawn(load.command("n1", spec)), seconds + LIMIT_SECONDS)
    if done.status != 0:
        sys.exit(f"the generator failed: {done.stderr}")
    exact = load.parse(done.stdout).exact
    assert exact is not None
    return float(exact.values["service"].median())


def measured(program: Path, blocks: int, seconds: float) -> Mapping[int, list[float]]:
    """Latencies by known delay, block by block; 0 is the base."""
    found: dict[int, list[float]] = {known: [] for known in (0, *KNOWN_NS)}
    chance = random.Random(1)
    with LocalTestbed().open() as nodes:
        nodes.apply(joined())
        running = server.start(
            "serve", nodes.node("n2"), "n2", ip_interface(f"{SERVER}/16").ip, (), [service.tcp(PORT, 64, 64)]
        )
        for block in range(blocks):
            for known in chance.sample([*found], len(found)):
                with holding(nodes, program, BASE_NS + known // 2):
                    found[known].append(latency_ns(nodes, seconds, block))
        running.stop()
    return found


def row(known: int, base: Sequence[float], delayed: Sequence[float]) -> str:
    differences = [after - before for before, after in zip(base, delayed, strict=True)]
    paired = choice.paired(differences)
    assert paired is not None
    shown = paired.shown
    if shown.low is None or shown.high is None:
        return f"| {known / 1e3:g} | {shown.value / 1e3:.2f} | no interval of {len(differences)} blocks | |"
    held = "yes" if shown.low <= known <= shown.high else "**no**"
    return f"| {known / 1e3:g} | {shown.value / 1e3:.2f} | {shown.low / 1e3:.2f} … {shown.high / 1e3:.2f} | {held} |"


def main() -> None:
    blocks = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.3
    with tempfile.TemporaryDirectory(prefix="barewire-known-") as folder:
        program = Path(folder) / "hold"
        subprocess.run(["cc", "-O2", "-std=c11", "-D_GNU_SOURCE", "-o", str(program), str(HOLD)], check=True)
        found = measured(program, blocks, seconds)
    print(f"base: a median of {median(found[0]) / 1e3:.1f} us; {blocks} blocks, {seconds:g} s a load\n")
    print("| known delay of a round trip (µs) | measured (µs) | 95 % interval (µs) | truth held |\n|--:|--:|--:|---|")
    for known in KNOWN_NS:
        print(row(known, found[0], found[known]))


if __name__ == "__main__":
    main()
