"""Generic UDP Encapsulation, version 0: an IPv4 packet behind UDP and a header of 4 bytes with its protocol number.

Source: draft-ietf-intarea-gue, as Linux has it (net/ipv4/fou_core.c). Optional fields are accepted and are not in `header_bytes`,
because the kernel's tunnel adds none unless it is asked to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import IP_HEADER_BYTES, Decapsulated, Outer
from barewire.networks.inner_ip import is_ipv4
from barewire.networks.udp_header import UDP_BYTES, unpack_udp

_HEADER_BYTES, _IPV4 = 4, 4
_VERSION_AND_CONTROL, _LENGTH = 0xE0, 0x1F


@dataclass(frozen=True, slots=True)
class GueEncapsulation:
    """UDP to `port`."""

    port: int
    name: ClassVar[str] = "gue"
    link: ClassVar[str] = "ipip"
    families: ClassVar[frozenset[int]] = frozenset({4})
    carries: ClassVar[frozenset[int]] = frozenset({4})

    def header_bytes(self, family: int) -> int:
        """Outer IP, UDP and GUE."""
        return IP_HEADER_BYTES[4] + UDP_BYTES + _HEADER_BYTES

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        port, payload = unpack_udp(outer) or (0, b"")
        header = payload[:_HEADER_BYTES]
        if outer.family != 4 or len(header) < _HEADER_BYTES:
            return None
        if header[0] & _VERSION_AND_CONTROL or header[1] != _IPV4:
            return None
        inner = payload[_HEADER_BYTES + (header[0] & _LENGTH) * 4 :]
        if not is_ipv4(inner):
            return None
        return Decapsulated(cls(port), inner)

    def __str__(self) -> str:
        return f"gue UDP {self.port}"
