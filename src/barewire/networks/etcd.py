"""etcd beside the nodes of a lab, for real systems that keep their configuration and leases there.

It is in a namespace of its own, `etcd`, with a link to each node (`etcd0`): the wire carries what pods send, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from barewire.model.leases import NodeView
from barewire.model.objects import Address, DesiredState, KernelObject, Link, Peer, stable_mac

ETCD, ETCD_DEV, ETCD_PORT = "etcd", "etcd0", 2379
"""The namespace of etcd, the link to it on each node, and its port."""

PROGRAMS = ("etcd", "etcdctl")

_CONTROL = IPv4Network("10.9.0.0/16")
_MTU = 1500


def namespace(views: Sequence[NodeView]) -> DesiredState:
    """etcd's namespace with a bridge, and a link from it to each node."""
    inside: list[KernelObject] = [
        Link("br0", "bridge", _MTU, stable_mac(ETCD, "br0"), attributes=(("br_mcast_snooping", 0),)),
        Address("br0", _control(0)),
    ]
    nodes: dict[str, Sequence[KernelObject]] = {}
    for view in views:
        peer = Peer(view.name, ETCD_DEV, stable_mac(view.name, ETCD_DEV), _MTU)
        inside.append(Link(view.name, "veth", _MTU, stable_mac(ETCD, view.name), master="br0", peer=peer))
        nodes[view.name] = (Address(ETCD_DEV, _control(view.lease.node)),)
    return DesiredState({ETCD: tuple(inside), **nodes})


def address() -> IPv4Address:
    """Where etcd listens."""
    return _control(0).ip


def url() -> str:
    """Where its clients find it."""
    return f"http://{address()}:{ETCD_PORT}"


def _control(node: int) -> IPv4Interface:
    """etcd's address for 0, else that of a node."""
    return IPv4Interface(f"{_CONTROL.network_address + node + 1}/{_CONTROL.prefixlen}")
