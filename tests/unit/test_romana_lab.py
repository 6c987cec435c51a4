"""Labs with Romana's addresses: blocks on one segment, prefixes between racks, and routes that grow with neither."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from barewire.addresses.romana import lab
from barewire.errors import NetworkError, PlanError
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.objects import Route
from barewire.model.racks import Racks
from barewire.networks import catalogue
from barewire.networks.network import Network


def of(name: str) -> Network:
    return catalogue.network(catalogue.parse(name))


def routes(network: Network, topology: Topology, namespace: str) -> list[tuple[str, str]]:
    """Destinations in the pod network with their next hops."""
    pods = IPv4Network("10.112.0.0/12")
    return [
        (str(thing.dst), str(thing.via))
        for thing in network.desired_state(topology).objects[namespace]
        if isinstance(thing, Route) and thing.via and isinstance(thing.dst, IPv4Network) and thing.dst.subnet_of(pods)
    ]


def test_a_node_has_a_route_to_each_block_of_the_others() -> None:
    assert routes(of("romana"), Topology.uniform(3, 9), "n1") == [
        ("10.114.0.0/29", "10.10.0.3"),
        ("10.114.0.8/29", "10.10.0.3"),
        ("10.116.0.0/29", "10.10.0.4"),
        ("10.116.0.8/29", "10.10.0.4"),
    ]


def test_a_group_of_one_node_takes_one_route() -> None:
    assert routes(of("romana/prefixes"), Topology.uniform(3, 9), "n1") == [
        ("10.114.0.0/15", "10.10.0.3"),
        ("10.116.0.0/15", "10.10.0.4"),
    ]


def test_a_shared_group_is_reached_by_its_blocks() -> None:
    found = routes(of("romana/prefixes"), Topology.uniform(9, 1), "n2")
    assert found[0] == ("10.112.0.0/29", "10.10.0.2") and found[-1] == ("10.112.0.8/29", "10.10.0.10")
    assert len(found) == 8


@pytest.mark.parametrize(("racks", "spines"), [(2, 0), (3, 1), (5, 2)])
def test_a_router_has_one_route_to_each_other_rack(racks: int, spines: int) -> None:
    for nodes in (1, 4):
        topology = Topology.uniform(0, 3, racks=Racks.uniform(racks, nodes, spines))
        found = routes(of("romana"), topology, "r1")
        far = [dst for dst, _ in found if not dst.endswith("/29")]
        assert len(far) == racks - 1
        assert len(found) - len(far) == nodes
        if spines:
            assert len(routes(of("romana"), topology, "s1")) == racks


def test_a_node_in_a_rack_has_routes_to_its_own_rack_alone() -> None:
    topology = Topology.uniform(0, 1, racks=Racks.uniform(3, 2))
    assert routes(of("romana"), topology, "n1") == [("10.112.0.8/29", "10.10.0.3")]
    assert routes(of("romana/prefixes"), topology, "n1") == [
        ("10.112.0.8/29", "10.10.0.3"),
        ("10.116.0.0/14", "10.10.0.1"),
        ("10.120.0.0/14", "10.10.0.1"),
    ]


@pytest.mark.parametrize("racks", [2, 3, 5, 7, 8])
def test_no_node_stands_in_the_prefix_of_another_rack(racks: int) -> None:
    topology = of("romana").placed(Topology.uniform(0, 2, racks=Racks.uniform(racks, 20)))
    plan = topology.addresses.ipv4
    subnets = {node.index: plan.subnet(node.index) for node in topology.nodes}
    assert len(set(subnets.values())) == racks
    for node, subnet in subnets.items():
        assert subnet == subnets[(node - 1) // 20 * 20 + 1]
        assert all(plan.pod(node, pod).ip in subnet for pod in (1, 2))


def test_pods_of_a_lab_have_addresses_of_their_own() -> None:
    topology = Topology.uniform(50, 40)
    given = {of("romana").pod_address(topology, pod, 4) for pod in topology.pods}
    assert len(given) == 50 * 40


def test_addresses_are_those_of_the_plan_made_once() -> None:
    placed = of("romana").placed(Topology.uniform(2, 1))
    assert lab.addresses(placed) is placed.addresses
    assert placed.addresses.ipv4.capacity == 2
    with pytest.raises(PlanError, match=r"node 3 is not in the plan: it was made for 2 nodes"):
        placed.addresses.ipv4.subnet(3)
    with pytest.raises(PlanError, match=r"pod 2 of node 1 has no address: 1 were given out there"):
        placed.addresses.ipv4.pod(1, 2)


def test_ipv6_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"romana cannot carry IPv6: romana is for IPv4 only"):
        of("romana").check(Topology.uniform(2, 1, addresses=AddressPlan((4, 6))))
