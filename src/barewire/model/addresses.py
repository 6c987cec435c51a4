"""The address plan: which addresses nodes and pods have, for IPv4 and IPv6.

Pure arithmetic, the same in every lab, so that a packet seen at the wire can be named. Nodes sit in one flat subnet, or in
one of each rack (`racks`); every node owns one pod subnet (its lease). The first address of a pod subnet is the node's own (the
bridge, the gateway); pods follow. Of several clusters each has an equal part of the pod network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from barewire.errors import PlanError
from barewire.model.objects import IPAddress, IPInterface, IPNetwork
from barewire.model.racks import Racks

_SEGMENT_BITS = 8


@dataclass(frozen=True, slots=True)
class FamilyPlan:
    """Subnets of one family: `nodes` for the wire, `pods` cut into one subnet of `subnet_prefix` a node. Where nodes stand in
    `racks`, the lower half of `nodes` is cut into a subnet of 256 addresses a rack, and the upper half holds the links of
    routers. `aggregated`: the pod subnets of a rack are one prefix, so a rack takes a power of two of them."""

    nodes: IPNetwork
    pods: IPNetwork
    subnet_prefix: int
    racks: Racks | None = None
    aggregated: bool = False

    def node(self, node: int) -> IPInterface:
        """Node `node` (from 1) on the wire, with its segment's prefix length. The .1 is kept for a router."""
        if not self.racks:
            return _interface(self.nodes.network_address + node + 1, self.nodes.prefixlen)
        rack = self.racks.rack(node)
        segment = self.segment(rack)
        place = node - self.racks.members(rack).start
        return _interface(segment.network_address + place + 2, segment.prefixlen)

    def rack(self, node: int) -> int:
        """The rack (from 1) of node `node`; 0 where there are none."""
        return self.racks.rack(node) if self.racks else 0

    def segment(self, rack: int) -> IPNetwork:
        """The subnet of a rack (from 1) on the wire; of all nodes for 0, where there are no racks."""
        if not rack:
            return self.nodes
        prefix = self.nodes.max_prefixlen - _SEGMENT_BITS
        place = (rack - 1) << _SEGMENT_BITS
        if place >= self.nodes.num_addresses // 2:
            raise PlanError(f"rack {rack} does not fit into {self.nodes}")
        first = self.nodes.network_address + place
        return type(self.nodes)(f"{first}/{prefix}")

    def router(self, rack: int = 0) -> IPInterface:
        """The address of a router on a segment (a VPC's, say, or that of a rack)."""
        segment = self.segment(rack)
        return _interface(segment.network_address + 1, segment.prefixlen)

    def link(self, number: int, end: int) -> IPInterface:
        """The address of an end (0 or 1) of a link between routers, numbered from 0."""
        return _interface(self._links + 2 * number + end, self.nodes.max_prefixlen - 1)

    @property
    def _links(self) -> IPAddress:
        return self.nodes.network_address + (self.nodes.num_addresses // 2)

    def subnet(self, node: int) -> IPNetwork:
        """The pod subnet that node `node` (from 1) holds."""
        size = 1 << (self.nodes.max_prefixlen - self.subnet_prefix)
        place, pods = node, self.pods
        if self.racks and node > 0:
            rack = self.racks.rack(node)
            if self.aggregated:
                place = (rack << self._rack_bits) + node - self.racks.members(rack).start
            if len(self.racks.clusters) > 1:
                pods = self.cluster_pods(self.racks.cluster_of(rack))
        first = pods.network_address + place * size
        if node < 1 or first not in pods:
            raise PlanError(
                f"node {node} does not fit: {pods} holds {self.capacity} pod subnets of /{self.subnet_prefix}"
            )
        return type(self.pods)((int(first), self.subnet_prefix))

    def cluster_pods(self, cluster: int) -> IPNetwork:
        """The part of the pod network that a cluster (from 1) has: all of it, or one of 2, 4 or 8 equal parts."""
        bits = (len(self.racks.clusters) - 1).bit_length() if self.racks else 0
        size = self.pods.num_addresses >> bits
        first = int(self.pods.network_address) + (cluster - 1) * size
        return type(self.pods)((first, self.pods.prefixlen + bits))

    @property
    def _rack_bits(self) -> int:
        return (max(self.racks.sizes) - 1).bit_length() if self.racks else 0

    def aggregate(self, rack: int) -> IPNetwork | None:
        """The prefix that covers the pod subnets of a rack (from 1) and no others; None where there is no such prefix, or it is
        a node's own subnet, since no rack has two nodes."""
        if not (self.aggregated and self.racks and self._rack_bits):
            return None
        return self.subnet(self.racks.members(rack).start).supernet(self._rack_bits)

    def blocks(self, node: int) -> tuple[IPNetwork, ...]:
        """The parts of a subnet that node `node` (from 1) has, where it has none of its own: there are none here."""
        return ()

    @property
    def capacity(self) -> int:
        """How many nodes the plan, or each cluster's part of it, holds (the first pod subnet is never given out)."""
        subnets = int(2 ** (self.subnet_prefix - self.cluster_pods(1).prefixlen))
        if not (self.aggregated and self.racks):
            return subnets - 1
        return ((subnets >> self._rack_bits) - 1) * max(self.racks.sizes)

    def gateway(self, node: int) -> IPInterface:
        """The node's own address in its pod subnet."""
        return _interface(self.subnet(node).network_address + 1, self.subnet_prefix)

    def pod(self, node: int, pod: int) -> IPInterface:
        """Pod `pod` (from 1) of node `node`, with the pod subnet's prefix length."""
        subnet = self.subnet(node)
        address = subnet.network_address + 1 + pod
        if pod < 1 or address not in subnet or address == subnet.broadcast_address:
            raise PlanError(f"pod {pod} does not fit into node {node}'s subnet {subnet}")
        return _interface(address, self.subnet_prefix)


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """One or both families; the first is the one that loads use."""

    families: tuple[int, ...] = (4,)
    ipv4: FamilyPlan = FamilyPlan(IPv4Network("10.10.0.0/16"), IPv4Network("10.128.0.0/12"), 24)
    ipv6: FamilyPlan = FamilyPlan(IPv6Network("fd00:10::/64"), IPv6Network("fd00:128::/48"), 64)

    def family(self, family: int) -> FamilyPlan:
        """The plan of family 4 or 6."""
        return self.ipv4 if family == 4 else self.ipv6

    def in_racks(self, racks: Racks | None) -> AddressPlan:
        """The same plan for nodes in racks; None for one segment."""
        return replace(self, ipv4=replace(self.ipv4, racks=racks), ipv6=replace(self.ipv6, racks=racks))

    def with_aggregates(self) -> AddressPlan:
        """The same plan with the pod subnets of each rack as one prefix."""
        return replace(self, ipv4=replace(self.ipv4, aggregated=True), ipv6=replace(self.ipv6, aggregated=True))

    def each(self) -> tuple[FamilyPlan, ...]:
        """The plans of the families in use, the loads' first."""
        return tuple(self.family(f) for f in self.families)


def _interface(address: IPAddress, prefix: int) -> IPInterface:
    return IPv4Interface((int(address), prefix)) if address.version == 4 else IPv6Interface((int(address), prefix))
