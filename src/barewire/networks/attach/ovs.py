"""A veth pair for each pod whose end on the node is a port of Open vSwitch, as Antrea and OVN attach pods.

Open vSwitch takes what a pod sends before the node's own network layer sees it. The link is made here; the transport's daemon
adds it to the switch, and its flows decide where packets go. A pod's gateway is a port of the switch too, with an address of the
node.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import Address, KernelObject, Link, Peer, Route, stable_mac
from barewire.networks.addressing import default_route, forwarding
from barewire.networks.own import OwnNamespace, WithoutOptions
from barewire.networks.part import Delivery, Facts


class OvsPort(WithoutOptions, OwnNamespace):
    """`vethN` on the node and `eth0` in the pod."""

    name: ClassVar[str] = "ovs"
    facts: ClassVar[Facts] = Facts("a veth pair into Open vSwitch on the node", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"link:veth", "genl:ovs_datapath"})
    crosses: frozenset[str] = frozenset({"veth"})
    delivery: Delivery = "switch"

    def node(self, view: NodeView) -> list[KernelObject]:
        return [*forwarding(view.versions)]

    def pod(self, view: NodeView, pod: PodLease) -> tuple[list[KernelObject], list[KernelObject]]:
        name, dev, mtu = pod.pod.name, pod.host_end, view.pod_mtu
        peer = Peer(name, "eth0", stable_mac(name, "eth0"), mtu)
        inside: list[KernelObject] = []
        for family, address in zip(view.lease.families, pod.addresses, strict=True):
            gateway = family.gateway.ip
            inside += [Address("eth0", address), Route(default_route(gateway), "eth0", gateway)]
        return [Link(dev, "veth", mtu, stable_mac(view.name, dev), peer=peer)], inside
