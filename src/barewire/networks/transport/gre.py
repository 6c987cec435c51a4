"""GRE with a tunnel device for each other node: IPv4 in GRE over IPv4 (RFC 2784), and IPv6 in GRE over IPv6 (RFC 7676).

Point-to-point devices ask for no neighbours, so a node holds one link and one route for each peer. A single device for all
peers would need a permanent neighbour that maps each next hop to a node, or a tunnel key in each route (`geneve` does that).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.model.expectation import Encapsulation
from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.network import WIRE_DEV
from barewire.model.objects import KernelObject, Link, Route, Value
from barewire.networks.encapsulation.gre import GreEncapsulation
from barewire.networks.encapsulation.ip6gre import Ip6GreEncapsulation
from barewire.networks.own import CROSS_SUBNET, Tunnel
from barewire.networks.part import Facts, flag_option, known_options

_NO_ENCAPSULATION_LIMIT = 1
"""IP6_TNL_F_IGN_ENCAP_LIMIT, which saves an option of 8 bytes."""


class Gre(Tunnel):
    """A device and a route per peer and family."""

    name: ClassVar[str] = "gre"
    facts: ClassVar[Facts] = Facts(
        "packets in GRE between the nodes", "nothing: nodes may be routed to each other", "CAP_NET_ADMIN on the node"
    )

    def __init__(self, *, cross_subnet: bool) -> None:
        self.cross_subnet = cross_subnet

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, (CROSS_SUBNET,))
        return cls(cross_subnet=flag_option(cls.name, options, CROSS_SUBNET))

    def encapsulation(self, family: int) -> Encapsulation:
        return GreEncapsulation() if family == 4 else Ip6GreEncapsulation()

    def tunnel(self, view: NodeView, peer: Lease, families: Sequence[FamilyLease]) -> list[KernelObject]:
        wanted: list[KernelObject] = []
        for family in families:
            kind = self.encapsulation(family.version).link
            device = f"{kind}.{peer.node}"
            attributes: tuple[tuple[str, Value], ...] = (
                (f"{kind}_local", str(view.lease.family(family.version).address.ip)),
                (f"{kind}_remote", str(family.address.ip)),
            )
            if family.version == 6:
                attributes += ((f"{kind}_flags", _NO_ENCAPSULATION_LIMIT),)
            wanted += [
                Link(device, kind, view.pod_mtu, underlay=WIRE_DEV, attributes=attributes),
                Route(family.subnet, device),
            ]
        return wanted
