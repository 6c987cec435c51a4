"""IPv6 in IPv6 (RFC 2473), without the option that limits how often packets are encapsulated (`encaplimit none`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import Decapsulated, Outer

_IPV6 = 41
"""Next header of IPv6 within IP."""


@dataclass(frozen=True, slots=True)
class Ip6Ip6Encapsulation:
    """40 bytes and no field of its own."""

    name: ClassVar[str] = "ip6ip6"
    link: ClassVar[str] = "ip6tnl"
    families: ClassVar[frozenset[int]] = frozenset({6})
    carries: ClassVar[frozenset[int]] = frozenset({6})

    def header_bytes(self, family: int) -> int:
        return 40

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        return Decapsulated(cls(), outer.payload) if (outer.family, outer.protocol) == (6, _IPV6) else None

    def __str__(self) -> str:
        return "ip6ip6"
