"""A node's desired state follows from its own lease and its peers': the same as in a lab, and no more than linear in peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from barewire.addresses import fixed
from barewire.errors import NetworkError
from barewire.model.addresses import AddressPlan
from barewire.model.leases import Lease, NodeView
from barewire.model.network import WIRE_NAMESPACE, Topology
from barewire.model.objects import KernelObject
from barewire.networks import catalogue
from barewire.networks.network import Network


def with_transport(name: str) -> Network:
    """A network with this transport: with the first attach, by name, that goes with it."""
    for attach in sorted(catalogue.parts("attach")):
        try:
            return catalogue.network(catalogue.parse(f"{attach}+{name}"))
        except NetworkError:
            continue
    raise AssertionError(f"no attach goes with {name}")


PRESETS = [catalogue.network(spec) for spec in catalogue.presets()]
TRANSPORTS = [with_transport(name) for name in sorted(catalogue.parts("transport"))]

every_network = pytest.mark.parametrize("network", [*PRESETS, *TRANSPORTS], ids=lambda network: network.name)
every_transport = pytest.mark.parametrize("network", TRANSPORTS, ids=lambda network: network.name)


@every_network
def test_a_lab_is_its_nodes_put_together(network: Network) -> None:
    topology = network.placed(Topology.uniform(4, 3, addresses=AddressPlan(tuple(sorted(network.families)))))
    whole = network.desired_state(topology).objects
    leases = fixed.leases(topology)
    alone: dict[str, Sequence[KernelObject]] = {}
    for node in topology.nodes:
        peers = [lease for lease in leases if lease.node != node.index]
        alone |= network.node_state(network.view(topology, node), peers).objects
    assert alone == {name: things for name, things in whole.items() if name != WIRE_NAMESPACE}


def asked(network: Network) -> tuple[Network, list[tuple[int, int]]]:
    """The network with a transport that notes for which node it was asked about which peer."""
    notes: list[tuple[int, int]] = []
    kind: Any = type(network.transport)

    class Noting(kind):  # type: ignore[misc]
        def peer(self, view: NodeView, peer: Lease) -> Sequence[KernelObject]:
            notes.append((view.lease.node, peer.node))
            found: Sequence[KernelObject] = super().peer(view, peer)
            return found

    noting = Noting.from_options(dict(network.spec.transport.options))
    return replace(network, transport=noting), notes


@every_transport
def test_a_node_asks_once_for_each_peer_where_it_holds_something(network: Network) -> None:
    noting, notes = asked(network)
    topology = network.placed(Topology.uniform(300, 1))
    noting.node_state(noting.view(topology, topology.nodes[6]), fixed.leases(topology))
    expected = [(7, node.index) for node in topology.nodes if node.index != 7]
    assert notes == (expected if network.transport.per_peer else [])


@every_transport
def test_a_lab_asks_once_for_each_pair_or_shared_peer(network: Network) -> None:
    noting, notes = asked(network)
    topology = network.placed(Topology.uniform(20, 1))
    noting.desired_state(topology)
    once = getattr(network.transport, "shares_peers", lambda view: False)(network.view(topology, topology.nodes[0]))
    each = 20 if once else 20 * 19
    assert len(notes) == len(set(notes)) == (each if network.transport.per_peer else 0)
    if once:
        assert sorted(peer for _, peer in notes) == [node.index for node in topology.nodes]


@every_network
def test_objects_of_a_node_grow_by_the_same_number_per_peer(network: Network) -> None:
    counts = []
    for nodes in (2, 102, 1002):
        topology = network.placed(Topology.uniform(nodes, 1))
        state = network.node_state(network.view(topology, topology.nodes[0]), fixed.leases(topology))
        counts.append(sum(state.count("n1").values()))
    step, more = counts[1] - counts[0], counts[2] - counts[1]
    assert (step % 100, more) == (0, 9 * step)
    assert bool(step) == network.transport.per_peer


def test_a_view_holds_nothing_of_other_nodes() -> None:
    topology = Topology.uniform(5, 2)
    view = PRESETS[0].view(topology, topology.nodes[2])
    assert view.lease == fixed.lease(topology.addresses, 3)
    assert [pod.pod.node for pod in view.pods] == [3, 3]
