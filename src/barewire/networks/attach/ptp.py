"""A routed veth pair with a host address (/32, /128), as Calico and Romana attach pods: no bridge.

The pod's only route goes to a link-local gateway whose MAC stands as a permanent neighbour, so no ARP is needed;
the node has one route to each of its pods.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar

from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import (
    Address,
    IPAddress,
    KernelObject,
    Link,
    Neighbour,
    Peer,
    Route,
    stable_mac,
)
from barewire.networks.addressing import alone, default_route, forwarding, host_network
from barewire.networks.own import OwnNamespace, WithoutOptions
from barewire.networks.part import Delivery, Facts

GATEWAYS: dict[int, IPAddress] = {4: IPv4Address("169.254.1.1"), 6: IPv6Address("fe80::1")}
"""On no interface: the neighbour entry is enough."""


class Ptp(WithoutOptions, OwnNamespace):
    """`vethN` on the node and `eth0` in the pod."""

    name: ClassVar[str] = "ptp"
    facts: ClassVar[Facts] = Facts("a routed veth pair with a /32", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"link:veth"})
    crosses: frozenset[str] = frozenset({"veth"})
    delivery: Delivery = "routed"

    def node(self, view: NodeView) -> list[KernelObject]:
        return [*forwarding(view.versions)]

    def pod(self, view: NodeView, pod: PodLease) -> tuple[list[KernelObject], list[KernelObject]]:
        name, dev, mtu = pod.pod.name, pod.host_end, view.pod_mtu
        node_mac, pod_mac = stable_mac(view.name, dev), stable_mac(name, "eth0")
        outside: list[KernelObject] = [Link(dev, "veth", mtu, node_mac, peer=Peer(name, "eth0", pod_mac, mtu))]
        inside: list[KernelObject] = []
        for interface in pod.addresses:
            address, gateway = interface.ip, GATEWAYS[interface.version]
            inside += [
                Address("eth0", alone(address)),
                Neighbour("eth0", gateway, node_mac),
                Route(host_network(gateway), "eth0"),
                Route(default_route(gateway), "eth0", gateway, onlink=True),
            ]
            outside += [Neighbour(dev, address, pod_mac), Route(host_network(address), dev)]
        return outside, inside
