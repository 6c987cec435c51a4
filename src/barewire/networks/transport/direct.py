"""Nothing between the pod's interface and the wire: the pod's packets are the wire's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.model.expectation import Target, WireExpectation
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress, Plan
from barewire.networks.part import Delivery, Facts, no_options


class Direct:
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

    def overhead(self, topology: Topology) -> int:
        return 0

    def check(self, topology: Topology) -> None:
        pass

    def plan(self, topology: Topology) -> Plan:
        return Plan()

    def target(self, topology: Topology, pod: Pod, address: IPAddress, port: int) -> Target:
        return Target(address, port)

    def wire(
        self,
        topology: Topology,
        source: Pod,
        destination: Pod,
        source_address: IPAddress,
        destination_address: IPAddress,
    ) -> WireExpectation:
        return WireExpectation(source_address, destination_address)
