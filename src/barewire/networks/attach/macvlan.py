"""macvlan in bridge mode: the pod has its own MAC on the node's interface.

Pods of all nodes are neighbours on the wire. The parent and its macvlans cannot talk to each other, a switch must
accept several MACs a port, and most clouds and all Wi-Fi do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from barewire.model.leases import NodeView, PodLease
from barewire.model.network import WIRE_DEV
from barewire.model.objects import Address, KernelObject, Link, stable_mac
from barewire.networks.addressing import flat
from barewire.networks.own import OwnNamespace, WithoutOptions
from barewire.networks.part import Delivery, Facts


class Macvlan(WithoutOptions, OwnNamespace):
    """`eth0` in the pod, on the node's `eth0`."""

    name: ClassVar[str] = "macvlan"
    facts: ClassVar[Facts] = Facts(
        "an interface with its own MAC on the node's",
        "nodes on one segment; several MACs a port",
        "CAP_NET_ADMIN on the node",
    )
    needs: frozenset[str] = frozenset({"link:macvlan"})
    crosses: frozenset[str] = frozenset({"macvlan"})
    delivery: Delivery = "l2"

    def node(self, view: NodeView) -> Sequence[KernelObject]:
        return ()

    def pod(self, view: NodeView, pod: PodLease) -> tuple[Sequence[KernelObject], Sequence[KernelObject]]:
        link = Link(
            "eth0",
            "macvlan",
            view.pod_mtu,
            stable_mac(pod.pod.name, "eth0"),
            parent=(view.name, WIRE_DEV),
            attributes=(("macvlan_mode", "bridge"),),
        )
        families = zip(view.lease.families, pod.addresses, strict=True)
        return (), (link, *(Address("eth0", flat(family, address)) for family, address in families))
