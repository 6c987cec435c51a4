"""macvlan in bridge mode: the pod has a MAC of its own on the node's interface.

Pods of all nodes are neighbours on the wire. The parent and its macvlans cannot talk to each other, a switch must
accept several MACs a port, and most clouds and all Wi-Fi do not.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.network import WIRE_DEV, Topology
from barewire.model.objects import Address, DesiredState, Link, stable_mac
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

    def plan(self, topology: Topology, mtu: int) -> DesiredState:
        return DesiredState(
            {
                pod.name: (
                    Link(
                        "eth0",
                        "macvlan",
                        mtu,
                        stable_mac(pod.name, "eth0"),
                        parent=(f"n{pod.node}", WIRE_DEV),
                        attributes=(("macvlan_mode", "bridge"),),
                    ),
                    *(Address("eth0", flat(family, pod)) for family in topology.addresses.each()),
                )
                for pod in topology.pods
            }
        )
