"""Defaults that most parts share: no options, both IP families, a pod with its own namespace, packets under the pods' addresses.

A part takes these as base classes and states only where it differs; `host` differs in most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.model.expectation import Encapsulation, EncryptedEncapsulation, Target, WireExpectation
from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.network import WIRE_DEV, Pod, Topology
from barewire.model.objects import IPAddress, IPInterface, KernelObject, Route
from barewire.networks.encapsulation.none import NoEncapsulation
from barewire.networks.encapsulations import outer_family
from barewire.networks.part import NO_RULES, Delivery, no_options

CROSS_SUBNET = "cross-subnet"
"""The option of a `Tunnel`."""


class BothFamilies:
    """For any part: it carries IPv4 and IPv6."""

    families: ClassVar[frozenset[int]] = frozenset({4, 6})


class WithoutOptions(BothFamilies):
    """For any part: it takes no options."""

    name: ClassVar[str]

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
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

    @property
    def joins_segments(self) -> bool:
        return False

    @property
    def joins_clusters(self) -> bool:
        return False

    def node(self, view: NodeView) -> Sequence[KernelObject]:
        return ()

    def shares_peers(self, view: NodeView) -> bool:
        return False

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
        family = 4 if source_address.version == 4 else 6
        around = self.encapsulation(family)
        if not around.link:
            return WireExpectation(source_address, destination_address)
        outer = topology.addresses.family(self.outer(family, topology.addresses.families))
        ends = outer.node(source.node).ip, outer.node(destination.node).ip
        # What is encrypted cannot be seen on the wire.
        inside = () if isinstance(around, EncryptedEncapsulation) else (source_address, destination_address)
        return WireExpectation(*ends, around, *inside)

    def outer(self, family: int, families: tuple[int, ...]) -> int:
        """The family of the outer addresses around packets of `family` in a lab with `families`."""
        return outer_family(self.encapsulation(family), families)


class Tunnel(OwnAddress):
    """For a transport that tunnels to each other node, with the option `cross-subnet`: nodes of the same segment get a plain
    route and only others the tunnel, as with Calico's `CrossSubnet` and flannel's `DirectRouting`.

    A node is on the segment if its address on the wire is in this node's own network there, as in Calico; flannel asks the
    routing table whether there is a gateway in between.
    """

    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed"})
    wants_switch: ClassVar[bool] = False
    per_peer: ClassVar[bool] = True
    joins_segments = True
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()
    cross_subnet: bool = False

    def tunnel(self, view: NodeView, peer: Lease, families: Sequence[FamilyLease]) -> Sequence[KernelObject]:
        """What the node holds to send packets of `families` to a peer by the tunnel; `families` is never empty."""
        raise NotImplementedError

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        direct = [one for one in peer.families if self.goes_direct(view.lease.family(one.version).address, one.address)]
        tunnelled = [one for one in peer.families if one not in direct]
        wanted: list[KernelObject] = [Route(one.subnet, WIRE_DEV, one.address.ip) for one in direct]
        return [*wanted, *(self.tunnel(view, peer, tunnelled) if tunnelled else ())]

    def wire(
        self,
        topology: Topology,
        source: Pod,
        destination: Pod,
        source_address: IPAddress,
        destination_address: IPAddress,
    ) -> WireExpectation:
        nodes = topology.addresses.family(4 if source_address.version == 4 else 6)
        if self.goes_direct(nodes.node(source.node), nodes.node(destination.node)):
            return WireExpectation(source_address, destination_address)
        return super().wire(topology, source, destination, source_address, destination_address)

    def goes_direct(self, node: IPInterface, peer: IPInterface) -> bool:
        """Whether packets from a node to a peer, by their addresses on the wire, take no tunnel."""
        return self.cross_subnet and peer.ip in node.network


class NodeAddress(OwnAddress):
    """For a transport that publishes pods' ports: clients connect to the pod's node, and the wire shows the nodes' addresses."""

    joins_segments = joins_clusters = True

    def target(self, topology: Topology, pod: Pod, address: IPAddress, port: int) -> Target:
        return Target(topology.addresses.family(4 if address.version == 4 else 6).node(pod.node).ip, port)

    def wire(
        self,
        topology: Topology,
        source: Pod,
        destination: Pod,
        source_address: IPAddress,
        destination_address: IPAddress,
    ) -> WireExpectation:
        family = topology.addresses.family(4 if source_address.version == 4 else 6)
        return WireExpectation(family.node(source.node).ip, family.node(destination.node).ip)
