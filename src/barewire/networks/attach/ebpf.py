"""A pod behind BPF programs: a veth or netkit pair whose packets no routing table of the node carries, as Cilium attaches
pods.

The pod has a host address and a gateway that the node has on a veth pair of its own (`cilium_host`). Whatever the pod sends
is taken from the node's end of the pair by a program, which the transport brings. The node itself reaches its pods by a
route to each, as with Cilium's endpoint routes. MACs are permanent neighbours, where Cilium's pods ask for them once in a
while.

With `netkit` the pair is of that kind in layer 3 mode, Cilium's default for it: no MACs, and the program runs at the pod's
end, on the CPU and in the call that sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import Address, KernelObject, Link, Neighbour, Peer, Route, stable_mac
from barewire.networks.addressing import alone, default_route, forwarding, host_network
from barewire.networks.ebpf import HOST_DEV, HOST_PEER, host_end
from barewire.networks.own import OwnNamespace
from barewire.networks.part import Delivery, Facts, flag_option, known_options


class Ebpf(OwnNamespace):
    """`lxcN` on the node and `eth0` in the pod."""

    name: ClassVar[str] = "ebpf"
    facts: ClassVar[Facts] = Facts(
        "a veth pair whose packets BPF programs carry", "nothing", "CAP_NET_ADMIN and CAP_BPF on the node"
    )
    delivery: Delivery = "programs"

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("netkit",))
        return cls("netkit" if flag_option(cls.name, options, "netkit") else "veth")

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"bpf:load", f"link:{self.kind}"} | ({"bpf:netkit"} if self.kind == "netkit" else set()))

    @property
    def crosses(self) -> frozenset[str]:
        return frozenset({self.kind})

    def node(self, view: NodeView) -> list[KernelObject]:
        ends = (stable_mac(view.name, dev) for dev in (HOST_DEV, HOST_PEER))
        return [
            *forwarding(view.versions),
            Link(
                HOST_DEV, "veth", view.wire_mtu, next(ends), peer=Peer(view.name, HOST_PEER, next(ends), view.wire_mtu)
            ),
            *(Address(HOST_DEV, alone(family.gateway.ip)) for family in view.lease.families),
        ]

    def pod(self, view: NodeView, pod: PodLease) -> tuple[list[KernelObject], list[KernelObject]]:
        name, dev, mtu, pairs = pod.pod.name, host_end(pod), view.pod_mtu, self.kind == "veth"
        node_mac, pod_mac = (stable_mac(view.name, dev), stable_mac(name, "eth0")) if pairs else ("", "")
        outside: list[KernelObject] = [Link(dev, self.kind, mtu, node_mac, peer=Peer(name, "eth0", pod_mac, mtu))]
        inside: list[KernelObject] = []
        for family, interface in zip(view.lease.families, pod.addresses, strict=True):
            gateway = family.gateway.ip
            outside.append(Route(host_network(interface.ip), dev))
            inside += [
                Address("eth0", alone(interface.ip)),
                Route(host_network(gateway), "eth0"),
                Route(default_route(gateway), "eth0", gateway),
            ]
            if pairs:
                outside.append(Neighbour(dev, interface.ip, pod_mac))
                inside.append(Neighbour("eth0", gateway, node_mac))
        return outside, inside
