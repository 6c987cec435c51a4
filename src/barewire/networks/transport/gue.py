"""Generic UDP Encapsulation: IPv4 behind UDP and a header that names it, at its registered port.

IPv4 alone: the kernel's module for IPv6 (fou6) takes a device for each peer.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.networks.encapsulation.gue import GueEncapsulation
from barewire.networks.part import Facts
from barewire.networks.udp_tunnel import GUE, UdpTunnel


class Gue(UdpTunnel):
    """A route for each peer, over one device."""

    name: ClassVar[str] = "gue"
    encap_type: ClassVar[int] = GUE
    default_port: ClassVar[int] = 6080
    facts: ClassVar[Facts] = Facts(
        "packets in UDP and a header of 4 bytes between the nodes",
        "nothing: nodes may be routed to each other",
        "CAP_NET_ADMIN on the node",
    )

    def encapsulation(self, family: int) -> GueEncapsulation:
        return GueEncapsulation(self.port)
