"""A bridge on each node and a veth pair for each pod: flannel's, Docker's and most others' way.

The bridge has the first address of the node's pod subnet and is the pods' gateway. Every packet to another node
crosses the pod's stack, the bridge, and the node's stack.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.network import Topology
from barewire.model.objects import Address, DesiredState, KernelObject, Link, Peer, Route, stable_mac
from barewire.networks.addressing import default_route, forwarding, host_part
from barewire.networks.own import OwnNamespace, WithoutOptions
from barewire.networks.part import Delivery, Facts

BRIDGE = "cni0"


class Bridge(WithoutOptions, OwnNamespace):
    """`cni0` on each node; `eth0` in each pod."""

    name: ClassVar[str] = "bridge"
    facts: ClassVar[Facts] = Facts("a veth pair into a bridge on the node", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"link:bridge", "link:veth"})
    crosses: frozenset[str] = frozenset({"bridge", "veth"})
    delivery: Delivery = "routed"

    def plan(self, topology: Topology, mtu: int) -> DesiredState:
        objects: dict[str, list[KernelObject]] = {}
        for node in topology.nodes:
            wanted: list[KernelObject] = [*forwarding(topology)]
            wanted.append(Link(BRIDGE, "bridge", mtu, stable_mac(node.name, BRIDGE)))
            wanted += [Address(BRIDGE, family.gateway(node.index)) for family in topology.addresses.each()]
            objects[node.name] = wanted
        for pod in topology.pods:
            node_name, host_end = f"n{pod.node}", host_part(pod)
            peer = Peer(pod.name, "eth0", stable_mac(pod.name, "eth0"), mtu)
            veth = Link(host_end, "veth", mtu, stable_mac(node_name, host_end), master=BRIDGE, peer=peer, hairpin=True)
            objects[node_name].append(veth)
            inside: list[KernelObject] = []
            for family in topology.addresses.each():
                gateway = family.gateway(pod.node).ip
                inside.append(Address("eth0", family.pod(pod.node, pod.index)))
                inside.append(Route(default_route(gateway), "eth0", gateway))
            objects[pod.name] = inside
        return DesiredState(objects)
