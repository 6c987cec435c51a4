"""VXLAN (RFC 7348): an Ethernet frame behind UDP and 8 bytes with the network's number (VNI).

The header is accepted behind every UDP port, so that a tunnel on the wrong port is reported as such.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.expectation import Decapsulated, Outer
from barewire.networks.udp_header import unpack_udp
from barewire.networks.vni_encapsulation import HEADER_BYTES, VniEncapsulation, read_vni

_FLAGS = b"\x08\0\0\0"
"""The I flag and three reserved bytes, which are zero."""


class VxlanEncapsulation(VniEncapsulation):
    """UDP to `port` with `vni`."""

    __slots__ = ()
    name: ClassVar[str] = "vxlan"
    link: ClassVar[str] = "vxlan"

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        port, payload = unpack_udp(outer) or (0, b"")
        header = payload[:HEADER_BYTES]
        if len(header) < HEADER_BYTES or header[:4] != _FLAGS or header[7] != 0:
            return None
        return Decapsulated(cls(port, read_vni(header)), payload[HEADER_BYTES:], framed=True)
