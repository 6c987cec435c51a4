"""Routes to blocks of addresses, in a table of their own, as Romana's agent keeps them; no encapsulation.

A node has a route for each block that another node of its segment has, in table 10, and a rule that has every packet's route
looked for there before the main table. `prefixes` sends to a group's whole prefix by one route where the group has one node, as
Romana's route publisher announces groups: then a node holds a route for each group, however many blocks its pods fill.

Nodes of other racks are reached by their router, to which a node's default route leads, or with `prefixes` a route for each rack.
A router has one route to each other rack, however many nodes are in it, and one to each block in its own.

Pods' addresses are those that Romana's allocator gives over the topology that it has for kubeadm: 10.112.0.0/12 in eight groups,
to which nodes go in turn, blocks of /29, all pods of one tenant and segment. Where nodes are in racks, each rack is a group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.addresses.romana import lab
from barewire.model.addresses import AddressPlan
from barewire.model.fabric import SEGMENT_DEV, Router
from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.network import WIRE_DEV, Topology
from barewire.model.objects import IPNetwork, KernelObject, Route, RoutingRule
from barewire.model.racks import Racks
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, flag_option, known_options
from barewire.networks.routers import static_routes, static_ways

TABLE, PRIORITY = 10, 32_765
"""Romana's default table, and the place that the kernel gives to a rule without one: before the main table's."""

_PREFIXES = "prefixes"


class RomanaRoutes(OwnAddress):
    """A route to each block, or to each group of one node."""

    name: ClassVar[str] = "romana"
    families: ClassVar[frozenset[int]] = frozenset({4})
    facts: ClassVar[Facts] = Facts(
        "a route to each node's blocks, in a table of its own", "nodes on one segment", "CAP_NET_ADMIN on the node"
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"blocks"})
    wants_switch: ClassVar[bool] = False
    per_peer: ClassVar[bool] = True
    joins_segments: bool = True
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    def __init__(self, *, prefixes: bool) -> None:
        self.prefixes = prefixes

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, (_PREFIXES,))
        return cls(prefixes=flag_option(cls.name, options, _PREFIXES))

    def addresses(self, topology: Topology) -> AddressPlan:
        """The addresses of a lab."""
        return lab.addresses(topology)

    def node(self, view: NodeView) -> list[KernelObject]:
        return [RoutingRule(version, TABLE, PRIORITY) for version in view.versions]

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        if self.prefixes:
            return []  # Whether a group has one node is seen from all leases.
        return [_route(block, family) for family in peer.families if _near(view, family) for block in family.blocks]

    def peers(self, view: NodeView, peers: Sequence[Lease]) -> list[KernelObject]:
        if not self.prefixes:
            return []
        held = Counter(family.subnet for lease in (view.lease, *peers) for family in lease.families)
        known = [family for lease in peers for family in lease.families]
        wanted: list[KernelObject] = [
            _route(prefix, family)
            for family in known
            if _near(view, family)
            for prefix in ((family.subnet,) if held[family.subnet] == 1 else family.blocks)
        ]
        far = dict.fromkeys(family.subnet for family in known if not _near(view, family))
        return wanted + [Route(subnet, WIRE_DEV, view.routers[0].ip, table=TABLE) for subnet in far]

    def routers(
        self, racks: Racks, routers: Sequence[Router], leases: Sequence[Lease], plan: AddressPlan
    ) -> Mapping[str, Sequence[KernelObject]]:
        """What each router between racks holds: a route to the prefix of each other rack, and one to each block of its own."""
        known = {router.name: router for router in routers}
        families = [(racks.rack(lease.node), family) for lease in leases for family in lease.families]
        prefixes = {rack: family.subnet for rack, family in families}
        return {
            router.name: (
                *static_routes(racks, router, known),
                *(Route(prefixes[rack], link.dev, link.peers[0]) for rack, link in static_ways(racks, router)),
                *(
                    Route(block, SEGMENT_DEV, family.address.ip)
                    for rack, family in families
                    if rack == router.rack
                    for block in family.blocks
                ),
            )
            for router in routers
        }


def _near(view: NodeView, family: FamilyLease) -> bool:
    """Whether a node is on the segment of the one that is planned: Romana makes no route to a block of another."""
    return family.is_on_segment_of(view.lease.family(family.version))


def _route(prefix: IPNetwork, family: FamilyLease) -> Route:
    return Route(prefix, WIRE_DEV, family.address.ip, table=TABLE)
