"""What most parts answer alike: no options, a pod that has a namespace of its own, packets under their own addresses.

A part takes these as base classes and says only where it differs; `host` and `nat` differ in all but the options.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.model.expectation import Target, WireExpectation
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks.part import NO_RULES, no_options


class WithoutOptions:
    """For any part: it takes no options."""

    name: ClassVar[str]

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Self:
        no_options(cls.name, options)
        return cls()


class OwnNamespace:
    """For an attach: the pod has its own network namespace, and its address is the one that the plan gives it."""

    def pod_namespace(self, pod: Pod) -> str:
        return pod.name

    def tapped_last(self, pod: Pod) -> str:
        return pod.name

    def pod_address(self, topology: Topology, pod: Pod, family: int) -> IPAddress:
        return topology.addresses.family(family).pod(pod.node, pod.index).ip


class OwnAddress:
    """For a transport: clients connect to the pod's address, and the wire shows it, with nothing around the packet.
    It puts no rules on a node."""

    rules: ClassVar[str] = NO_RULES

    def encapsulation_bytes(self, topology: Topology) -> int:
        return 0

    def check(self, topology: Topology) -> None:
        pass

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
