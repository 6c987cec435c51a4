"""Defaults that most parts share: no options, both IP families, a pod with its own namespace, packets under the pods' addresses.

A part takes these as base classes and states only where it differs; `host` and `nat` differ in most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.model.expectation import Encapsulation, Target, WireExpectation
from barewire.model.leases import Lease, NodeView
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress, KernelObject
from barewire.networks.encapsulation.none import NoEncapsulation
from barewire.networks.encapsulations import outer_family
from barewire.networks.part import NO_RULES, no_options


class BothFamilies:
    """For any part: it carries IPv4 and IPv6."""

    families: ClassVar[frozenset[int]] = frozenset({4, 6})


class WithoutOptions(BothFamilies):
    """For any part: it takes no options."""

    name: ClassVar[str]

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Self:
        no_options(cls.name, options)
        return cls()


class OwnNamespace(BothFamilies):
    """For an attach: the pod has its own network namespace, and its address is the one that the address plan gives it."""

    def pod_namespace(self, pod: Pod) -> str:
        return pod.name

    def tapped_last(self, pod: Pod) -> str:
        return pod.name

    def pod_address(self, topology: Topology, pod: Pod, family: int) -> IPAddress:
        return topology.addresses.family(family).pod(pod.node, pod.index).ip


class OwnAddress(BothFamilies):
    """For a transport: clients connect to the pod's address, and the wire shows it, inside the transport's encapsulation if
    it has one. It puts no rules on a node."""

    rules: ClassVar[str] = NO_RULES
    per_peer: ClassVar[bool] = False

    def node(self, view: NodeView) -> Sequence[KernelObject]:
        return ()

    def peer(self, view: NodeView, peer: Lease) -> Sequence[KernelObject]:
        return ()

    def router(self, view: NodeView, leases: Sequence[Lease]) -> Sequence[KernelObject]:
        return ()

    def encapsulation(self, family: int) -> Encapsulation:
        return NoEncapsulation()

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
        around = self.encapsulation(4 if source_address.version == 4 else 6)
        if not around.link:
            return WireExpectation(source_address, destination_address)
        outer = topology.addresses.family(outer_family(around, topology.addresses.families))
        return WireExpectation(
            outer.node(source.node).ip, outer.node(destination.node).ip, around, source_address, destination_address
        )
