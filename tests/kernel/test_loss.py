"""A wire that loses a known share: what is lost is counted where it was lost, and TCP's timer is what a client feels of it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from barewire.kernel.counters import Counters
from barewire.lab import wire
from barewire.lab.lab import Lab, built
from barewire.measure import load, machine, nginx
from barewire.measure.pinning import Pinning
from barewire.model.network import Pod, Topology, Wire
from barewire.networks import catalogue
from barewire.places.local import LocalPlace
from barewire.places.place import Command
from tests.unit.generator import LIMIT_SECONDS, program

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


def drops(lab: Lab, before: Counters) -> list[dict[str, Any]]:
    """What the lab's namespaces dropped; the CPUs' backlogs are the whole machine's."""
    done = machine.difference(before, lab.sandbox.counters(), Pinning((), (), "sleep"))
    return [drop for drop in done["drops"] if drop["namespace"]]


def script(lab: Lab, pod: Pod, text: str, *words: object) -> int:
    return lab.sandbox.spawn(Command(lab.namespace(pod), (sys.executable, "-c", text, *map(str, words))))


@pytest.mark.parametrize("name", ["host", "ptp"])
def test_every_packet_that_the_wire_loses_is_counted_where_it_was_lost(name: str, tmp_path: Path) -> None:
    network = catalogue.network(catalogue.parse(name))
    topology = Topology.of(2, 1, wire=Wire(loss=0.3))
    address, port = network.pod_address(topology, SERVER, 4), topology.ports(SERVER)[0]
    limit = time.monotonic() + LIMIT_SECONDS
    with built(network, topology, LocalPlace()) as lab:
        lab.prove()
        script(lab, SERVER, RECEIVE, address, port, tmp_path / "count", DATAGRAMS + 1)
        while not (tmp_path / "count").exists() or not (tmp_path / "count").read_text():
            assert time.monotonic() < limit
        before = lab.sandbox.counters()
        sent = lab.sandbox.wait(script(lab, CLIENT, SEND, address, port, DATAGRAMS), LIMIT_SECONDS)
        assert sent.status == 0, sent.stderr
        arrived, lost = 0, 0
        # What the kernel has put off is still under way when the sender has ended.
        while arrived + lost < DATAGRAMS and time.monotonic() < limit:
            there = [drop for drop in drops(lab, before) if drop["namespace"] == "n2"]
            lost = sum(drop["packets"] for drop in there)
            arrived = int((tmp_path / "count").read_text())
    assert arrived + lost == DATAGRAMS
    assert min(arrived, lost) > DATAGRAMS // 10  # never, of 400 with 30 %
    place = {"namespace": "n2", "dev": "eth0", "direction": "rx", "reason": "wire loss"}
    assert there == [place | {"packets": lost}]


def test_a_lossy_wire_is_made_once_and_after_the_proof() -> None:
    topology = Topology.of(2, 1, wire=Wire(loss=0.5))
    with built(catalogue.network(catalogue.parse("ptp")), topology, LocalPlace()) as lab:
        lab.prove()
        assert lab.sandbox.converge(lab.plan.merged(wire.loss(topology))).unchanged
        assert not lab.sandbox.converge(lab.plan).unchanged  # and it goes


def test_a_lost_packet_is_a_tail_at_the_retransmission_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 400 requests and their answers over a wire that loses 5 %, some are lost; the wait for each is the kernel's timer."""
    monkeypatch.setenv("BAREWIRE_LOAD", str(program()))
    network = catalogue.network(catalogue.parse("host"))
    topology = Topology.of(2, 1, wire=Wire(loss=0.05))
    address, port = network.pod_address(topology, SERVER, 4), topology.ports(SERVER)[0]
    wanted = load.LoadSpec(
        protocol="http", target=str(address), port=port, path="/100", rate_per_s=400, duration_ns=10**9, warmup_ns=0,
        connections=200, threads=1, arrivals="even", seed=1, timeout_ns=50 * 10**9, timing="sleep", expect_bytes=100,
    )  # fmt: skip
    with built(network, topology, LocalPlace()) as lab:
        lab.prove()
        nginx.start(lab.sandbox, lab.namespace(SERVER), address, port, (), [100])
        before = lab.sandbox.counters()
        done = lab.sandbox.wait(lab.sandbox.spawn(load.command(lab.namespace(CLIENT), wanted)), LIMIT_SECONDS)
        assert done.status == 0, done.stderr
        after = lab.sandbox.counters()
    result, did = load.parse(done.stdout), machine.difference(before, after, Pinning((), (), "sleep"))
    assert result.end["requests"] == result.completed + result.unfinished == 400
    assert {(d["namespace"], d["reason"]) for d in did["drops"] if d["namespace"]} == {
        ("n1", "wire loss"),
        ("n2", "wire loss"),
    }
    assert did["retransmissions"] > 0
    assert result.histogram("latency").quantile(1) >= TIMER_NS
