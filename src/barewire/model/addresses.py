"""The address plan: which addresses nodes and pods have, for IPv4 and IPv6.

Pure arithmetic, the same in every lab, so that a packet seen at the wire can be named. Nodes sit in one flat subnet;
every node owns one pod subnet (its lease). The first address of a pod subnet is the node's own (the bridge, the
gateway); pods follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from barewire.errors import PlanError
from barewire.model.objects import IPAddress, IPInterface, IPNetwork


@dataclass(frozen=True, slots=True)
class FamilyPlan:
    """Subnets of one family: `nodes` for the wire, `pods` cut into one subnet of `subnet_prefix` a node."""

    nodes: IPNetwork
    pods: IPNetwork
    subnet_prefix: int

    def node(self, node: int) -> IPInterface:
        """Node `node` (from 1) on the wire, with the wire's prefix length. The .1 is kept for a router."""
        return _interface(self.nodes.network_address + node + 1, self.nodes.prefixlen)

    def router(self) -> IPInterface:
        """The address of a router on the wire (a VPC's, say)."""
        return _interface(self.nodes.network_address + 1, self.nodes.prefixlen)

    def subnet(self, node: int) -> IPNetwork:
        """The pod subnet that node `node` (from 1) holds."""
        size = 1 << (self.nodes.max_prefixlen - self.subnet_prefix)
        first = self.pods.network_address + node * size
        if node < 1 or first not in self.pods:
            raise PlanError(
                f"node {node} does not fit: {self.pods} holds {self.capacity} pod subnets of /{self.subnet_prefix}"
            )
        return type(self.pods)(f"{first}/{self.subnet_prefix}")

    @property
    def capacity(self) -> int:
        """How many nodes the plan holds (the first pod subnet is never given out)."""
        return int(2 ** (self.subnet_prefix - self.pods.prefixlen)) - 1

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

    def each(self) -> tuple[FamilyPlan, ...]:
        """The plans of the families in use, the loads' first."""
        return tuple(self.family(f) for f in self.families)


def _interface(address: IPAddress, prefix: int) -> IPInterface:
    return IPv4Interface(f"{address}/{prefix}") if address.version == 4 else IPv6Interface(f"{address}/{prefix}")
