"""Geneve (RFC 8926): an Ethernet frame behind UDP and 8 bytes with the network's number (VNI), here without options.

A header with options is accepted too; their bytes are not in `header_bytes`, because the kernel's device adds none.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.expectation import Decapsulated, Outer
from barewire.networks.udp_header import unpack_udp
from barewire.networks.vni_encapsulation import HEADER_BYTES, VniEncapsulation, read_vni

_ETHERNET = b"\x65\x58"
"""Protocol type of a bridged Ethernet frame (RFC 8926, 3.4)."""


class GeneveEncapsulation(VniEncapsulation):
    """UDP to `port` with `vni`."""

    __slots__ = ()
    name: ClassVar[str] = "geneve"
    link: ClassVar[str] = "geneve"

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        port, payload = unpack_udp(outer) or (0, b"")
        header = payload[:HEADER_BYTES]
        if len(header) < HEADER_BYTES:
            return None
        version, option_bytes = header[0] >> 6, (header[0] & 0x3F) * 4
        if version != 0 or header[2:4] != _ETHERNET or header[7] != 0:
            return None
        return Decapsulated(cls(port, read_vni(header)), payload[HEADER_BYTES + option_bytes :], framed=True)
