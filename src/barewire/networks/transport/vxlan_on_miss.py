"""VXLAN as flannel had it until 2017 (0.6.2): the whole pod network is on the device, and a daemon names neighbours on a miss.

A node has one connected route, the pod network over its tunnel device, and none for each other node. When it has a packet for
a pod whose MAC it does not know, the kernel asks user space (`app_solicit`) before anything else; the daemon replies with the
MAC of the tunnel that the pod's subnet belongs to. The entry is reachable and not permanent, so a pod that is idle long
enough is asked for again, and the first packet to a pod waits for the daemon. What stands behind a MAC is static, as with
`vxlan`.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Interface, IPv6Interface
from typing import ClassVar

from barewire.model.daemons import Daemon, Prints
from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.network import WIRE_DEV
from barewire.model.objects import Address, FdbEntry, IPInterface, KernelObject, Link, stable_mac
from barewire.model.settings import Sysctl
from barewire.networks.encapsulation.vxlan import VxlanEncapsulation
from barewire.networks.encapsulations import outer_family
from barewire.networks.own import OwnAddress, WithoutOptions
from barewire.networks.part import Delivery, Facts

DEVICE, VNI, PORT = "flannel.1", 1, 8472

SOLICITATIONS = 3
"""How often user space is asked before the kernel asks the wire, as flannel set it."""

FILLER = """\
import ipaddress, socket, struct, sys
dev = socket.if_nametoindex(sys.argv[1])
macs = {ipaddress.ip_network(net): bytes.fromhex(mac.replace(":", "")) for net, mac in (a.split("=") for a in sys.argv[2:])}
link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
link.bind((0, 1 << 2))
print("filling", flush=True)
while True:
    data = link.recv(65536)
    while len(data) >= 28:
        length, kind = struct.unpack_from("=IH", data)
        family, index = struct.unpack_from("=Bxxxi", data, 16)
        if kind == 30 and index == dev:
            attributes, dst = data[28:length], b""
            while len(attributes) >= 4:
                size, name = struct.unpack_from("=HH", attributes)
                dst = attributes[4:size] if name == 1 else dst
                attributes = attributes[size + 3 & ~3:] if size >= 4 else b""
            pod = ipaddress.ip_address(dst) if dst else None
            mac = next((mac for net, mac in macs.items() if pod in net), None) if pod else None
            if mac:
                body = struct.pack("=BxxxiHBB", family, dev, 2, 0, 0)
                body += struct.pack("=HH", 4 + len(dst), 1) + dst + struct.pack("=HH6sxx", 10, 2, mac)
                link.send(struct.pack("=IHHII", 16 + len(body), 28, 0x501, 0, 0) + body)
        data = data[length + 3 & ~3:]
"""
"""Reads misses (RTM_GETNEIGH, to the group of neighbours) and answers each with RTM_NEWNEIGH, reachable; the kernel sends no
acknowledgement. Plain Python without a package, so that it starts at once and a person can read it."""


class VxlanOnMiss(WithoutOptions, OwnAddress):
    """One VXLAN device a node with the whole pod network on it, and a daemon."""

    name: ClassVar[str] = "vxlan-on-miss"
    facts: ClassVar[Facts] = Facts(
        "packets in UDP between the nodes, neighbours by a daemon",
        "nothing: nodes may be routed to each other",
        "CAP_NET_ADMIN on the node",
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed"})
    wants_switch: ClassVar[bool] = False
    joins_segments = True
    per_peer: ClassVar[bool] = True
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    def encapsulation(self, family: int) -> VxlanEncapsulation:
        return VxlanEncapsulation(PORT, VNI)

    def node(self, view: NodeView) -> list[KernelObject]:
        outer = self._outer(view)
        attributes = (
            ("vxlan_id", VNI),
            ("vxlan_port", PORT),
            ("vxlan_local" if outer == 4 else "vxlan_local6", str(view.lease.family(outer).address.ip)),
            ("vxlan_learning", False),
        )
        mtu = view.wire_mtu - self.encapsulation(outer).header_bytes(outer)
        mac = stable_mac(view.name, DEVICE)
        wanted: list[KernelObject] = [Link(DEVICE, "vxlan", mtu, mac, underlay=WIRE_DEV, attributes=attributes)]
        for family in view.lease.families:
            ip = f"ipv{family.version}"
            wanted += [
                Address(DEVICE, _on_the_network(family)),
                Sysctl(f"net.{ip}.neigh.{DEVICE.replace('.', '/')}.app_solicit", str(SOLICITATIONS)),
            ]
        return wanted

    def shares_peers(self, view: NodeView) -> bool:
        return True

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        return [FdbEntry(DEVICE, stable_mac(peer.name, DEVICE), peer.family(self._outer(view)).address.ip)]

    def peers(self, view: NodeView, peers: Sequence[Lease]) -> list[KernelObject]:
        known = (f"{one.subnet}={stable_mac(peer.name, DEVICE)}" for peer in peers for one in peer.families)
        return [Daemon("filler", ("python3", "-c", FILLER, DEVICE, *known), Prints("filling"))]

    def _outer(self, view: NodeView) -> int:
        return outer_family(self.encapsulation(view.versions[0]), view.versions)


def _on_the_network(family: FamilyLease) -> IPInterface:
    """The first address of the node's subnet, with the prefix length of the whole pod network."""
    text = f"{family.subnet.network_address}/{family.pods.prefixlen}"
    return IPv4Interface(text) if family.version == 4 else IPv6Interface(text)
