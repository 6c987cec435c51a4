"""One route for each other node: its pod subnet by its address on the wire (flannel host-gw; as BGP would install)."""

from __future__ import annotations

from typing import ClassVar

from barewire.model.network import WIRE_DEV, Topology
from barewire.model.objects import DesiredState, Route
from barewire.networks.own import OwnAddress, WithoutOptions
from barewire.networks.part import Delivery, Facts


class Routes(WithoutOptions, OwnAddress):
    """Plain IP routing between nodes of one segment."""

    name: ClassVar[str] = "routes"
    facts: ClassVar[Facts] = Facts(
        "a route to each node's pod subnet", "nodes on one segment", "CAP_NET_ADMIN on the node"
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed", "parent"})
    wants_switch: ClassVar[bool] = False
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    def plan(self, topology: Topology) -> DesiredState:
        return DesiredState(
            {
                node.name: tuple(
                    Route(family.subnet(other.index), WIRE_DEV, family.node(other.index).ip)
                    for other in topology.nodes
                    if other != node
                    for family in topology.addresses.each()
                )
                for node in topology.nodes
            }
        )
