"""A node of a lab holds what it would compute alone, although a lab asks for what its nodes share only once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from barewire.addresses import fixed
from barewire.errors import NetworkError
from barewire.kernel.difference import difference
from barewire.kernel.present import NOTHING
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.objects import Route
from barewire.model.racks import Racks
from barewire.networks import catalogue
from barewire.networks.network import Network

CROSS_SUBNET = [f"ptp+{name}:cross-subnet" for name in ("vxlan", "ipip", "gre", "geneve")]
NAMES = [*(spec.name for spec in catalogue.presets()), *CROSS_SUBNET, "ptp+geneve", "ptp+gre", "ptp+fou", "ptp+gue"]
RACKS = (None, Racks.uniform(2, 2))


def topologies(network: Network) -> list[Topology]:
    """One segment and racks, each family and both, as far as the network has them."""
    found = []
    for families in ((4,), (6,), (4, 6), (6, 4)):
        for racks in RACKS:
            one = Topology.uniform(0 if racks else 3, 1, racks=racks, addresses=AddressPlan(families))
            try:
                network.check(one)
            except NetworkError:
                continue
            found.append(one)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_node_of_a_lab_holds_what_it_computes_alone(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    planned = topologies(network)
    assert planned
    for topology in planned:
        placed, lab = network.placed(topology), network.desired_state(topology)
        leases = fixed.leases(placed)
        for node in topology.nodes:
            alone = network.node_state(network.view(topology, node), leases)
            for namespace, things in alone.objects.items():
                assert lab.objects[namespace] == things, (namespace, topology)


@pytest.mark.parametrize("name", ["ptp", "flannel/vxlan", "calico/ipip"])
def test_nodes_share_the_objects_of_a_route_to_another(name: str) -> None:
    lab = catalogue.network(catalogue.parse(name)).desired_state(Topology.uniform(4, 1))
    first, last = ({thing for thing in lab.objects[node] if isinstance(thing, Route)} for node in ("n1", "n4"))
    both = first & last
    assert len(both) >= 2
    same = {id(thing) for node in ("n1", "n4") for thing in lab.objects[node] if thing in both}
    assert len(same) == len(both)


@pytest.mark.parametrize("name", NAMES)
def test_a_new_namespace_lacks_what_an_empty_one_does(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    for things in network.desired_state(topologies(network)[0]).objects.values():
        empty = replace(NOTHING)  # another object, so compared one by one
        assert difference(things, (), NOTHING) == difference(things, (), empty)
