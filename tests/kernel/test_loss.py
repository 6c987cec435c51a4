"""A wire that loses a known share: what is lost is counted where it was lost, and TCP's timer is what a client feels of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from barewire.kernel.counters import Counters
from barewire.lab import usage
from barewire.lab.lab import Lab, built
from barewire.lab.pinning import Pinning
from barewire.model.network import Pod, Topology, Wire
from barewire.networks import catalogue
from barewire.records import Drop, Load
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import loads
from barewire.testbeds import underlay
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from barewire.workloads.definition.lab_path import LabPath
from barewire.workloads.definition.step import Step
from barewire.workloads.generator import load
from barewire.workloads.servers import nginx, server, service
from tests.support.generator import LIMIT_SECONDS, program

CLIENT, SERVER = Pod(1, 1), Pod(2, 1)
DATAGRAMS = 400
TIMER_NS = 200_000_000
"""The least time after which TCP sends again what nobody has acknowledged."""

SEND = """
import socket, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(int(sys.argv[3])):
    out.sendto(b"x" * 100, (sys.argv[1], int(sys.argv[2])))
"""
RECEIVE = """
import os, socket, sys
inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
inbox.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
inbox.bind((sys.argv[1], int(sys.argv[2])))
file = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT)
for count in range(int(sys.argv[4])):
    os.pwrite(file, b"%08d" % count, 0)
    inbox.recv(200)
"""


def drops(lab: Lab, before: Counters) -> list[Drop]:
    """What the lab's namespaces dropped; the CPUs' backlogs are the whole machine's."""
    done = usage.difference(before, lab.nodes.counters(), Pinning((), (), "sleep"))
    return [drop for drop in done.drops if drop.namespace]


def script(lab: Lab, pod: Pod, text: str, *words: object) -> int:
    return lab.node(pod).spawn(Command(lab.namespace(pod), (sys.executable, "-c", text, *map(str, words))))


@pytest.mark.parametrize("name", ["host", "ptp"])
def test_every_packet_lost_by_the_wire_is_counted_at_the_wire(name: str, tmp_path: Path) -> None:
    network = catalogue.network(catalogue.parse(name))
    topology = Topology.uniform(2, 1, wire=Wire(loss=0.3))
    address, port = network.pod_address(topology, SERVER, 4), topology.ports(SERVER)[0]
    limit = time.monotonic() + LIMIT_SECONDS
    with built(network, topology, LocalTestbed()) as lab:
        lab.prove()
        script(lab, SERVER, RECEIVE, address, port, tmp_path / "count", DATAGRAMS + 1)
        while not (tmp_path / "count").exists() or not (tmp_path / "count").read_text():
            assert time.monotonic() < limit
        before = lab.nodes.counters()
        sent = lab.node(CLIENT).wait(script(lab, CLIENT, SEND, address, port, DATAGRAMS), LIMIT_SECONDS)
        assert sent.status == 0, sent.stderr
        arrived, lost = 0, 0
        # What the kernel has put off is still under way when the sender has ended.
        while arrived + lost < DATAGRAMS and time.monotonic() < limit:
            there = [drop for drop in drops(lab, before) if drop.namespace == "n2"]
            lost = sum(drop.packets for drop in there)
            arrived = int((tmp_path / "count").read_text())
    assert arrived + lost == DATAGRAMS
    assert min(arrived, lost) > DATAGRAMS // 10  # never, of 400 with 30 %
    assert there == [Drop("n2", "eth0", lost, "rx", "wire loss")]


def test_a_lossy_wire_is_made_once_and_after_the_proof() -> None:
    topology = Topology.uniform(2, 1, wire=Wire(loss=0.5))
    with built(catalogue.network(catalogue.parse("ptp")), topology, LocalTestbed()) as lab:
        lab.prove()
        assert lab.nodes.apply(lab.desired.merged(underlay.loss(topology))).unchanged
        assert not lab.nodes.apply(lab.desired).unchanged  # and it goes


def test_a_lost_packet_is_a_tail_at_the_retransmission_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 400 requests and their answers over a wire that loses 5 %, some are lost; the wait for each is the kernel's timer."""
    monkeypatch.setenv("BAREWIRE_LOAD", str(program()))
    network = catalogue.network(catalogue.parse("host"))
    topology = Topology.uniform(2, 1, wire=Wire(loss=0.05))
    address, port = network.pod_address(topology, SERVER, 4), topology.ports(SERVER)[0]
    wanted = load.LoadSpec(
        protocol="http", target=str(address), port=port, path="/100", rate_per_s=400, duration_ns=10**9, warmup_ns=0,
        connections=200, threads=1, arrivals="even", seed=1, timeout_ns=50 * 10**9, timing="sleep", expect_bytes=100,
    )  # fmt: skip
    with built(network, topology, LocalTestbed()) as lab:
        lab.prove()
        nginx.start(lab.node(SERVER), lab.namespace(SERVER), address, port, (), [100])
        before = lab.nodes.counters()
        done = lab.node(CLIENT).wait(lab.node(CLIENT).spawn(load.command(lab.namespace(CLIENT), wanted)), LIMIT_SECONDS)
        assert done.status == 0, done.stderr
        after = lab.nodes.counters()
    result, did = load.parse(done.stdout), usage.difference(before, after, Pinning((), (), "sleep"))
    assert result.counters.requests == result.completed + result.unfinished == 400
    assert {(d.namespace, d.reason) for d in did.drops if d.namespace} == {
        ("n1", "wire loss"),
        ("n2", "wire loss"),
    }
    assert did.retransmissions > 0
    assert result.histogram("latency").quantile(1) >= TIMER_NS


STEPS = (
    Step("50%", "http", 100, share=0.5),
    Step("http-max", "http-max", 100),
    Step("http-crr", "http-crr", 100),
    Step("tcp-stream-1", "tcp-stream", streams=1),
    Step("tcp-rr", "tcp-rr", 64),
    Step("udp-rr", "udp-rr", 64),
    Step("http-rr", "http-rr", 64),
    Step("http-post", "http-post", 64),
    Step("tcp-crr", "tcp-crr", 64),
    Step("udp-stream", "udp-stream", 64),
)


@pytest.fixture(scope="module")
def lossy() -> Iterator[Callable[[Step], Load]]:
    """Runs a study's load over a wire that loses 1 % of the packets in each direction."""
    plan = StudyPlan(
        networks=("host",), seed=1, sizes=(100,), seconds=1.5, connections=8, threads=1, server="serve", request_bytes=64,
        response_bytes=64,
    )  # fmt: skip
    topology = Topology.uniform(2, 1, wire=Wire(loss=0.01))
    site = loads.Site(Pinning((), (), "sleep"), {100: 2000.0}, warmup_s=0.0)
    with built(catalogue.network(catalogue.parse("host")), topology, LocalTestbed()) as lab:
        lab.prove()
        path = LabPath(lab)
        loads.start_servers(path, site, plan, loads.services(plan, site, STEPS))
        yield lambda step: loads.run(step, STEPS.index(step), path, plan, site)[0]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.load)
def test_no_load_hides_what_a_lossy_wire_lost(step: Step, lossy: Callable[[Step], Load]) -> None:
    """Every request is answered or counted as lost, and a lost one is in the latencies with all that it waited."""
    record = lossy(step)
    drops = sum(drop.packets for drop in record.usage.drops if drop.reason == "wire loss")
    assert drops > 0
    if step.workload == "tcp-stream":
        assert (record.retransmissions or 0) > 0
    elif step.workload == "udp-stream":
        assert 0 < (record.loss_share or 0) < 0.1 and (record.sent or 0) > (record.received or 0)
    else:
        errors, completed, unfinished = record.errors, record.completed or 0, record.unfinished or 0
        assert record.requests == completed + unfinished + sum(errors.values())
        assert completed > 0 and record.latency_ns["count"] == completed + (record.lost or 0)
        assert record.lost == unfinished + errors["timeout"] + errors["connect"]
    if step.load == "udp-rr":
        # Nobody sends them again; each is given up soon enough that the load goes on.
        assert record.errors["timeout"] >= 1 and record.unfinished == 0
        assert record.latency_ns["max"] >= load.DATAGRAM_TIMEOUT_NS
        assert (record.completed or 0) > (record.lost or 0)


def test_a_quantile_counts_a_lost_datagram_as_the_slowest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wire that loses a third: the median is that of answers, the 99th percentile that of datagrams which were given up."""
    monkeypatch.setenv("BAREWIRE_LOAD", str(program()))
    topology = Topology.uniform(2, 1, wire=Wire(loss=0.2))
    network = catalogue.network(catalogue.parse("host"))
    address, port = network.pod_address(topology, SERVER, 4), topology.ports(SERVER)[0]
    wanted = load.LoadSpec(
        protocol="udp", target=str(address), port=port, path="", rate_per_s=400, duration_ns=10**9, warmup_ns=0, connections=100,
        threads=1, arrivals="even", seed=1, timeout_ns=10**8, timing="sleep", request_bytes=64, response_bytes=64,
    )  # fmt: skip
    with built(network, topology, LocalTestbed()) as lab:
        lab.prove()
        server.start("serve", lab.node(SERVER), lab.namespace(SERVER), address, (), [service.udp(port, 64, 64)])
        done = lab.node(CLIENT).wait(lab.node(CLIENT).spawn(load.command(lab.namespace(CLIENT), wanted)), LIMIT_SECONDS)
        assert done.status == 0, done.stderr
    result = load.parse(done.stdout)
    assert result.counters.requests == 400 and 40 < result.lost == 400 - result.completed < 300
    latencies = result.histogram("latency")
    assert latencies.count == 400 and latencies.quantile(0.99) >= 10**8
    # Below the lost ones a quantile is what it would be if they had taken for ever.
    assert latencies.quantile(1 - result.lost / 400 - 0.01) < latencies.quantile(0.99)
