"""No policy: every packet passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.model.network import Topology
from barewire.model.objects import Plan
from barewire.networks.part import Facts, no_options


class NoPolicy:
    """Enforces nothing."""

    name: ClassVar[str] = "none"
    facts: ClassVar[Facts] = Facts("no policy", "nothing", "none")
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Self:
        no_options(cls.name, options)
        return cls()

    def plan(self, topology: Topology) -> Plan:
        return Plan()
