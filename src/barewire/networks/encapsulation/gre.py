"""GRE over IPv4 (RFC 2784, RFC 2890): an IP packet behind 4 bytes, or 8 with a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import Decapsulated, Outer
from barewire.networks.gre_header import header_bytes, read_header


@dataclass(frozen=True, slots=True)
class GreEncapsulation:
    """An IP packet, with a `key` or none."""

    key: int | None = None
    name: ClassVar[str] = "gre"
    link: ClassVar[str] = "gre"
    families: ClassVar[frozenset[int]] = frozenset({4})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        return header_bytes(4, self.key)

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        found = read_header(outer) if outer.family == 4 else None
        return Decapsulated(cls(found[0]), found[1]) if found else None

    def __str__(self) -> str:
        return "gre" if self.key is None else f"gre key {self.key}"
