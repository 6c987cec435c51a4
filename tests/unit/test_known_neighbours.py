"""Neighbours that a lab has planned, because the kernel's one table could not hold all that its daemons want."""

from __future__ import annotations

import pytest

from barewire.kernel.engine import Applied
from barewire.lab.known_neighbours import MOST_LEARNED
from barewire.lab.lab import Lab, desired_state
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology, Wire
from barewire.model.objects import Address, DesiredState, Link, Neighbour
from barewire.model.racks import Racks
from barewire.model.reported import Convergence
from barewire.networks import catalogue
from barewire.testbeds.fake.testbed import FakeNodes, FakeTestbed

LARGEST = 16
"""Nodes of a full mesh that ARP is left to: 240 sessions."""


def planned(name: str, topology: Topology) -> DesiredState:
    return desired_state(catalogue.network(catalogue.parse(name)), topology, "cubic", ipv6=True)


def neighbours(desired: DesiredState, namespace: str) -> dict[str, tuple[str, str]]:
    found = [thing for thing in desired.objects[namespace] if isinstance(thing, Neighbour)]
    assert len({one.address for one in found}) == len(found)
    return {str(one.address): (one.dev, one.mac) for one in found}


def macs(desired: DesiredState) -> dict[str, str]:
    """Of each address on the wire, read from the plan of the links."""
    links = [(name, thing) for name, things in desired.objects.items() for thing in things if isinstance(thing, Link)]
    known = {(name, link.name): link.mac for name, link in links}
    known |= {(link.peer.namespace, link.peer.name): link.peer.mac for _, link in links if link.peer}
    return {
        str(thing.interface.ip): known[name, thing.dev]
        for name, things in desired.objects.items()
        for thing in things
        if isinstance(thing, Address) and (name, thing.dev) in known
    }


def test_a_small_mesh_of_daemons_asks_by_arp() -> None:
    desired = planned("bridge+bgp", Topology.uniform(LARGEST, 1))
    assert LARGEST * (LARGEST - 1) <= MOST_LEARNED < (LARGEST + 1) * LARGEST
    assert neighbours(desired, "n1") == {}


@pytest.mark.parametrize("family", [4, 6])
def test_a_large_mesh_knows_every_peer_of_every_node(family: int) -> None:
    nodes = LARGEST + 1
    desired = planned("bridge+bgp", Topology.uniform(nodes, 1, addresses=AddressPlan((family,))))
    wire = {
        f"n{node}": f"10.10.0.{node + 1}" if family == 4 else f"fd00:10::{node + 1:x}" for node in range(1, nodes + 1)
    }
    for name, own in wire.items():
        others = {address: ("eth0", macs(desired)[address]) for address in wire.values() if address != own}
        assert neighbours(desired, name) == others


def test_the_kernel_has_a_table_for_each_ip_version() -> None:
    both = planned("bridge+bgp", Topology.uniform(LARGEST, 1, addresses=AddressPlan((4, 6))))
    assert neighbours(both, "n1") == {}


def test_networks_without_sessions_ask_by_arp() -> None:
    assert neighbours(planned("flannel/host-gw", Topology.uniform(40, 1)), "n1") == {}


def test_many_nodes_and_their_router_know_each_other() -> None:
    nodes = MOST_LEARNED // 2 + 1
    desired = planned("bridge+bgp:router", Topology.uniform(nodes, 1, wire=Wire(topology="switch")))
    known = macs(desired)
    assert neighbours(desired, "n5") == {"10.10.0.1": ("eth0", known["10.10.0.1"])}
    assert neighbours(desired, "wire") == {
        f"10.10.0.{node + 1}": ("br0", known[f"10.10.0.{node + 1}"]) for node in range(1, nodes + 1)
    }


def test_routers_of_racks_know_each_other_by_their_links() -> None:
    desired = planned("bridge+bgp:router", Topology.uniform(0, 1, racks=Racks.uniform(2, 70, 2)))
    (link,) = {way for address, way in neighbours(desired, "r1").items() if way[0] == "s1"}
    assert link[1] in macs(desired).values()
    assert {way[0] for way in neighbours(desired, "r1").values()} == {"br0", "s1", "s2"}
    assert len(neighbours(desired, "s2")) == 2


@pytest.mark.parametrize(("name", "seconds"), [("ptp+bgp:delay=0", 60), ("ptp+bgp:delay=60", 120)])
def test_a_lab_waits_longer_for_daemons_that_are_to_wait(
    name: str, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, topology = catalogue.network(catalogue.parse(name)), Topology.uniform(3, 1)
    waited: list[float] = []

    def await_daemons(_: FakeNodes, limit: float) -> Convergence:
        waited.append(limit)
        return Convergence()

    monkeypatch.setattr(FakeNodes, "await_daemons", await_daemons)
    with FakeTestbed().open() as nodes:
        Lab(network, topology, nodes, planned(name, topology), Applied({}, {}, 0), "cubic").converge()
    assert waited == [seconds]
