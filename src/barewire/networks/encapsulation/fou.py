"""Foo over UDP, direct: an IPv4 packet behind UDP, with nothing between them that says so (Linux' net/ipv4/fou_core.c).

The receiver knows by its port what is inside; here it is recognised as a whole IPv4 packet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import Decapsulated, Outer
from barewire.networks.inner_ip import is_ipv4

_UDP, _UDP_BYTES = 17, 8


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
        return 20 + _UDP_BYTES

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        inner = outer.payload[_UDP_BYTES:]
        if (outer.family, outer.protocol) != (4, _UDP) or not is_ipv4(inner):
            return None
        return Decapsulated(cls(int.from_bytes(outer.payload[2:4], "big")), inner)

    def __str__(self) -> str:
        return f"fou UDP {self.port}"
