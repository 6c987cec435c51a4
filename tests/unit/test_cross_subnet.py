"""`cross-subnet`: a plain route to nodes of one segment, the tunnel to all others, and a promise that says the same."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_address

import pytest

from barewire.addresses import fixed
from barewire.errors import NetworkError
from barewire.model.addresses import AddressPlan, FamilyPlan
from barewire.model.expectation import WireExpectation
from barewire.model.network import WIRE_DEV, Pod, Topology
from barewire.model.objects import FdbEntry, IPInterface, Link, Neighbour, Route
from barewire.networks import catalogue
from barewire.networks.network import Network

TUNNELS = ("vxlan", "ipip", "gre", "geneve")


@dataclass(frozen=True, slots=True)
class TwoSegments(FamilyPlan):
    """Nodes 1 and 2 on one segment, nodes 3 and 4 on another one."""

    def node(self, node: int) -> IPInterface:
        segment, place = divmod(node - 1, 2)
        if self.nodes.version == 4:
            return IPv4Interface(f"10.10.{segment}.{place + 2}/24")
        return IPv6Interface(f"fd00:10:0:{segment}::{place + 2}/64")


TOPOLOGY = Topology.uniform(
    4,
    1,
    addresses=AddressPlan(
        (4, 6),
        TwoSegments(IPv4Network("10.10.0.0/16"), IPv4Network("10.128.0.0/12"), 24),
        TwoSegments(IPv6Network("fd00:10::/48"), IPv6Network("fd00:128::/48"), 64),
    ),
)


def of(transport: str) -> Network:
    return catalogue.network(catalogue.parse(f"ptp+{transport}"))


def ways(network: Network, topology: Topology) -> dict[str, str]:
    """For node 1 the device of the route to each other node's pod subnet, by that."""
    subnets = {str(family.subnet) for lease in fixed.leases(topology)[1:] for family in lease.families}
    routes = [thing for thing in network.desired_state(topology).objects["n1"] if isinstance(thing, Route)]
    return {str(route.dst): route.dev for route in routes if str(route.dst) in subnets}


@pytest.mark.parametrize("transport", TUNNELS)
def test_only_nodes_of_other_segments_are_reached_by_the_tunnel(transport: str) -> None:
    found = ways(of(f"{transport}:cross-subnet"), TOPOLOGY)
    assert {subnet for subnet, dev in found.items() if dev == WIRE_DEV} == {"10.128.2.0/24", "fd00:128:0:2::/64"}
    everywhere = ways(of(transport), TOPOLOGY)
    assert len(everywhere) == len(found) == 6
    assert WIRE_DEV not in everywhere.values()


@pytest.mark.parametrize("transport", TUNNELS)
def test_a_node_of_the_same_segment_gets_its_route_only(transport: str) -> None:
    network = of(f"{transport}:cross-subnet")
    first, *others = fixed.leases(TOPOLOGY)
    view = network.view(TOPOLOGY, TOPOLOGY.nodes[0])
    near, far, _ = (network.transport.peer(view, lease) for lease in others)
    assert near == [Route(one.subnet, WIRE_DEV, one.address.ip) for one in others[0].families]
    assert not [thing for thing in near if isinstance(thing, Link | Neighbour | FdbEntry)]
    assert far == of(transport).transport.peer(view, others[1])
    assert first.node == 1


@pytest.mark.parametrize("transport", TUNNELS)
@pytest.mark.parametrize("family", [4, 6])
def test_the_wire_shows_the_tunnel_between_segments_only(transport: str, family: int) -> None:
    network, always = of(f"{transport}:cross-subnet"), of(transport)
    pods = [network.pod_address(TOPOLOGY, Pod(node, 1), family) for node in (1, 2, 3)]
    near = network.wire(TOPOLOGY, Pod(1, 1), Pod(2, 1), family)
    assert near == WireExpectation(pods[0], pods[1])
    assert network.crosses(near) == {"veth"}
    far = network.wire(TOPOLOGY, Pod(1, 1), Pod(3, 1), family)
    assert far == always.wire(TOPOLOGY, Pod(1, 1), Pod(3, 1), family)
    assert far.encapsulation is not None
    assert network.crosses(far) == {"veth", far.encapsulation.link}


def test_the_pods_mtu_is_the_tunnels_everywhere() -> None:
    assert of("vxlan:cross-subnet").pod_mtu(TOPOLOGY) == of("vxlan").pod_mtu(TOPOLOGY) == 1450


def test_one_family_goes_direct_while_the_other_is_tunnelled() -> None:
    plan = AddressPlan((4, 6), TOPOLOGY.addresses.ipv4, AddressPlan().ipv6)
    found = ways(of("vxlan:cross-subnet"), Topology.uniform(4, 1, addresses=plan))
    assert found["10.128.3.0/24"] == "vxlan.1"
    assert found["fd00:128:0:3::/64"] == WIRE_DEV


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ptp+vxlan:cross-subnet=yes", r"cross-subnet=yes does not fit vxlan.*Write cross-subnet without a value"),
        ("ptp+wireguard:cross-subnet", r"wireguard has no option cross-subnet.*It takes port, dev, dev6, table"),
        ("ptp+wireguard:dev6=a/b", r"dev=a/b does not fit wireguard"),
        ("ptp+wireguard:table=254", r"table=254 does not fit wireguard.*from 1 to 250"),
        ("ptp+vxlan:dev=a/b", r"dev=a/b does not fit vxlan"),
        ("ptp+ipip:dev=0123456789abcdef", r"dev=0123456789abcdef does not fit ipip.*at most 15 characters"),
        (
            "ptp+wireguard:dev=0123456789abc",
            r"the interface for IPv6 is called 0123456789abc-v6.*at most 12 characters",
        ),
    ],
)
def test_an_option_that_does_not_fit_is_refused(name: str, said: str) -> None:
    with pytest.raises(NetworkError, match=said):
        catalogue.network(catalogue.parse(name))


def test_dev_names_the_tunnels_device() -> None:
    for name, kind, dev in (("vxlan:dev=flannel.1", "vxlan", "flannel.1"), ("ipip:dev=tunl1", "ipip", "tunl1")):
        made = of(name).desired_state(Topology.uniform(2, 1)).objects["n1"]
        assert [link.name for link in made if isinstance(link, Link) and link.kind == kind] == [dev]
        assert ip_address("10.128.1.0") in {thing.interface.ip for thing in made if hasattr(thing, "interface")}
