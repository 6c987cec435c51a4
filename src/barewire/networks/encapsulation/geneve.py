"""Geneve (RFC 8926): an Ethernet frame behind UDP and 8 bytes with the network's number (VNI), here without options.

A header with options is accepted too; their bytes are not in `header_bytes`, because the kernel's device adds none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import IP_HEADER_BYTES, Decapsulated, Outer

_UDP, _UDP_BYTES, _HEADER_BYTES = 17, 8, 8
_ETHERNET = b"\x65\x58"
"""Protocol type of a bridged Ethernet frame (RFC 8926, 3.4)."""


@dataclass(frozen=True, slots=True)
class GeneveEncapsulation:
    """UDP to `port` with `vni`."""

    port: int
    vni: int
    name: ClassVar[str] = "geneve"
    link: ClassVar[str] = "geneve"
    families: ClassVar[frozenset[int]] = frozenset({4, 6})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        """Outer IP, UDP, Geneve and inner Ethernet."""
        return IP_HEADER_BYTES[family] + _UDP_BYTES + _HEADER_BYTES + 14

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        header = outer.payload[_UDP_BYTES : _UDP_BYTES + _HEADER_BYTES]
        if outer.protocol != _UDP or len(header) < _HEADER_BYTES:
            return None
        version, option_bytes = header[0] >> 6, (header[0] & 0x3F) * 4
        if version != 0 or header[2:4] != _ETHERNET or header[7] != 0:
            return None
        found = cls(int.from_bytes(outer.payload[2:4], "big"), int.from_bytes(header[4:7], "big"))
        return Decapsulated(found, outer.payload[_UDP_BYTES + _HEADER_BYTES + option_bytes :], framed=True)

    def __str__(self) -> str:
        return f"geneve UDP {self.port} VNI {self.vni}"
