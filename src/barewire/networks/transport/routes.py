"""One route for each other node: its pod subnet by its address on the wire (flannel host-gw; as BGP would install)."""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import Lease, NodeView
from barewire.model.network import WIRE_DEV
from barewire.model.objects import KernelObject, Route
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
    per_peer: ClassVar[bool] = True
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    def shares_peers(self, view: NodeView) -> bool:
        return True

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        return [Route(family.subnet, WIRE_DEV, family.address.ip) for family in peer.families]
