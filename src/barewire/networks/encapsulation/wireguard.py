"""WireGuard's transport data messages: an encrypted packet behind UDP, padded to 16 bytes.

Source: https://www.wireguard.com/protocol/: type 4, three zero bytes, receiver index (4), counter (8), then the packet and
a tag of 16 bytes. Limit: what is inside cannot be read, so a capture shows the outer addresses and the port alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import IP_HEADER_BYTES, Decapsulated, Outer

_UDP, _UDP_BYTES = 17, 8
_HEADER_BYTES, _TAG_BYTES, _PADDING = 16, 16, 16
_TYPE = b"\x04\0\0\0"


@dataclass(frozen=True, slots=True)
class WireguardEncapsulation:
    """UDP to `port`."""

    port: int
    name: ClassVar[str] = "wireguard"
    link: ClassVar[str] = "wireguard"
    families: ClassVar[frozenset[int]] = frozenset({4, 6})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        """Outer IP, UDP, message header and tag; the padding depends on the packet and is not in it."""
        return IP_HEADER_BYTES[family] + _UDP_BYTES + _HEADER_BYTES + _TAG_BYTES

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        message = outer.payload[_UDP_BYTES:]
        if outer.protocol != _UDP or len(message) < _HEADER_BYTES + _TAG_BYTES or message[:4] != _TYPE:
            return None
        if (len(message) - _HEADER_BYTES) % _PADDING:
            return None
        return Decapsulated(cls(int.from_bytes(outer.payload[2:4], "big")), b"")

    def __str__(self) -> str:
        return f"wireguard UDP {self.port}"
