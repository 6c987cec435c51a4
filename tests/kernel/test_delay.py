"""A known pause on the wire is the measured difference: through the generator, and through the statistics of a study.

Two nodes are joined by a program that holds every frame for a known time (hold.c); a request and its answer are held once each.
Two pauses differ by a known time, and both are long enough for the CPUs to fall asleep, so that nothing else differs. Blocks of
one load with each, in random order; Student's t over blocks as in a study, at 99.9 %.

A busy machine makes the interval wider, and the difference must be in it. It must also exclude none: so what is compared is the
tenth percentile, which a machine must disturb nine requests of ten to move. netem says the same where a kernel has it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_interface
from math import exp, log, sqrt
from pathlib import Path
from statistics import fmean, stdev

import pytest

from barewire.lab.lab import built
from barewire.model.network import Pod, Topology, Wire
from barewire.model.objects import Address, DesiredState, Link, Peer, stable_mac
from barewire.model.settings import Offloads
from barewire.networks import catalogue
from barewire.statistics import paired_log_t, student_t
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command, LabNodes
from barewire.units import Nanoseconds
from barewire.workloads.generator import load
from barewire.workloads.generator.histogram import Histogram
from tests.support import server
from tests.support.generator import LIMIT_SECONDS, compiled, program

SHORT_NS, LONG_NS = 1_000_000, 11_000_000
BLOCKS, CONFIDENCE = 8, 0.999
PORT, READY = 20_000, 20_001
ADDRESS = "10.10.0.3"
NOTHING = "-O2"  # no sanitizer: it is to be in time

pytestmark = pytest.mark.alone


@pytest.fixture(autouse=True)
def from_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAREWIRE_LOAD", str(program()))


def joined_by_hand() -> DesiredState:
    """Two nodes, each on a wire of its own whose other end is in the namespace `wire`."""
    plan = DesiredState({"n1": (), "n2": (), "wire": ()})
    for node, address in (("n1", "10.10.0.2/16"), ("n2", f"{ADDRESS}/16")):
        peer = Peer("wire", node, stable_mac("wire", node), 1500)
        # Without offloads a frame on the wire has its checksum and is no longer than the MTU.
        link = Link("eth0", "veth", 1500, stable_mac(node, "eth0"), peer=peer)
        plan = plan.merged(
            DesiredState({node: (link, Address("eth0", ip_interface(address)), Offloads("eth0", False))})
        )
    return plan


@contextmanager
def holding(nodes: LabNodes, pause_ns: int) -> Iterator[None]:
    """The wire, with its pause."""
    path = compiled("hold", [Path(__file__).parents[1] / "support" / "hold.c"], NOTHING)
    words = (str(path), "n1", "n2", str(pause_ns), str(READY))
    node = nodes.node("wire")
    process = node.spawn(Command("wire", words, listens=READY))
    node.wait_listening(process, LIMIT_SECONDS)
    yield
    done = node.stop(process)
    assert done.status == 0, done.stderr
    frames, held, _ = map(int, done.stdout.split())
    assert frames > 0 and held >= frames * pause_ns  # never shorter than it says


def serve(nodes: LabNodes, namespace: str, address: str) -> None:
    words = (str(server.program()), f"--bind={address}", f"--http={PORT}:100")
    nodes.node(namespace).wait_listening(
        nodes.node(namespace).spawn(Command(namespace, words, listens=PORT)), LIMIT_SECONDS
    )


def fast_ns(nodes: LabNodes, seed: int, address: str) -> int:
    """The tenth percentile of some 60 latencies from the first node."""
    wanted = load.LoadSpec(
        protocol="http", target=address, port=PORT, path="/100", rate_per_s=150.0, duration_ns=400_000_000,
        warmup_ns=50_000_000, connections=8, threads=1, arrivals="poisson", seed=seed, timeout_ns=20 * 10**9, timing="sleep",
        expect_bytes=100,
    )  # fmt: skip
    done = nodes.node("n1").wait(nodes.node("n1").spawn(load.command("n1", wanted)), LIMIT_SECONDS)
    assert (done.status, done.stderr) == (0, "")
    return load.parse(done.stdout).histogram("latency").quantile(0.1)


@dataclass(frozen=True)
class Interval:
    low: float
    high: float
    grain: float


def of_differences(shorter: list[int], longer: list[int]) -> Interval:
    """Of the mean difference over blocks, in ns; a value is known to its bucket and no better."""
    found = [slow - fast for slow, fast in zip(longer, shorter, strict=True)]
    half = student_t(len(found) - 1, 0.5 + CONFIDENCE / 2) * stdev(found) / sqrt(len(found))
    buckets = Histogram().hdr
    grain = max(buckets.get_highest_equivalent_value(v) - buckets.get_lowest_equivalent_value(v) for v in longer)
    return Interval(fmean(found) - half - grain, fmean(found) + half + grain, grain)


def assert_told(shorter: list[int], longer: list[int]) -> None:
    """The difference is in the interval in microseconds, and the ratio that it makes is in that of the study."""
    true = 2 * (LONG_NS - SHORT_NS)
    found = of_differences(shorter, longer)
    print(f"{found.low / 1e3:.1f} to {found.high / 1e3:.1f} us were measured of {true / 1e3:.1f}: {shorter} {longer}")
    assert 0 < found.low <= true <= found.high
    ratio = paired_log_t([log(slow / fast) for slow, fast in zip(longer, shorter, strict=True)], CONFIDENCE)
    assert ratio is not None and ratio.low is not None and ratio.high is not None
    # A sum is no factor: what it makes of each block's shorter latency is the truth of that block.
    expected = exp(fmean(log((fast + true) / fast) for fast in shorter))
    rounded = found.grain / min(shorter)
    assert ratio.low > 1 and ratio.low * (1 - rounded) <= expected <= ratio.high * (1 + rounded)


def test_a_pause_of_the_wire_is_the_measured_difference() -> None:
    with LocalTestbed().open() as nodes:
        nodes.apply(joined_by_hand())
        serve(nodes, "n2", ADDRESS)
        found: dict[int, list[int]] = {SHORT_NS: [], LONG_NS: []}
        chance = random.Random(1)
        for block in range(BLOCKS):
            for pause in chance.sample([*found], 2):
                with holding(nodes, pause):
                    found[pause].append(fast_ns(nodes, block, ADDRESS))
    assert_told(found[SHORT_NS], found[LONG_NS])


def test_a_delay_of_netem_is_the_measured_difference() -> None:
    with LocalTestbed().open() as nodes:
        feature = nodes.probe(["qdisc:netem"])["qdisc:netem"]
    if not feature.available:
        pytest.skip(feature.reason)
    network = catalogue.network(catalogue.parse("host"))
    wires = {ns: Topology.uniform(2, 1, wire=Wire(delay=Nanoseconds(ns))) for ns in (SHORT_NS, LONG_NS)}
    found: dict[int, list[int]] = {SHORT_NS: [], LONG_NS: []}
    chance = random.Random(2)
    with ExitStack() as stack:
        labs = {ns: stack.enter_context(built(network, topology, LocalTestbed())) for ns, topology in wires.items()}
        address = str(network.pod_address(wires[SHORT_NS], Pod(2, 1), 4))
        for lab in labs.values():
            serve(lab.nodes, "n2", address)
        for block in range(BLOCKS):
            for ns in chance.sample([*found], 2):
                found[ns].append(fast_ns(labs[ns].nodes, block, address))
    assert_told(found[SHORT_NS], found[LONG_NS])
