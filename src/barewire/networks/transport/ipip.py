"""IP in IP, as Calico's and flannel's IPIP modes: IPv4 in IPv4 (RFC 2003), and IPv6 in IPv6 (RFC 2473) likewise.

For IPv4 one tunnel device serves all peers: it has no remote address, and the outer destination is the next hop of the
route to the peer's pod subnet. IPv6 refuses such a next hop, because a route to it over another link exists (Linux 6.12:
"Nexthop has invalid gateway or device mismatch"), so there is a device for each peer. Neither asks for neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Self

from barewire.model.expectation import Encapsulation
from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.link_kinds import is_fallback
from barewire.model.network import WIRE_DEV
from barewire.model.objects import Address, KernelObject, Link, Route
from barewire.networks.addressing import alone
from barewire.networks.encapsulation.ip6ip6 import Ip6Ip6Encapsulation
from barewire.networks.encapsulation.ipip import IpipEncapsulation
from barewire.networks.own import CROSS_SUBNET, Tunnel
from barewire.networks.part import Facts, device_option, flag_option, known_options

DEVICE = "ipip.4"
"""The tunnel for IPv4, unless the option `dev` names it (flannel's is `flannel.ipip`). Calico's is `tunl0`, the kernel's own
link, which has no addresses of the tunnel's ends."""

_IPV6_IN_IPV6, _NO_ENCAPSULATION_LIMIT = 41, 1
"""The inner protocol of an ip6tnl device, and its flag IP6_TNL_F_IGN_ENCAP_LIMIT, which saves an option of 8 bytes."""


class Ipip(Tunnel):
    """A route per peer, over one device (IPv4) or a device per peer (IPv6)."""

    name: ClassVar[str] = "ipip"
    facts: ClassVar[Facts] = Facts(
        "packets in IP between the nodes", "nothing: nodes may be routed to each other", "CAP_NET_ADMIN on the node"
    )

    def __init__(self, device: str, *, cross_subnet: bool) -> None:
        self.device, self.cross_subnet = device, cross_subnet

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("dev", CROSS_SUBNET))
        return cls(device_option(cls.name, options, DEVICE), cross_subnet=flag_option(cls.name, options, CROSS_SUBNET))

    def encapsulation(self, family: int) -> Encapsulation:
        return IpipEncapsulation() if family == 4 else Ip6Ip6Encapsulation()

    def node(self, view: NodeView) -> list[KernelObject]:
        if 4 not in view.versions:
            return []
        own = view.lease.family(4)
        device = Link(self.device, "ipip", view.pod_mtu)
        if not is_fallback("ipip", self.device):
            device = replace(device, underlay=WIRE_DEV, attributes=(("ipip_local", str(own.address.ip)),))
        return [device, Address(self.device, alone(own.subnet.network_address))]

    def shares_peers(self, view: NodeView) -> bool:
        return view.versions == (4,) and not self.cross_subnet

    def tunnel(self, view: NodeView, peer: Lease, families: Sequence[FamilyLease]) -> list[KernelObject]:
        wanted: list[KernelObject] = []
        for family in families:
            there = family.address.ip
            if family.version == 4:
                wanted.append(Route(family.subnet, self.device, there, onlink=True))
                continue
            device = f"ip6ip6.{peer.node}"
            attributes = (
                ("ip6tnl_local", str(view.lease.family(6).address.ip)),
                ("ip6tnl_remote", str(there)),
                ("ip6tnl_proto", _IPV6_IN_IPV6),
                ("ip6tnl_flags", _NO_ENCAPSULATION_LIMIT),
            )
            wanted += [
                Link(device, "ip6tnl", view.pod_mtu, underlay=WIRE_DEV, attributes=attributes),
                Route(family.subnet, device),
            ]
        return wanted
