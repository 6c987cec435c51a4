"""VXLAN (RFC 7348): an Ethernet frame behind UDP and 8 bytes with the network's number (VNI).

The header is accepted behind every UDP port, so that a tunnel on the wrong port is reported as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import IP_HEADER_BYTES, Decapsulated, Outer

_UDP, _UDP_BYTES, _HEADER_BYTES = 17, 8, 8
_FLAGS = b"\x08\0\0\0"
"""The I flag and three reserved bytes, which are zero."""


@dataclass(frozen=True, slots=True)
class VxlanEncapsulation:
    """UDP to `port` with `vni`."""

    port: int
    vni: int
    name: ClassVar[str] = "vxlan"
    link: ClassVar[str] = "vxlan"
    families: ClassVar[frozenset[int]] = frozenset({4, 6})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        """Outer IP, UDP, VXLAN and inner Ethernet."""
        return IP_HEADER_BYTES[family] + _UDP_BYTES + _HEADER_BYTES + 14

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        header = outer.payload[_UDP_BYTES : _UDP_BYTES + _HEADER_BYTES]
        if outer.protocol != _UDP or len(header) < _HEADER_BYTES or header[:4] != _FLAGS or header[7] != 0:
            return None
        found = cls(int.from_bytes(outer.payload[2:4], "big"), int.from_bytes(header[4:7], "big"))
        return Decapsulated(found, outer.payload[_UDP_BYTES + _HEADER_BYTES :], framed=True)

    def __str__(self) -> str:
        return f"vxlan UDP {self.port} VNI {self.vni}"
