"""Leases, as plain data: what a node knows of itself and of its peers.

A lease is a node's claim on a pod subnet together with its address on the wire. It is all that another node must know
to reach its pods, so what a node holds for N peers follows from N leases and nothing else, as with flannel's backends.
Which addresses it has is up to the allocator (`addresses.fixed` in a lab).
"""

from __future__ import annotations

from dataclasses import dataclass

from barewire.model.network import Pod
from barewire.model.objects import IPInterface, IPNetwork


@dataclass(frozen=True, slots=True)
class FamilyLease:
    """One family of a lease: the node's `address` on the wire, its `subnet` of the pod network `pods`, and the first address
    of the subnet as the node has it (`gateway`)."""

    address: IPInterface
    subnet: IPNetwork
    gateway: IPInterface
    pods: IPNetwork
    aggregate: IPNetwork | None = None
    """The prefix of all pod subnets of the node's rack, where they have one."""

    blocks: tuple[IPNetwork, ...] = ()
    """Where the node has no subnet of its own: the parts of one, perhaps shared, that its pods are in."""

    @property
    def version(self) -> int:
        return self.pods.version

    def is_on_segment_of(self, other: FamilyLease) -> bool:
        """Whether this node's address on the wire is in the network there of another."""
        return self.address.ip in other.address.network


@dataclass(frozen=True, slots=True)
class Lease:
    """Node `node` (from 1), in each family in use, the one that loads use first."""

    node: int
    families: tuple[FamilyLease, ...]

    @property
    def name(self) -> str:
        """The node's name, which is also its namespace's."""
        return f"n{self.node}"

    def family(self, version: int) -> FamilyLease:
        """The lease of family 4 or 6."""
        return next(family for family in self.families if family.version == version)


@dataclass(frozen=True, slots=True)
class PodLease:
    """A pod on its node: an address per family, in the lease's order, with the subnet's prefix length, and its servers' ports."""

    pod: Pod
    addresses: tuple[IPInterface, ...]
    ports: range

    @property
    def host_end(self) -> str:
        """The node's end of the pod's veth pair."""
        return f"veth{self.pod.index}"


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node as its parts see it: its own lease, its pods, the MTUs, the first port of all servers, and the addresses that a
    router on the wire would have. Nothing of other nodes is in it."""

    lease: Lease
    pods: tuple[PodLease, ...]
    wire_mtu: int
    pod_mtu: int
    port: int
    routers: tuple[IPInterface, ...]

    @property
    def name(self) -> str:
        return self.lease.name

    @property
    def versions(self) -> tuple[int, ...]:
        """The families in use."""
        return tuple(family.version for family in self.lease.families)
