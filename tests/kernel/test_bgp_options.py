"""Options of the transport bgp on a real kernel: restarts without loss, signed sessions, one prefix a rack, refused routes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from barewire.kernel import programs
from barewire.lab.datagram_flow import DatagramFlow
from barewire.lab.lab import Lab, built, desired_state
from barewire.model.daemons import Daemon
from barewire.model.fabric import Racks
from barewire.model.network import Topology
from barewire.model.objects import DesiredState, LearnedRoute
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.testbeds.local import LocalTestbed
from tests.kernel.test_bgp import printed

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(
        not (programs.located("bird") and programs.located("birdc")),
        reason="BIRD is not installed (apt-get install bird2)",
    ),
]
THREE = Topology.uniform(3, 1)


def of(name: str) -> Network:
    return catalogue.network(catalogue.parse(name))


@contextmanager
def lab_of(name: str, topology: Topology = THREE) -> Iterator[Lab]:
    with built(of(name), topology, LocalTestbed()) as lab:
        yield lab


def birdc(lab: Lab, namespace: str, *command: str) -> str:
    return printed(lab, namespace, "birdc", "-s", f"/run/barewire/daemons/{namespace}/bird/bird.ctl", *command)


def with_bird(desired: DesiredState, namespace: str, before: str, after: str) -> DesiredState:
    """The same with another line in the configuration of one BIRD, for that namespace alone."""
    things = []
    for thing in desired.objects[namespace]:
        if isinstance(thing, Daemon):
            ((name, text),) = thing.files
            assert text.count(before) == 1
            thing = replace(thing, files=((name, text.replace(before, after)),))
        things.append(thing)
    return DesiredState({namespace: tuple(things)})


def killed(lab: Lab, namespace: str) -> None:
    """End the BIRD of a namespace at once, and wait until it is gone."""
    assert "Daemon is up and running" in birdc(lab, namespace, "show", "status")
    lab.nodes.kill_daemons(namespace)


@pytest.mark.alone
def test_a_killed_daemon_restarts_without_a_lost_packet() -> None:
    with lab_of("ptp+bgp:graceful:delay=0") as lab:
        lab.prove()
        client, server = lab.topology.ends
        flow = DatagramFlow(lab, client, server)
        for namespace in ("n2", "n1"):
            killed(lab, namespace)
            lab.nodes.apply(lab.desired)
            lab.converge()
        delivery = flow.stop()
        assert not delivery.lost and len(delivery.sent) > 500
        assert "Restart recovery" in birdc(lab, "n1", "show", "protocols", "all", "n2v4")


def test_without_graceful_a_killed_daemon_takes_routes_with_it() -> None:
    with lab_of("ptp+bgp:delay=0") as lab:
        lab.converge()
        killed(lab, "n2")
        wanted = {name: lab.learned(name, without="n2") for name in ("n1", "n3")}
        assert set(lab.nodes.await_learned(wanted, 20)) == {"n1", "n3"}


def test_a_changed_configuration_is_read_without_a_restart() -> None:
    network = of("ptp+bgp:delay=0")
    with lab_of("ptp+bgp:delay=0", Topology.uniform(3, 1)) as lab:
        lab.converge()
        before = {one.namespace: one.pid for one in lab.nodes.daemon_usage()}
        machine = LocalTestbed().machine()
        larger = desired_state(network, Topology.uniform(4, 1), machine.congestion_control, ipv6=machine.has_ipv6)
        lab.nodes.apply(larger)
        found = lab.nodes.await_daemons(30)
        assert found.routes == 4 * 3 and dict(found.reported[:1])[found.reported[0][0]][-1] == "n4"
        after = {one.namespace: one.pid for one in lab.nodes.daemon_usage()}
        assert before == {name: pid for name, pid in after.items() if name != "n4"}


def test_sessions_are_signed_and_another_password_is_refused() -> None:
    with lab_of("ptp+bgp:md5=secret:delay=0:hold=3", Topology.uniform(2, 1)) as lab:
        lab.prove()
        wrong = with_bird(lab.desired, "n2", 'password "secret"', 'password "other"')
        lab.nodes.apply(wrong)
        gone = {"n1": lab.learned("n1", without="n2")}
        assert set(lab.nodes.await_learned(gone, 30)) == {"n1"}
        assert "Established" not in birdc(lab, "n1", "show", "protocols")
        deadline = time.monotonic() + 30
        while not refused(lab, "n1") + refused(lab, "n2"):
            assert time.monotonic() < deadline, "no packet was refused for its signature"


def refused(lab: Lab, namespace: str) -> int:
    """Packets that a namespace has refused for their signatures."""
    names, values = (
        line.split() for line in printed(lab, namespace, "grep", "^TcpExt", "/proc/net/netstat").splitlines()
    )
    return sum(int(value) for name, value in zip(names, values, strict=True) if name.startswith("TCPMD5"))


def test_a_router_announces_one_prefix_for_its_rack() -> None:
    racks = Racks(2, 2, 2)
    with lab_of("ptp+bgp:router:aggregate:delay=0", Topology.uniform(0, 1, racks=racks)) as lab:
        lab.prove(every=True)
        learned = json.loads(printed(lab, "n1", "ip", "-j", "route", "show", "proto", "bird"))
        others = [f"10.128.{2 * rack}.0/23" for rack in range(2, racks.racks + 1)]
        assert sorted(one["dst"] for one in learned) == sorted(["10.128.3.0/24", *others])
        at_router = json.loads(printed(lab, "r1", "ip", "-j", "route", "show", "proto", "bird"))
        assert {one["dst"] for one in at_router} >= set(others)
        assert not any(one["dst"] == "10.128.4.0/24" for one in at_router)


OWN = "  route 10.128.2.0/24 unreachable;\n"
HIJACK = (OWN, f"{OWN}  route 10.128.1.0/25 unreachable;\n")
"""Node 2 announces half of node 1's pods too, more specifically than node 1 does."""


@pytest.mark.parametrize("name", ["ptp+bgp", "ptp+bgp:router"])
def test_a_route_to_another_nodes_pods_is_refused_by_filters(name: str) -> None:
    with lab_of(f"{name}:filter:delay=0") as lab:
        lab.nodes.apply(with_bird(lab.desired, "n2", *HIJACK))
        lab.nodes.apply(DesiredState({name: lab.desired.objects[name] for name in ("n1", "n3")}))
        learned = {name: lab.learned(name) for name in ("n1", "n3")}
        assert set(lab.nodes.await_learned(learned, 30)) == {"n1", "n3"}
        words = birdc(lab, "wire" if "router" in name else "n3", "show", "protocols", "all", "n2v4")
        (line,) = (line.split() for line in words.splitlines() if line.strip().startswith("Import updates:"))
        received, _, filtered = map(int, line[2:5])
        assert received == 2 and filtered == 1
    with lab_of(f"{name}:delay=0") as lab:
        lab.nodes.apply(with_bird(lab.desired, "n2", *HIJACK))
        stolen = LearnedRoute(IPv4Network("10.128.1.0/25"), (("eth0", IPv4Address("10.10.0.3")),))
        assert lab.nodes.await_learned({"n3": (*lab.learned("n3"), stolen)}, 30)
