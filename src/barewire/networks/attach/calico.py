"""A routed veth pair as Calico's CNI plugin and its agent make it: a host address, and a gateway that no interface has.

The pod's gateway is 169.254.1.1. The node answers ARP for it on the pod's veth, though it does not have it (`proxy_arp`), which
the kernel does only where it has a route to the address over another link: the node's default route. Over IPv6 the gateway is
the link-local address of the node's end of the veth pair. The node has a route and a permanent neighbour for each of its pods,
and a blackhole for its own pod subnet ("block"), so that a packet for a pod that is gone does not leave by the default route.

Names, MACs and sysctls are Calico 3.31's; `ptp` is the same path without ARP and with permanent neighbours. `rp_filter` stays the
node's own default, which Felix writes to each pod's link again: sources are checked by a rule (`policy/calico.py`).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar

from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import Address, IPAddress, KernelObject, Link, Neighbour, Peer, Route, stable_mac
from barewire.model.settings import Sysctl
from barewire.networks.addressing import alone, default_route, forwarding, host_network
from barewire.networks.calico import host_end
from barewire.networks.own import OwnNamespace, WithoutOptions
from barewire.networks.part import Delivery, Facts

GATEWAYS: dict[int, IPAddress] = {4: IPv4Address("169.254.1.1"), 6: IPv6Address("fe80::ecee:eeff:feee:eeee")}
"""On no interface for IPv4; for IPv6 the address that the kernel makes of `HOST_MAC`."""

HOST_MAC = "ee:ee:ee:ee:ee:ee"
"""Of every pod's veth at the node. Each is alone with its pod on its link, so one MAC serves for all."""

_SYSCTLS = {
    4: ("net.ipv4.conf.{}.route_localnet=1", "net.ipv4.neigh.{}.proxy_delay=0", "net.ipv4.conf.{}.proxy_arp=1",
        "net.ipv4.conf.{}.forwarding=1"),
    6: ("net.ipv6.conf.{}.proxy_ndp=1", "net.ipv6.conf.{}.forwarding=1", "net.ipv6.conf.{}.accept_ra=0"),
}  # fmt: skip


class Calico(WithoutOptions, OwnNamespace):
    """`caliHASH` on the node and `eth0` in the pod."""

    name: ClassVar[str] = "calico"
    facts: ClassVar[Facts] = Facts(
        "a routed veth pair with a /32, its gateway by proxy ARP", "nothing", "CAP_NET_ADMIN on the node"
    )
    needs: frozenset[str] = frozenset({"link:veth"})
    crosses: frozenset[str] = frozenset({"veth"})
    delivery: Delivery = "routed"

    def node(self, view: NodeView) -> list[KernelObject]:
        return [*forwarding(view.versions), *(Route(family.subnet) for family in view.lease.families)]

    def pod(self, view: NodeView, pod: PodLease) -> tuple[list[KernelObject], list[KernelObject]]:
        name, mtu, dev = pod.pod.name, view.pod_mtu, host_end(pod)
        pod_mac = stable_mac(name, "eth0")
        outside: list[KernelObject] = [Link(dev, "veth", mtu, HOST_MAC, peer=Peer(name, "eth0", pod_mac, mtu))]
        inside: list[KernelObject] = []
        for interface in pod.addresses:
            address, gateway = interface.ip, GATEWAYS[interface.version]
            settings = (text.format(dev).split("=") for text in _SYSCTLS[address.version])
            outside += [Sysctl(key, value) for key, value in settings]
            outside += [Neighbour(dev, address, pod_mac), Route(host_network(address), dev)]
            inside.append(Address("eth0", alone(address)))
            if gateway.version == 4:
                inside.append(Route(host_network(gateway), "eth0"))
            inside.append(Route(default_route(gateway), "eth0", gateway))
        return outside, inside
