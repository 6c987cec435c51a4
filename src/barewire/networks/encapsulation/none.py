"""No encapsulation: the pod's packet is the wire's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from barewire.model.expectation import Decapsulated, Outer


@dataclass(frozen=True, slots=True)
class NoEncapsulation:
    """Nothing around the packet, so there is nothing to parse."""

    name: ClassVar[str] = "none"
    link: ClassVar[str] = ""
    families: ClassVar[frozenset[int]] = frozenset({4, 6})
    carries: ClassVar[frozenset[int]] = frozenset({4, 6})

    def header_bytes(self, family: int) -> int:
        return 0

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        return None

    def __str__(self) -> str:
        return "no encapsulation"
