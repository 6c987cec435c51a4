"""A bridge on each node and a veth pair for each pod: flannel's, Docker's and most others' way.

The bridge has the first address of the node's pod subnet and is the pods' gateway. Every packet to another node
crosses the pod's stack, the bridge, and the node's stack.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import Address, KernelObject, Link, Peer, Route, stable_mac
from barewire.networks.addressing import default_route, forwarding
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

    def node(self, view: NodeView) -> list[KernelObject]:
        return [
            *forwarding(view.versions),
            Link(BRIDGE, "bridge", view.pod_mtu, stable_mac(view.name, BRIDGE)),
            *(Address(BRIDGE, family.gateway) for family in view.lease.families),
        ]

    def pod(self, view: NodeView, pod: PodLease) -> tuple[list[KernelObject], list[KernelObject]]:
        name, mtu = pod.pod.name, view.pod_mtu
        peer = Peer(name, "eth0", stable_mac(name, "eth0"), mtu)
        mac = stable_mac(view.name, pod.host_end)
        inside: list[KernelObject] = []
        for family, address in zip(view.lease.families, pod.addresses, strict=True):
            gateway = family.gateway.ip
            inside += [Address("eth0", address), Route(default_route(gateway), "eth0", gateway)]
        return [Link(pod.host_end, "veth", mtu, mac, master=BRIDGE, peer=peer, hairpin=True)], inside
