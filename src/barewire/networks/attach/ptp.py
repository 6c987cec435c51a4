"""A routed veth pair with a host address (/32, /128), as Calico and Romana attach pods: no bridge.

The pod's only route goes to a link-local gateway whose MAC stands as a permanent neighbour, so nobody asks by ARP;
the node has one route to each of its pods.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar

from barewire.model.network import Topology
from barewire.model.objects import (
    Address,
    DesiredState,
    IPAddress,
    KernelObject,
    Link,
    Neighbour,
    Peer,
    Route,
    stable_mac,
)
from barewire.networks.addressing import alone, default_route, forwarding, host_network, host_part
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

    def plan(self, topology: Topology, mtu: int) -> DesiredState:
        objects: dict[str, list[KernelObject]] = {node.name: [*forwarding(topology)] for node in topology.nodes}
        for pod in topology.pods:
            node_name, dev = f"n{pod.node}", host_part(pod)
            node_mac, pod_mac = stable_mac(node_name, dev), stable_mac(pod.name, "eth0")
            outside, inside = objects[node_name], objects.setdefault(pod.name, [])
            outside.append(Link(dev, "veth", mtu, node_mac, peer=Peer(pod.name, "eth0", pod_mac, mtu)))
            for family in topology.addresses.families:
                address = self.pod_address(topology, pod, family)
                gateway = GATEWAYS[family]
                inside += [
                    Address("eth0", alone(address)),
                    Neighbour("eth0", gateway, node_mac),
                    Route(host_network(gateway), "eth0"),
                    Route(default_route(gateway), "eth0", gateway, onlink=True),
                ]
                outside += [Neighbour(dev, address, pod_mac), Route(host_network(address), dev)]
        return DesiredState(objects)
