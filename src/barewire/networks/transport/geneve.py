"""Geneve by one device that takes the tunnel key from the route, as Open vSwitch's `genev_sys_6081` takes it from a flow.

The kernel device is `external` (collect_metadata), like the one under Antrea and OVN; a route's `encap` stands in for the flow.
For each other node a node holds one route, with the node's address on the wire as the tunnel's destination, and one
permanent neighbour for the inner Ethernet header. Defaults are Antrea's: VNI 0, port 6081, no Geneve options, and a UDP checksum
only over IPv6, where it is not optional.

Limit: OVN adds an option of 8 bytes with its ports; this device adds none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.objects import Address, KernelObject, Link, Neighbour, Route, RouteEncap, stable_mac
from barewire.networks.addressing import alone
from barewire.networks.encapsulation.geneve import GeneveEncapsulation
from barewire.networks.own import CROSS_SUBNET, Tunnel
from barewire.networks.part import Facts, device_option, flag_option, known_options, number_option

DEFAULT_VNI, DEFAULT_PORT = 0, 6081


class Geneve(Tunnel):
    """One Geneve device a node; the outer family is the first one of the plan."""

    name: ClassVar[str] = "geneve"
    facts: ClassVar[Facts] = Facts(
        "packets in UDP between the nodes, by a key in the route",
        "nothing: nodes may be routed to each other",
        "CAP_NET_ADMIN on the node",
    )

    def __init__(self, vni: int, port: int, device: str, *, cross_subnet: bool) -> None:
        self.vni, self.port, self.device, self.cross_subnet = vni, port, device, cross_subnet

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("vni", "port", "dev", CROSS_SUBNET))
        return cls(
            number_option(cls.name, options, "vni", DEFAULT_VNI, 0, (1 << 24) - 1),
            number_option(cls.name, options, "port", DEFAULT_PORT, 1, 65_535),
            device_option(cls.name, options, "geneve0"),
            cross_subnet=flag_option(cls.name, options, CROSS_SUBNET),
        )

    def encapsulation(self, family: int) -> GeneveEncapsulation:
        return GeneveEncapsulation(self.port, self.vni)

    def node(self, view: NodeView) -> list[KernelObject]:
        attributes = (("geneve_collect_metadata", True), ("geneve_port", self.port))
        return [
            Link(self.device, "geneve", view.pod_mtu, stable_mac(view.name, self.device), attributes=attributes),
            *(Address(self.device, alone(family.subnet.network_address)) for family in view.lease.families),
        ]

    def shares_peers(self, view: NodeView) -> bool:
        return not self.cross_subnet

    def tunnel(self, view: NodeView, peer: Lease, families: Sequence[FamilyLease]) -> list[KernelObject]:
        outer = self.outer(view.versions[0], view.versions)
        key = RouteEncap(peer.family(outer).address.ip, self.vni, checksum=outer == 6)
        mac = stable_mac(peer.name, self.device)
        wanted: list[KernelObject] = []
        for family in families:
            there = family.subnet.network_address
            wanted += [
                Neighbour(self.device, there, mac),
                Route(family.subnet, self.device, there, onlink=True, encap=key),
            ]
        return wanted
