"""What a transport holds alike on all nodes for a peer (`shares_peers`): a lab that asks each node wants the same."""

from __future__ import annotations

import pytest

from barewire.errors import BarewireError
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.racks import Racks
from tests.unit.test_networks_golden import CASES, FAMILIES, NETWORKS

RACKS = Racks.uniform(2, 2)


def topologies(families: tuple[int, ...]) -> list[Topology]:
    addresses = AddressPlan(families)
    return [Topology.uniform(4, 1, addresses=addresses), Topology.uniform(0, 1, racks=RACKS, addresses=addresses)]


@pytest.mark.parametrize(("name", "families"), CASES)
def test_each_node_wants_of_a_peer_what_is_shared(name: str, families: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = NETWORKS[name]
    for topology in topologies(FAMILIES[families]):
        try:
            shared = network.desired_state(topology)
        except BarewireError:  # a network that racks cannot carry
            continue
        with monkeypatch.context() as patch:
            patch.setattr("barewire.networks.fold._shares", lambda transport, view: False)
            assert network.desired_state(topology) == shared
