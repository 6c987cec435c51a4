"""VXLAN with everything static, as flannel has it: no learning, no multicast; ARP and FDB entries are
pre-populated.

For each other node a node holds one route (its pod subnet by its tunnel address), one neighbour (the tunnel address
is at the tunnel's MAC) and one fdb entry (the MAC is behind the node's address on the wire). The tunnel address is
the first one of the node's pod subnet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.model.addresses import FamilyPlan
from barewire.model.network import WIRE_DEV, Topology
from barewire.model.objects import (
    Address,
    DesiredState,
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
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, known_options, number_option

DEFAULT_VNI, DEFAULT_PORT = 1, 8472
"""flannel's: Linux' own port from before IANA gave out 4789."""


class Vxlan(OwnAddress):
    """One VXLAN device a node; the outer family is the first one of the plan."""

    name: ClassVar[str] = "vxlan"
    facts: ClassVar[Facts] = Facts(
        "packets in UDP between the nodes", "nothing: nodes may be routed to each other", "CAP_NET_ADMIN on the node"
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed"})
    wants_switch: ClassVar[bool] = False
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    def __init__(self, vni: int, port: int) -> None:
        self.vni, self.port = vni, port

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("vni", "port"))
        return cls(
            number_option(cls.name, options, "vni", DEFAULT_VNI, 1, (1 << 24) - 1),
            number_option(cls.name, options, "port", DEFAULT_PORT, 1, 65_535),
        )

    @property
    def device(self) -> str:
        """The tunnel's link: its VNI is in its name, as in flannel's."""
        return f"vxlan.{self.vni}"

    def encapsulation(self, family: int) -> VxlanEncapsulation:
        return VxlanEncapsulation(self.port, self.vni)

    def plan(self, topology: Topology) -> DesiredState:
        outer = topology.addresses.each()[0]
        mtu = topology.wire.mtu - self.encapsulation(outer.nodes.version).header_bytes(outer.nodes.version)
        objects: dict[str, list[KernelObject]] = {}
        for node in topology.nodes:
            local = outer.node(node.index).ip
            wanted: list[KernelObject] = [
                Link(
                    self.device,
                    "vxlan",
                    mtu,
                    stable_mac(node.name, self.device),
                    underlay=WIRE_DEV,
                    attributes=(
                        ("vxlan_id", self.vni),
                        ("vxlan_port", self.port),
                        ("vxlan_local" if local.version == 4 else "vxlan_local6", str(local)),
                        ("vxlan_learning", False),
                    ),
                )
            ]
            wanted += [Address(self.device, alone(_tunnel(f, node.index))) for f in topology.addresses.each()]
            for other in topology.nodes:
                if other == node:
                    continue
                mac = stable_mac(other.name, self.device)
                wanted.append(FdbEntry(self.device, mac, outer.node(other.index).ip))
                for family in topology.addresses.each():
                    tunnel = _tunnel(family, other.index)
                    wanted.append(Neighbour(self.device, tunnel, mac))
                    wanted.append(Route(family.subnet(other.index), self.device, tunnel, onlink=True))
            objects[node.name] = wanted
        return DesiredState(objects)


def _tunnel(family: FamilyPlan, node: int) -> IPAddress:
    return family.subnet(node).network_address
