"""What `vxlan` and `geneve` have in common: an Ethernet frame behind UDP and 8 bytes, of which bytes 4 to 6 are the network's
number (VNI) and the last is zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import ETHERNET_BYTES, IP_HEADER_BYTES
from barewire.networks.udp_header import UDP_BYTES

HEADER_BYTES = 8


@dataclass(frozen=True, slots=True)
class VniEncapsulation:
    """UDP to `port` with `vni`."""

    port: int
    vni: int
    name: ClassVar[str]
    families: ClassVar[frozenset[int]] = frozenset({4, 6})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        """Outer IP, UDP, the header with the VNI, and inner Ethernet."""
        return IP_HEADER_BYTES[family] + UDP_BYTES + HEADER_BYTES + ETHERNET_BYTES

    def __str__(self) -> str:
        return f"{self.name} UDP {self.port} VNI {self.vni}"


def read_vni(header: bytes) -> int:
    """The VNI of such a header."""
    return int.from_bytes(header[4:7], "big")
