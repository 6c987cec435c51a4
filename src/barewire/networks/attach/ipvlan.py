"""ipvlan: the pod shares the node's MAC and has its own addresses on the node's interface.

- `ipvlan:l2` (also without an option): pods of all nodes are neighbours on the wire, as with macvlan, but with one
  MAC a node.
- `ipvlan:l3`: the node's routing table says where the pod's packets go, but only by routes over the parent; what the
  pod receives bypasses the node's netfilter.
- `ipvlan:l3s`: as l3, but what the pod receives passes the node's netfilter, so that conntrack sees both directions.

Source: Documentation/networking/ipvlan.rst of the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.leases import NodeView, PodLease
from barewire.model.network import WIRE_DEV, Pod
from barewire.model.objects import Address, KernelObject, Link, Route
from barewire.networks.addressing import default_route, flat
from barewire.networks.own import OwnNamespace
from barewire.networks.part import Delivery, Facts

_MODES = {"l2": 0, "l3": 1, "l3s": 2}
"""As the kernel numbers them (linux/if_link.h)."""


class Ipvlan(OwnNamespace):
    """`eth0` in the pod, on the node's `eth0`, in one of three modes."""

    name: ClassVar[str] = "ipvlan"
    needs: frozenset[str] = frozenset({"link:ipvlan"})
    crosses: frozenset[str] = frozenset({"ipvlan"})

    def __init__(self, mode: str) -> None:
        self.mode = mode

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        modes = [option for option, value in options.items() if value == ""]
        if len(options) > 1 or len(modes) != len(options) or any(mode not in _MODES for mode in modes):
            written = ":".join(option if value == "" else f"{option}={value}" for option, value in options.items())
            raise NetworkError(f"ipvlan has no mode {written}", remedy="Write ipvlan:l2, ipvlan:l3 or ipvlan:l3s")
        return cls(modes[0] if modes else "l2")

    @property
    def facts(self) -> Facts:
        l2 = "nodes on one segment; one MAC a node" if self.mode == "l2" else "one MAC a node"
        return Facts("an interface with its own address on the node's", l2, "CAP_NET_ADMIN on the node")

    @property
    def delivery(self) -> Delivery:
        return "l2" if self.mode == "l2" else "parent"

    def tapped_last(self, pod: Pod) -> str:
        # l3s gives the packet to the pod within the network layer, after the node's own taps and past the pod's.
        return f"n{pod.node}" if self.mode == "l3s" else pod.name

    def node(self, view: NodeView) -> Sequence[KernelObject]:
        return ()

    def pod(self, view: NodeView, pod: PodLease) -> tuple[Sequence[KernelObject], Sequence[KernelObject]]:
        mode = (("ipvlan_mode", _MODES[self.mode]),)
        inside: list[KernelObject] = [
            Link("eth0", "ipvlan", view.pod_mtu, parent=(view.name, WIRE_DEV), attributes=mode)
        ]
        for family, address in zip(view.lease.families, pod.addresses, strict=True):
            inside.append(Address("eth0", flat(family, address)))
            if self.mode != "l2":
                inside.append(Route(default_route(address.ip), "eth0"))
        return (), inside
