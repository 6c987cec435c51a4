"""Nothing between the pod's interface and the wire: the pod's packets are the wire's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.model.network import Topology
from barewire.model.objects import Plan
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, no_options


class Direct(OwnAddress):
    """For pods that are their node, or that answer on the wire themselves."""

    name: ClassVar[str] = "direct"
    facts: ClassVar[Facts] = Facts("packets go to the wire as they are", "nothing", "none")
    carries: ClassVar[frozenset[Delivery]] = frozenset({"node", "l2"})
    wants_switch: ClassVar[bool] = False
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Self:
        no_options(cls.name, options)
        return cls()

    def plan(self, topology: Topology) -> Plan:
        return Plan()
