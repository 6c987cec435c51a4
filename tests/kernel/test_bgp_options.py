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
from barewire.lab import usage
from barewire.lab.datagram_flow import DatagramFlow
from barewire.lab.lab import Lab, built, desired_state
from barewire.lab.pinning import Pinning
from barewire.model.daemons import Daemon
from barewire.model.fabric import routers
from barewire.model.network import Topology
from barewire.model.objects import DesiredState, LearnedRoute
from barewire.model.racks import RackCluster, Racks, RackZone
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


def test_a_killed_daemon_restarts_without_a_lost_packet() -> None:
    with lab_of("ptp+bgp:graceful:delay=0") as lab:
        lab.prove()
        client, server = lab.topology.ends
        before, flow = lab.nodes.counters(), DatagramFlow(lab, client, server)
        for namespace in ("n2", "n1"):
            killed(lab, namespace)
            lab.nodes.apply(lab.desired)
            lab.converge()
        delivery = flow.stop()
        did = usage.difference(before, lab.nodes.counters(), Pinning((), (), "sleep"))
        # What other tests send may fill a CPU's backlog, and the kernel counts what it then drops.
        assert len(delivery.lost) <= sum(drop.packets for drop in did.drops if not drop.namespace)
        assert len(delivery.sent) > 100
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
    racks = Racks.uniform(2, 2, 2)
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
        received, _, filtered = updates(words)[:3]
        assert received == 2 and filtered == 1
    with lab_of(f"{name}:delay=0") as lab:
        lab.nodes.apply(with_bird(lab.desired, "n2", *HIJACK))
        stolen = LearnedRoute(IPv4Network("10.128.1.0/25"), (("eth0", IPv4Address("10.10.0.3")),))
        assert lab.nodes.await_learned({"n3": (*lab.learned("n3"), stolen)}, 30)


CLUSTER = RackCluster((RackZone((1, 1)),))
OF_ANOTHER = "  route 10.128.1.0/25 unreachable;\n"
"""Half of the pods of node 1, which is in the first cluster."""


def test_a_cluster_cannot_take_pods_of_another_with_filters() -> None:
    racks = Racks((CLUSTER, CLUSTER))
    topology = Topology.uniform(0, 1, racks=racks, pair="clusters")
    with lab_of("ptp+bgp:router:filter:delay=0", topology) as lab:
        first, *_ = lab.prove(every=True)
        assert (first.client, first.server) == ("n1-p1", "n3-p1")
        path = dict.fromkeys(hop.namespace for hop in first.forward)
        assert [*path] == ["n1-p1", "n1", "r1", "b1", "b2", "r3", "n3", "n3-p1"]
        learned = json.loads(printed(lab, "r1", "ip", "-j", "route", "show", "10.136.3.0/24"))
        assert [(one["dev"], one["protocol"]) for one in learned] == [("b1", "bird")]
        own = "protocol static own4 {\n  ipv4;\n"
        lab.nodes.apply(with_bird(lab.desired, "b2", own, own + OF_ANOTHER))
        filtered = ""
        deadline = time.monotonic() + 30
        while "10.128.1.0/25" not in filtered:
            assert time.monotonic() < deadline, filtered
            filtered = birdc(lab, "b2", "show", "route", "export", "b1v4")
        imports = updates(birdc(lab, "b1", "show", "protocols", "all", "b2v4"))
        while imports[2] < 1:
            assert time.monotonic() < deadline, imports
            imports = updates(birdc(lab, "b1", "show", "protocols", "all", "b2v4"))
        assert lab.nodes.await_learned({name: lab.learned(name) for name in ("b1", "r1", "r2", "n2")}, 30)
        accepted = "    import where net ~ [ 10.10.2.0/24+, 10.10.3.0/24+, 10.136.0.0/13+ ];\n"
        lab.nodes.apply(with_bird(lab.desired, "b1", accepted, "    import all;\n"))
        link = next(link for router in routers(racks, topology.addresses) if router.name == "r2"
                    for link in router.links if link.dev == "b1")  # fmt: skip
        stolen = LearnedRoute(IPv4Network("10.128.1.0/25"), (("b1", link.peers[0]),))
        assert lab.nodes.await_learned({"r2": (*lab.learned("r2"), stolen)}, 30)


def updates(words: str) -> list[int]:
    """The import updates of a session: received, rejected, filtered, ignored, accepted."""
    (line,) = (line.split() for line in words.splitlines() if line.strip().startswith("Import updates:"))
    return [int(word) if word.isdecimal() else 0 for word in line[2:]]
