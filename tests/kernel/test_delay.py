"""A known pause on the wire is in every latency that is measured over it.

Two nodes are joined by a program that holds every frame for a known time (hold.c); a request and its answer are held once each.
Where the kernel has netem, its delay is tested likewise. How exactly the difference of two pauses is measured depends on a quiet
machine: `benchmarks/known.py` measures that, and tests/vm/test_truth.py tests it by the counted clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_interface
from pathlib import Path

import pytest

from barewire.lab.lab import built
from barewire.model.network import Pod, Topology, Wire
from barewire.model.objects import Address, DesiredState, Link, Peer, stable_mac
from barewire.model.settings import Offloads
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command, LabNodes
from barewire.units import Nanoseconds
from barewire.workloads.generator import load
from tests.support import server
from tests.support.generator import LIMIT_SECONDS, compiled, program

SHORT_NS, LONG_NS = 1_000_000, 11_000_000
REQUESTS = 60
PORT, READY = 20_000, 20_001
ADDRESS = "10.10.0.3"
NOTHING = "-O2"  # no sanitizer: it is to be in time


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


def least_ns(nodes: LabNodes, address: str) -> int:
    """The least of some latencies from the first node, as its bucket has it."""
    wanted = load.LoadSpec(
        protocol="http", target=address, port=PORT, path="/100", rate_per_s=150.0, duration_ns=400_000_000, warmup_ns=0,
        connections=8, threads=1, arrivals="even", seed=1, timeout_ns=20 * 10**9, timing="sleep", expect_bytes=100,
    )  # fmt: skip
    done = nodes.node("n1").wait(nodes.node("n1").spawn(load.command("n1", wanted)), LIMIT_SECONDS)
    assert (done.status, done.stderr) == (0, "")
    found = load.parse(done.stdout).histogram("latency")
    assert found.count == REQUESTS
    return found.quantile(0)


@pytest.mark.parametrize("pause_ns", [SHORT_NS, LONG_NS])
def test_a_pause_of_the_wire_is_in_every_latency(pause_ns: int) -> None:
    with LocalTestbed().open() as nodes:
        nodes.apply(joined_by_hand())
        serve(nodes, "n2", ADDRESS)
        with holding(nodes, pause_ns):
            assert least_ns(nodes, ADDRESS) >= 2 * pause_ns


def test_a_delay_of_netem_is_in_every_latency() -> None:
    with LocalTestbed().open() as nodes:
        feature = nodes.probe(["qdisc:netem"])["qdisc:netem"]
    if not feature.available:
        pytest.skip(feature.reason)
    network, topology = (
        catalogue.network(catalogue.parse("host")),
        Topology.uniform(2, 1, wire=Wire(delay=Nanoseconds(LONG_NS))),
    )
    with built(network, topology, LocalTestbed()) as lab:
        address = str(network.pod_address(topology, Pod(2, 1), 4))
        serve(lab.nodes, "n2", address)
        assert least_ns(lab.nodes, address) >= 2 * LONG_NS
