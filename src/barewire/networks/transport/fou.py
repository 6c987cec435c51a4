"""Foo over UDP: IPv4 directly behind UDP, as `ip fou add port 5555 ipproto 4` takes it.

IPv4 alone: the kernel's module for IPv6 (fou6) takes a device for each peer.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.networks.encapsulation.fou import FouEncapsulation
from barewire.networks.part import Facts
from barewire.networks.udp_tunnel import FOU, UdpTunnel


class Fou(UdpTunnel):
    """A route for each peer, over one device."""

    name: ClassVar[str] = "fou"
    encap_type: ClassVar[int] = FOU
    default_port: ClassVar[int] = 5555
    facts: ClassVar[Facts] = Facts(
        "packets in UDP between the nodes, without another header",
        "nothing: nodes may be routed to each other",
        "CAP_NET_ADMIN on the node",
    )

    def encapsulation(self, family: int) -> FouEncapsulation:
        return FouEncapsulation(self.port)
