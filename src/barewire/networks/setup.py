"""The setup cost of a network, computed from its desired state: kernel objects on a node, their growth, and requirements.

Counting the desired state is exact, because the engine creates nothing else. What counts is the node's own namespace, as in a
trial's `setup`: not its pods', and not a router's, whose table grows where no node sees it. An nft table counts as one object,
however many rules it has.
"""

from __future__ import annotations

from dataclasses import replace

from barewire.addresses import fixed
from barewire.errors import NetworkError
from barewire.model.network import Topology
from barewire.model.racks import Racks
from barewire.networks.coordination_counts import study_growth
from barewire.networks.network import Network
from barewire.records import SetupRecord

NODE_COUNTS = (2, 10, 50)


def setup(network: Network, like: Topology) -> SetupRecord:
    """The `networks[].setup` of a run: with one pod a node, and addresses and wire as in `like`. What a program will build is not
    known, so nothing of it is counted."""
    counts = {} if network.program else {nodes: _objects(network, like, nodes) for nodes in NODE_COUNTS}
    totals = {nodes: sum(count.values()) for nodes, count in counts.items() if count is not None}
    parts = (network.attach, network.transport, network.policy)
    return SetupRecord(
        objects_per_node={str(nodes): total for nodes, total in totals.items()},
        objects_by_kind=counts.get(NODE_COUNTS[0]) or {},
        growth_per_node=None if network.program else _growth(network, like),
        privileges=_together([part.facts.privileges for part in parts], "none"),
        kernel=tuple(sorted(network.needs(like.addresses.families))),
        l2=_together([part.facts.l2 for part in parts], "nothing"),
        mtu_lost_bytes=None if network.program else network.encapsulation_bytes(like),
        pod_mtu=None if network.program else network.pod_mtu(like),
        growth=study_growth(network, like.addresses.families),
    )


def _growth(network: Network, like: Topology) -> float:
    """Objects on a node for each further one. Two plans show it, because a part holds the same for each other node."""
    two, three = _objects(network, like, 2), _objects(network, like, 3)
    if two is None or three is None:
        return 0.0
    return float(sum(three.values()) - sum(two.values()))


def _objects(network: Network, like: Topology, nodes: int) -> dict[str, int] | None:
    """Objects on the first of `nodes` nodes, by class; None when the network does not take so many."""
    addresses = like.addresses
    if like.racks:
        # Racks of the first one's size, as many as there must be: of another number of nodes nothing else is known.
        size = like.racks.sizes[0]
        addresses = addresses.in_racks(Racks.uniform(max(-(-nodes // size), 2), size))
    topology = replace(Topology.uniform(nodes, 1), addresses=addresses, wire=like.wire, port=like.port)
    try:
        network.check(topology)
    except NetworkError:
        return None
    first, leases = topology.nodes[0], fixed.leases(network.placed(topology))
    return network.node_state(network.view(topology, first), leases).count(first.name)


def _together(said: list[str], nothing: str) -> str:
    """What several parts ask for, each once."""
    asked = [text for text in dict.fromkeys(said) if text != nothing]
    return "; ".join(asked) or nothing
