"""A bridge on each node and a veth pair for each pod: flannel's, Docker's and most others' way.

The bridge has the first address of the node's pod subnet and is the pods' gateway. Every packet to another node
crosses the pod's stack, the bridge, and the node's stack. `pods` gives a pod a route to the pod network beside its default, as
flannel's CNI plugin does; `dev` names the bridge (Docker's is `docker0`); `no-hairpin` keeps a pod
from reaching itself through the bridge, as Docker has it beside its proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import Address, KernelObject, Link, Peer, Route, stable_mac
from barewire.networks.addressing import default_route, forwarding
from barewire.networks.own import OwnNamespace
from barewire.networks.part import Delivery, Facts, device_option, known_options

BRIDGE = "cni0"


class Bridge(OwnNamespace):
    """`cni0`, or another name, on each node; `eth0` in each pod."""

    name: ClassVar[str] = "bridge"
    facts: ClassVar[Facts] = Facts("a veth pair into a bridge on the node", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"link:bridge", "link:veth"})
    crosses: frozenset[str] = frozenset({"bridge", "veth"})
    delivery: Delivery = "routed"

    def __init__(self, dev: str, *, pods: bool, hairpin: bool) -> None:
        self.dev, self.pods, self.hairpin = dev, pods, hairpin

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("dev", "pods", "no-hairpin"))
        return cls(
            device_option(cls.name, options, BRIDGE), pods="pods" in options, hairpin="no-hairpin" not in options
        )

    def node(self, view: NodeView) -> list[KernelObject]:
        return [
            *forwarding(view.versions),
            Link(self.dev, "bridge", view.pod_mtu, stable_mac(view.name, self.dev)),
            *(Address(self.dev, family.gateway) for family in view.lease.families),
        ]

    def pod(self, view: NodeView, pod: PodLease) -> tuple[list[KernelObject], list[KernelObject]]:
        name, mtu = pod.pod.name, view.pod_mtu
        peer = Peer(name, "eth0", stable_mac(name, "eth0"), mtu)
        mac = stable_mac(view.name, pod.host_end)
        inside: list[KernelObject] = []
        for family, address in zip(view.lease.families, pod.addresses, strict=True):
            gateway = family.gateway.ip
            inside += [Address("eth0", address), Route(default_route(gateway), "eth0", gateway)]
            if self.pods:
                inside.append(Route(family.pods, "eth0", gateway))
        return [Link(pod.host_end, "veth", mtu, mac, master=self.dev, peer=peer, hairpin=self.hairpin)], inside
