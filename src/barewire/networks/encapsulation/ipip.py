"""IPv4 in IPv4 (RFC 2003): the pod's packet directly behind another IPv4 header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import Decapsulated, Outer

_IPV4 = 4
"""Protocol number of IPv4 within IP."""


@dataclass(frozen=True, slots=True)
class IpipEncapsulation:
    """20 bytes and no field of its own."""

    name: ClassVar[str] = "ipip"
    link: ClassVar[str] = "ipip"
    families: ClassVar[frozenset[int]] = frozenset({4})
    carries: ClassVar[frozenset[int]] = frozenset({4})

    def header_bytes(self, family: int) -> int:
        return 20

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        return Decapsulated(cls(), outer.payload) if (outer.family, outer.protocol) == (4, _IPV4) else None

    def __str__(self) -> str:
        return "ipip"
