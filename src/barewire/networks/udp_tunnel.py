"""IPv4 in IPv4 behind UDP, which `fou` and `gue` have in common: a tunnel device that packs, and a port that unpacks.

As with `ipip` one device serves all peers: the outer destination is the next hop of the route to the peer's pod subnet. The
source port follows from the inner flow (`encap-sport auto`), so that networks which spread packets by ports spread these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.network import WIRE_DEV
from barewire.model.objects import Address, FouPort, KernelObject, Link, Route
from barewire.networks.addressing import alone
from barewire.networks.own import CROSS_SUBNET, Tunnel
from barewire.networks.part import device_option, flag_option, known_options, number_option

FOU, GUE = 1, 2
"""TUNNEL_ENCAP_FOU and TUNNEL_ENCAP_GUE of linux/if_tunnel.h."""


class UdpTunnel(Tunnel):
    """One device and one port a node."""

    name: ClassVar[str]
    families: ClassVar[frozenset[int]] = frozenset({4})
    encap_type: ClassVar[int]
    """FOU or GUE."""

    default_port: ClassVar[int]
    needs: frozenset[str] = frozenset({"fou:ports"})

    def __init__(self, port: int, device: str, *, cross_subnet: bool) -> None:
        self.port, self.device, self.cross_subnet = port, device, cross_subnet

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("port", "dev", CROSS_SUBNET))
        return cls(
            number_option(cls.name, options, "port", cls.default_port, 1, 65_535),
            device_option(cls.name, options, f"{cls.name}.4"),
            cross_subnet=flag_option(cls.name, options, CROSS_SUBNET),
        )

    def node(self, view: NodeView) -> list[KernelObject]:
        own = view.lease.family(4)
        attributes = (
            ("ipip_local", str(own.address.ip)),
            ("ipip_encap_type", self.encap_type),
            ("ipip_encap_sport", 0),
            ("ipip_encap_dport", self.port),
        )
        return [
            FouPort(self.port, gue=self.encap_type == GUE),
            Link(self.device, "ipip", view.pod_mtu, underlay=WIRE_DEV, attributes=attributes),
            Address(self.device, alone(own.subnet.network_address)),
        ]

    def shares_peers(self, view: NodeView) -> bool:
        return not self.cross_subnet

    def tunnel(self, view: NodeView, peer: Lease, families: Sequence[FamilyLease]) -> list[KernelObject]:
        return [Route(family.subnet, self.device, family.address.ip, onlink=True) for family in families]
