"""WireGuard between the nodes, as flannel's wireguard backend sets it up (0.28.10, mode `separate`), and as Calico's agent does.

One interface a family: IPv4 pods over IPv4 on `port`, IPv6 pods over IPv6 on the port after it. A node has one route for
the whole pod network and one peer for each other node, whose allowed addresses are that node's pod subnet: WireGuard itself
chooses the peer by them, and drops what a peer sends from other addresses. No keepalive, no preshared key.

With `table` routes are Calico's (3.31): to each other node's pod subnet and to its interface's address, in a table of their own,
where a rule has them looked for first, but for the interface's own packets, which have a mark. The node's own pods are looked for
in the main table (`throw`). MTUs are Calico's, too: less over IPv6 alone.

Keys are drawn for each lab by the engine that applies the plan (`kernel.wireguard`); a plan names a peer by its node.
There is no `cross-subnet`: neither flannel nor Calico leaves packets of one segment in clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.leases import Lease, NodeView
from barewire.model.objects import (
    Address,
    KernelObject,
    Link,
    Route,
    RoutingRule,
    WireguardInterface,
    WireguardPeer,
)
from barewire.networks.addressing import alone, host_network
from barewire.networks.encapsulation.wireguard import WireguardEncapsulation
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, device_option, known_options, number_option

DEFAULT_PORT = 51820
_IPV6_SUFFIX, _IPV6_DEV, _TABLE = "-v6", "dev6", "table"

MARK, PRIORITY = 0x200000, 99
"""Calico's: the bit of its interface's own packets, and the place of the rule by which all others are looked up in its table."""


class Wireguard(OwnAddress):
    """An interface per family, a peer per node."""

    name: ClassVar[str] = "wireguard"
    facts: ClassVar[Facts] = Facts(
        "packets encrypted in UDP between the nodes",
        "nothing: nodes may be routed to each other",
        "CAP_NET_ADMIN on the node; the other nodes' public keys",
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed"})
    wants_switch: ClassVar[bool] = False
    joins_segments = True
    per_peer: ClassVar[bool] = True
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    def __init__(self, port: int, device: str, ipv6_device: str, table: int) -> None:
        self.port, self.table = port, table
        self.devices = {4: device, 6: ipv6_device}

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("port", "dev", _IPV6_DEV, _TABLE))
        device = device_option(cls.name, options, "wg0")
        ipv6_device = options.get(_IPV6_DEV, f"{device}{_IPV6_SUFFIX}")
        if len(ipv6_device) > 15 and _IPV6_DEV not in options:
            raise NetworkError(
                f"dev={device} does not fit {cls.name}",
                said=f"the interface for IPv6 is called {ipv6_device}, and a link's name has 15 characters",
                remedy=f"Write a name of at most 12 characters, like dev=wg0, or {_IPV6_DEV}= for that of IPv6",
            )
        ipv6_device = device_option(cls.name, {"dev": ipv6_device}, f"wg0{_IPV6_SUFFIX}")
        port = number_option(cls.name, options, "port", DEFAULT_PORT, 1, 65_534)
        table = number_option(cls.name, options, _TABLE, 1, 1, 250) if _TABLE in options else 0
        return cls(port, device, ipv6_device, table)

    def encapsulation(self, family: int) -> WireguardEncapsulation:
        return WireguardEncapsulation(self._port(family), family if self.table else 6)

    def outer(self, family: int, families: tuple[int, ...]) -> int:
        return family

    def node(self, view: NodeView) -> list[KernelObject]:
        wanted: list[KernelObject] = []
        for family in view.lease.families:
            device = self.devices[family.version]
            wanted += [
                Link(device, "wireguard", view.pod_mtu),
                WireguardInterface(device, self._port(family.version), MARK if self.table else 0),
                Address(device, alone(family.subnet.network_address)),
            ]
            if self.table:
                wanted.append(Route(family.subnet, table=self.table, throw=True))
                wanted.append(RoutingRule(family.version, self.table, PRIORITY, unmarked=MARK))
            else:
                wanted.append(Route(family.pods, device))
        return wanted

    def shares_peers(self, view: NodeView) -> bool:
        return True

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        wanted: list[KernelObject] = []
        for family in peer.families:
            device, port = self.devices[family.version], self._port(family.version)
            tunnel = host_network(family.subnet.network_address)
            allowed = (tunnel, family.subnet) if self.table else (family.subnet,)
            wanted.append(WireguardPeer(device, peer.name, family.address.ip, port, allowed))
            if self.table:
                wanted += [Route(network, device, table=self.table) for network in allowed]
        return wanted

    def _port(self, family: int) -> int:
        return self.port if family == 4 else self.port + 1
