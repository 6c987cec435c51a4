"""Foo over UDP, direct: an IPv4 packet behind UDP, with nothing between them that says so (Linux' net/ipv4/fou_core.c).

The receiver knows by its port what is inside; here it is recognised as a whole IPv4 packet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import IP_HEADER_BYTES, Decapsulated, Outer
from barewire.networks.inner_ip import is_ipv4
from barewire.networks.udp_header import UDP_BYTES, unpack_udp


@dataclass(frozen=True, slots=True)
class FouEncapsulation:
    """UDP to `port`."""

    port: int
    name: ClassVar[str] = "fou"
    link: ClassVar[str] = "ipip"
    families: ClassVar[frozenset[int]] = frozenset({4})
    carries: ClassVar[frozenset[int]] = frozenset({4})

    def header_bytes(self, family: int) -> int:
        """Outer IP and UDP."""
        return IP_HEADER_BYTES[4] + UDP_BYTES

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        port, inner = unpack_udp(outer) or (0, b"")
        if outer.family != 4 or not is_ipv4(inner):
            return None
        return Decapsulated(cls(port), inner)

    def __str__(self) -> str:
        return f"fou UDP {self.port}"
