"""WireGuard's transport data messages: an encrypted packet behind UDP, padded to 16 bytes, but not beyond the interface's MTU.

Source: https://www.wireguard.com/protocol/: type 4, three zero bytes, receiver index (4), counter (8), then the packet and
a tag of 16 bytes; padding by Linux' drivers/net/wireguard/send.c. What is inside cannot be read: a capture shows the outer
addresses, the port and the length, by which the proof finds the message of a packet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from barewire.model.expectation import IP_HEADER_BYTES, Decapsulated, Outer
from barewire.networks.udp_header import UDP_BYTES, unpack_udp

_HEADER_BYTES, _TAG_BYTES, _PADDING = 16, 16, 16
_TYPE = b"\x04\0\0\0"


@dataclass(frozen=True, slots=True)
class WireguardEncapsulation:
    """UDP to `port`. The interface's MTU leaves room for an outer header of family `room`: the kernel's default, flannel's and
    wg-quick's for IPv6, which does for either; Calico's over IPv4 for IPv4."""

    port: int
    room: int = field(default=6, compare=False)
    name: ClassVar[str] = "wireguard"
    link: ClassVar[str] = "wireguard"
    families: ClassVar[frozenset[int]] = frozenset({4, 6})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        """Outer IP, UDP, message header and tag. With room for IPv6, 20 of these 80 bytes stay unused over IPv4."""
        return IP_HEADER_BYTES[self.room] + UDP_BYTES + _HEADER_BYTES + _TAG_BYTES

    def sealed_bytes(self, packet: int, mtu: int) -> int:
        """The message's length for a packet of so many bytes by an interface with that MTU."""
        padded = -(-packet // _PADDING) * _PADDING
        return _HEADER_BYTES + min(mtu, padded) + _TAG_BYTES

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        port, message = unpack_udp(outer) or (0, b"")
        if len(message) < _HEADER_BYTES + _TAG_BYTES or message[:4] != _TYPE:
            return None
        return Decapsulated(cls(port), b"", sealed=len(message))

    def __str__(self) -> str:
        return f"wireguard UDP {self.port}"
