"""Racks: segments with a router each, their addresses, static routes, and the pair that is measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_network
from itertools import pairwise

import pytest

from barewire.errors import NetworkError, PlanError
from barewire.lab.pairs import MOST_PAIRS, sampled
from barewire.model import fabric
from barewire.model.addresses import AddressPlan
from barewire.model.expectation import WireExpectation
from barewire.model.network import Pod, Topology
from barewire.model.objects import Address, IPAddress, KernelObject, LearnedRoute, Link, Route
from barewire.model.racks import Racks
from barewire.model.topology_text import parse_topology
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.records import HopRecord
from barewire.render.run.page.drawing import draw
from barewire.study.design.plan_file import load_plan
from barewire.testbeds import underlay

TWO, FABRIC = Racks.uniform(2, 2), Racks.uniform(4, 3, 2)


def of(name: str) -> Network:
    return catalogue.network(catalogue.parse(name))


def whole(name: str, racks: Racks, families: tuple[int, ...] = (4,)) -> Mapping[str, Sequence[KernelObject]]:
    """Everything that a lab of these racks holds, underlay and network."""
    topology = Topology.uniform(0, 1, racks=racks, addresses=AddressPlan(families))
    network = of(name)
    network.check(topology)
    return underlay.desired_state(topology, wants_switch=False).merged(network.desired_state(topology)).objects


def test_each_rack_is_a_subnet_with_a_router() -> None:
    plan = Topology.uniform(0, 1, racks=TWO).addresses.ipv4
    assert [str(plan.node(node)) for node in (1, 2, 3, 4)] == [
        "10.10.0.2/24", "10.10.0.3/24", "10.10.1.2/24", "10.10.1.3/24",
    ]  # fmt: skip
    assert [str(plan.router(rack)) for rack in (1, 2)] == ["10.10.0.1/24", "10.10.1.1/24"]
    assert plan.subnet(3) == IPv4Network("10.128.3.0/24")


@pytest.mark.parametrize("racks", [TWO, Racks.uniform(3, 1), FABRIC, Racks.uniform(64, 4, 8)], ids=str)
@pytest.mark.parametrize("families", [(4,), (6,), (4, 6)], ids=str)
def test_no_address_is_given_twice(racks: Racks, families: tuple[int, ...]) -> None:
    found = whole("host", racks, families)
    addresses = [thing.interface.ip for things in found.values() for thing in things if isinstance(thing, Address)]
    assert len(addresses) == len(set(addresses))
    links = [thing for things in found.values() for thing in things if isinstance(thing, Link) and thing.peer]
    assert len(links) == racks.nodes + racks.racks * (racks.spines or (racks.racks - 1) / 2)


def walked(found: Mapping[str, Sequence[KernelObject]], start: str, to: IPAddress) -> list[str]:
    """The namespaces that a packet from `start` to `to` passes, by the planned routes (of several ways the last)."""
    owners = {
        thing.interface.ip: name for name, things in found.items() for thing in things if isinstance(thing, Address)
    }
    path = [start]
    while owners.get(to) != path[-1]:
        here = found[path[-1]]
        connected = [thing.interface.network for thing in here if isinstance(thing, Address)]
        if any(to in network for network in connected):
            path.append(owners[to])
            continue
        fits = [thing for thing in here if isinstance(thing, Route | LearnedRoute) and to in thing.dst]
        route = max(fits, key=lambda one: one.dst.prefixlen)
        via = route.hops[-1][1] if isinstance(route, LearnedRoute) else route.via
        assert via is not None
        path.append(owners[via])
        assert len(path) < 8, path
    return path


@pytest.mark.parametrize("name", ["host", "bridge+bgp:router"])
@pytest.mark.parametrize(("racks", "between"), [(TWO, 2), (FABRIC, 3)], ids=["joined", "spines"])
@pytest.mark.parametrize("family", [4, 6])
def test_planned_routes_lead_from_every_node_to_every_other(name: str, racks: Racks, between: int, family: int) -> None:
    found = whole(name, racks, (family,))
    plan = Topology.uniform(0, 1, racks=racks, addresses=AddressPlan((family,))).addresses.family(family)
    nodes = range(1, racks.nodes + 1)
    for one in nodes:
        for other in nodes:
            path = walked(found, f"n{one}", plan.node(other).ip)
            routers = 0 if racks.rack(one) == racks.rack(other) else between
            assert len(path) == (1 if one == other else 2 + routers), path
            if name != "host":
                assert walked(found, f"n{one}", plan.gateway(other).ip) == path


def test_static_routes_use_the_same_spine_in_both_directions() -> None:
    found = whole("host", FABRIC)
    plan = Topology.uniform(0, 1, racks=FABRIC).addresses.ipv4
    used = set()
    for one, other in ((1, 4), (1, 7), (4, 10)):
        there = walked(found, f"n{one}", plan.node(other).ip)
        assert walked(found, f"n{other}", plan.node(one).ip) == there[::-1]
        used.add(there[2])
    assert used == {"s1", "s2"}


def test_with_bgp_a_rack_takes_every_spine() -> None:
    found = whole("ptp+bgp:router", FABRIC)
    onward = [thing for thing in found["r1"] if isinstance(thing, LearnedRoute) and thing.hops[0][0] != "br0"]
    assert {tuple(dev for dev, _ in route.hops) for route in onward} == {("s1", "s2")}
    assert {str(route.dst) for route in onward} == {
        *(f"10.10.{rack}.0/24" for rack in (1, 2, 3)), *(f"10.128.{node}.0/24" for node in range(4, 13)),
    }  # fmt: skip


def test_a_tunnel_is_for_other_racks_only() -> None:
    network, topology = of("ptp+vxlan:cross-subnet"), Topology.uniform(0, 1, racks=TWO)
    near, far = network.wire(topology, Pod(1, 1), Pod(2, 1), 4), network.wire(topology, Pod(1, 1), Pod(3, 1), 4)
    pods = IPv4Address("10.128.1.2"), IPv4Address("10.128.2.2")
    assert near == WireExpectation(*pods, switched_by="r1")
    assert far.routed_by == "r1" and str(far.encapsulation).startswith("vxlan")
    assert (far.source, far.destination) == (IPv4Address("10.10.0.2"), IPv4Address("10.10.1.2"))


@pytest.mark.parametrize(("name", "part"), [
    ("flannel/host-gw", "routes"), ("ipvlan/l2", "ipvlan:l2"), ("macvlan", "macvlan"),
    ("ptp+bgp", "bgp"), ("ptp+bgp:reflectors=1", "bgp:reflectors=1"),
])  # fmt: skip
def test_a_network_of_one_segment_is_refused_in_racks(name: str, part: str) -> None:
    with pytest.raises(NetworkError, match=re.escape(f"{name} cannot have nodes in different racks: {part} reaches")):
        of(name).check(Topology.uniform(0, 1, racks=TWO))


@pytest.mark.parametrize("name", ["flannel/real:backend=host-gw", "calico/real:mode=bgp"])
def test_a_real_system_without_a_tunnel_is_refused_in_racks(name: str) -> None:
    topology = Topology.uniform(0, 1, racks=Racks.uniform(2, 2))
    with pytest.raises(NetworkError, match=re.escape(f"{name} cannot have nodes in different racks: it sends to")):
        of(name).check(topology)
    for other in ("flannel/real", "calico/real", "calico/real:mode=wireguard"):
        of(other).check(topology)


@pytest.mark.parametrize("name", ["host", "docker", "flannel/vxlan", "flannel/wireguard", "calico/ipip-cross-subnet"])
def test_other_networks_take_racks(name: str) -> None:
    of(name).check(Topology.uniform(0, 1, racks=TWO))


@pytest.mark.parametrize(("text", "racks", "pair"), [
    ("", None, "across"), ("racks=2,nodes=2", TWO, "across"), ("racks=4, nodes=3, spines=2,pair=within", FABRIC, "within"),
])  # fmt: skip
def test_a_topology_is_read(text: str, racks: Racks | None, pair: str) -> None:
    assert parse_topology(text) == (racks, pair)


@pytest.mark.parametrize(("text", "said"), [
    ("racks", "'racks' is not a part of a topology"), ("rows=2", "'rows=2' is not"), ("racks=1", "racks must be from 2"),
    ("pair=all", "'pair=all' is not"), ("nodes=1,pair=both", "two nodes in a rack"),
    ("nodes=1,pair=within", "two nodes in a rack"), ("racks=-2", "'racks=-2'"),
    ("racks=60,nodes=60", "3600 nodes are too many"), ("racks=٣", "'racks=٣' is not"),
])  # fmt: skip
def test_a_bad_topology_is_refused_with_what_it_takes(text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        parse_topology(text)


def test_a_plan_refuses_nodes_beside_a_topology() -> None:
    with pytest.raises(PlanError, match="nodes"):
        load_plan(None, {"topology": "racks=2,nodes=2", "nodes": 3})


def test_the_measured_pair_is_chosen() -> None:
    assert Topology.uniform(3, 2).ends == (Pod(1, 1), Pod(2, 1))
    assert Topology.uniform(0, 1, racks=FABRIC).ends == (Pod(1, 1), Pod(4, 1))
    assert Topology.uniform(0, 1, racks=FABRIC, pair="within").ends == (Pod(1, 1), Pod(2, 1))


def test_a_proof_takes_the_measured_pair_and_a_sample_of_many() -> None:
    ring = sampled(Topology.uniform(4, 2))
    assert [(pair.client.node, pair.server.node) for pair in ring] == [(1, 2), (2, 3), (3, 4), (4, 1)]
    across = sampled(Topology.uniform(0, 1, racks=TWO))
    assert (across[0].client.node, across[0].server.node) == (1, 3)
    many = sampled(Topology.uniform(200, 1, addresses=AddressPlan((4, 6))))
    assert len(many) == 2 * MOST_PAIRS and many == sampled(Topology.uniform(200, 1, addresses=AddressPlan((4, 6))))
    assert all(pair.client.node != pair.server.node for pair in many)
    every = sampled(Topology.uniform(0, 1, racks=FABRIC), every=True)
    assert len({(pair.client.node, pair.server.node) for pair in every}) == len(every) == 12 * 11


def test_links_between_routers_are_point_to_point() -> None:
    found = fabric.routers(FABRIC, AddressPlan().in_racks(FABRIC))
    assert [router.name for router in found] == ["r1", "r2", "r3", "r4", "s1", "s2"]
    ends = {(router.name, link.dev): link for router in found for link in router.links}
    assert len(ends) == 16
    for (name, dev), link in ends.items():
        assert link.peers == tuple(address.ip for address in ends[dev, name].addresses)
        assert link.addresses[0].network.prefixlen == 31
    assert ends["r1", "s1"].addresses == (IPv4Interface("10.10.128.0/31"),)
    assert all(address.ip in ip_network("10.10.128.0/17") for link in ends.values() for address in link.addresses)


def test_routers_on_the_way_are_drawn_flat_between_the_nodes() -> None:
    taps = ["n1-p1 eth0", "n1 veth1", "n1 eth0", "r1 n1", "r1 br0", "r1 s1", "s1 r1", "s1 r2", "r2 s1", "r2 br0", "r2 n4",
            "n4 eth0", "n4 veth1", "n4-p1 eth0"]  # fmt: skip
    found = draw(
        [HopRecord(where, dev, "veth", "in", place) for place, (where, dev) in enumerate(map(str.split, taps))]
    )
    assert found is not None
    assert [box.namespace for box in found.boxes] == ["n1-p1", "n1", "r1", "s1", "r2", "n4", "n4-p1"]
    assert all(one.x + one.width <= other.x for one, other in pairwise(found.boxes))
    heights = {tap: station.y for tap, station in zip(taps, found.stations, strict=True)}
    wire = heights["n1 eth0"]
    assert {heights[tap] for tap in taps if tap[0] in "rs"} == {wire} == {heights["n4 eth0"]}
    assert heights["n4 veth1"] < wire and heights["n1 veth1"] < wire
