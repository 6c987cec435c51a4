"""VXLAN with everything static, as flannel has it: no learning, no multicast; ARP and FDB entries are
pre-populated.

For each other node a node holds one route (its pod subnet by its tunnel address), one neighbour (the tunnel address
is at the tunnel's MAC) and one fdb entry (the MAC is behind the node's address on the wire). The tunnel address is
the first one of the node's pod subnet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.network import WIRE_DEV
from barewire.model.objects import (
    Address,
    FdbEntry,
    IPAddress,
    KernelObject,
    Link,
    Neighbour,
    Route,
    stable_mac,
)
from barewire.networks.addressing import alone
from barewire.networks.encapsulation.vxlan import VxlanEncapsulation
from barewire.networks.encapsulations import outer_family
from barewire.networks.own import CROSS_SUBNET, Tunnel
from barewire.networks.part import Facts, device_option, flag_option, known_options, number_option

DEFAULT_VNI, DEFAULT_PORT = 1, 8472
"""flannel's: Linux' own port from before IANA gave out 4789."""


class Vxlan(Tunnel):
    """One VXLAN device a node; the outer family is the first one of the plan."""

    name: ClassVar[str] = "vxlan"
    facts: ClassVar[Facts] = Facts(
        "packets in UDP between the nodes", "nothing: nodes may be routed to each other", "CAP_NET_ADMIN on the node"
    )

    def __init__(self, vni: int, port: int, device: str, *, cross_subnet: bool = False) -> None:
        self.vni, self.port, self.cross_subnet = vni, port, cross_subnet
        self.device = device
        """The tunnel's link: `vxlan.VNI`, or as the option `dev` names it (flannel's is `flannel.1`, Calico's `vxlan.calico`)."""

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("vni", "port", "dev", CROSS_SUBNET))
        vni = number_option(cls.name, options, "vni", DEFAULT_VNI, 1, (1 << 24) - 1)
        return cls(
            vni,
            number_option(cls.name, options, "port", DEFAULT_PORT, 1, 65_535),
            device_option(cls.name, options, f"vxlan.{vni}"),
            cross_subnet=flag_option(cls.name, options, CROSS_SUBNET),
        )

    def encapsulation(self, family: int) -> VxlanEncapsulation:
        return VxlanEncapsulation(self.port, self.vni)

    def node(self, view: NodeView) -> list[KernelObject]:
        outer = self._outer(view)
        local = view.lease.family(outer).address.ip
        return [
            Link(
                self.device,
                "vxlan",
                view.wire_mtu - self.encapsulation(outer).header_bytes(outer),
                stable_mac(view.name, self.device),
                underlay=WIRE_DEV,
                attributes=(
                    ("vxlan_id", self.vni),
                    ("vxlan_port", self.port),
                    ("vxlan_local" if outer == 4 else "vxlan_local6", str(local)),
                    ("vxlan_learning", False),
                ),
            ),
            *(Address(self.device, alone(_tunnel(family))) for family in view.lease.families),
        ]

    def shares_peers(self, view: NodeView) -> bool:
        return not self.cross_subnet

    def tunnel(self, view: NodeView, peer: Lease, families: Sequence[FamilyLease]) -> list[KernelObject]:
        mac = stable_mac(peer.name, self.device)
        wanted: list[KernelObject] = [FdbEntry(self.device, mac, peer.family(self._outer(view)).address.ip)]
        for family in families:
            tunnel = _tunnel(family)
            wanted += [Neighbour(self.device, tunnel, mac), Route(family.subnet, self.device, tunnel, onlink=True)]
        return wanted

    def _outer(self, view: NodeView) -> int:
        return outer_family(self.encapsulation(view.versions[0]), view.versions)


def _tunnel(family: FamilyLease) -> IPAddress:
    return family.subnet.network_address
