"""GRE (RFC 2784, RFC 2890): an IP packet behind 4 bytes, or 8 with a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import IP_HEADER_BYTES, Decapsulated, Outer

_GRE = 47
_CHECKSUM, _KEY, _SEQUENCE, _OTHER = 0x8000, 0x2000, 0x1000, 0x4FFF
"""Bits of the first two bytes; those of `_OTHER` (routing, version, reserved) are zero."""

_PROTOCOLS = (0x0800, 0x86DD)
"""What is inside, by Ethernet's numbers: IPv4 or IPv6."""


@dataclass(frozen=True, slots=True)
class GreEncapsulation:
    """An IP packet, with a `key` or none."""

    key: int | None = None
    name: ClassVar[str] = "gre"
    link: ClassVar[str] = "gre"
    families: ClassVar[frozenset[int]] = frozenset({4, 6})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        """Outer IP and GRE, without checksum and sequence number."""
        return IP_HEADER_BYTES[family] + (4 if self.key is None else 8)

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        payload = outer.payload
        flags, protocol = int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:4], "big")
        if outer.protocol != _GRE or flags & _OTHER or protocol not in _PROTOCOLS:
            return None
        first = 8 if flags & _CHECKSUM else 4
        length = first + (4 if flags & _KEY else 0) + (4 if flags & _SEQUENCE else 0)
        if len(payload) < length:
            return None
        key = int.from_bytes(payload[first : first + 4], "big") if flags & _KEY else None
        return Decapsulated(cls(key), payload[length:])

    def __str__(self) -> str:
        return "gre" if self.key is None else f"gre key {self.key}"
