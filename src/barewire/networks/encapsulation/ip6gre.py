"""GRE over IPv6 (RFC 7676), without the option that limits how often packets are encapsulated (`encaplimit none`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import Decapsulated, Outer
from barewire.networks.gre_header import header_bytes, read_header


@dataclass(frozen=True, slots=True)
class Ip6GreEncapsulation:
    """An IP packet, with a `key` or none."""

    key: int | None = None
    name: ClassVar[str] = "ip6gre"
    link: ClassVar[str] = "ip6gre"
    families: ClassVar[frozenset[int]] = frozenset({6})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        return header_bytes(6, self.key)

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        found = read_header(outer) if outer.family == 6 else None
        return Decapsulated(cls(found[0]), found[1]) if found else None

    def __str__(self) -> str:
        return "ip6gre" if self.key is None else f"ip6gre key {self.key}"
