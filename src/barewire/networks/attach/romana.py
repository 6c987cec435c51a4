"""A routed veth pair as Romana's CNI plugin makes it: a host address out of a block, and a default route without a gateway.

The pod takes every address to be on its link and asks for it by ARP; the node answers for all of them (`proxy_arp`), since it has
routes to them over other links. The node has a route for each of its pods. Names and sysctls are Romana 2.0.2's. Not here: the
device `romana-lo` that its agent makes for the gateway's address, which no packet between pods crosses.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.addresses.romana.lab import GATEWAY
from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import Address, KernelObject, Link, Peer, Route, stable_mac
from barewire.model.settings import Sysctl
from barewire.networks.addressing import alone, default_route, forwarding, host_network
from barewire.networks.own import OwnNamespace, WithoutOptions
from barewire.networks.part import Delivery, Facts
from barewire.networks.romana import host_end


class RomanaAttach(WithoutOptions, OwnNamespace):
    """`romana-HASH` on the node and `eth0` in the pod."""

    name: ClassVar[str] = "romana"
    families: ClassVar[frozenset[int]] = frozenset({4})
    facts: ClassVar[Facts] = Facts(
        "a routed veth pair with a /32 out of a block, ARP answered by the node", "nothing", "CAP_NET_ADMIN on the node"
    )
    needs: frozenset[str] = frozenset({"link:veth"})
    crosses: frozenset[str] = frozenset({"veth"})
    delivery: Delivery = "blocks"

    def node(self, view: NodeView) -> list[KernelObject]:
        proxies = (Sysctl(f"net.ipv4.conf.{which}.proxy_arp", "1") for which in ("default", "all"))
        return [*forwarding(view.versions), *proxies]

    def pod(self, view: NodeView, pod: PodLease) -> tuple[list[KernelObject], list[KernelObject]]:
        name, mtu, dev = pod.pod.name, view.pod_mtu, host_end(pod)
        peer = Peer(name, "eth0", stable_mac(name, "eth0"), mtu)
        outside: list[KernelObject] = [
            Link(dev, "veth", mtu, stable_mac(view.name, dev), peer=peer),
            Sysctl(f"net.ipv4.neigh.{dev}.proxy_delay", "0"),
        ]
        inside: list[KernelObject] = [Route(host_network(GATEWAY), "eth0"), Route(default_route(GATEWAY), "eth0")]
        for interface in pod.addresses:
            outside.append(Route(host_network(interface.ip), dev))
            inside.append(Address("eth0", alone(interface.ip)))
        return outside, inside
