"""WireGuard between the nodes, as flannel's wireguard backend sets it up (0.28.10, mode `separate`).

One interface a family: IPv4 pods over IPv4 on `port`, IPv6 pods over IPv6 on the port after it. A node has one route for
the whole pod network and one peer for each other node, whose allowed addresses are that node's pod subnet: WireGuard itself
chooses the peer by them, and drops what a peer sends from other addresses. No keepalive, no preshared key.

Keys are drawn for each lab by the engine that applies the plan (`kernel.wireguard`); a plan names a peer by its node.
There is no `cross-subnet`: neither flannel nor Calico leaves packets of one segment in clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.leases import Lease, NodeView
from barewire.model.objects import Address, KernelObject, Link, Route, WireguardInterface, WireguardPeer
from barewire.networks.addressing import alone
from barewire.networks.encapsulation.wireguard import WireguardEncapsulation
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, device_option, known_options, number_option

DEFAULT_PORT = 51820
_IPV6_SUFFIX = "-v6"


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

    def __init__(self, port: int, device: str) -> None:
        self.port, self.device = port, device

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("port", "dev"))
        device = device_option(cls.name, options, "wg0")
        if len(device + _IPV6_SUFFIX) > 15:
            raise NetworkError(
                f"dev={device} does not fit {cls.name}",
                said=f"the interface for IPv6 is called {device}{_IPV6_SUFFIX}, and a link's name has 15 characters",
                remedy="Write a name of at most 12 characters, like dev=wg0",
            )
        return cls(number_option(cls.name, options, "port", DEFAULT_PORT, 1, 65_534), device)

    def encapsulation(self, family: int) -> WireguardEncapsulation:
        return WireguardEncapsulation(self._port(family))

    def outer(self, family: int, families: tuple[int, ...]) -> int:
        return family

    def node(self, view: NodeView) -> list[KernelObject]:
        wanted: list[KernelObject] = []
        for family in view.lease.families:
            device = self._device(family.version)
            wanted += [
                Link(device, "wireguard", view.pod_mtu),
                WireguardInterface(device, self._port(family.version)),
                Address(device, alone(family.subnet.network_address)),
                Route(family.pods, device),
            ]
        return wanted

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        return [
            WireguardPeer(
                self._device(family.version),
                peer.name,
                family.address.ip,
                self._port(family.version),
                (family.subnet,),
            )
            for family in peer.families
        ]

    def _device(self, family: int) -> str:
        return self.device if family == 4 else f"{self.device}{_IPV6_SUFFIX}"

    def _port(self, family: int) -> int:
        return self.port if family == 4 else self.port + 1
