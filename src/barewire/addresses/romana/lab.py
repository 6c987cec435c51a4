"""The addresses of a lab, given by Romana's allocator over the topology that Romana has for kubeadm, or with a group a rack.

Nodes are added in their order and pods get their addresses in theirs, all of one tenant and segment, so every lab of a size has
the same addresses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from barewire.addresses.romana.allocator import RomanaAllocator
from barewire.addresses.romana.topology import GroupDefinition, MapDefinition, NetworkDefinition, RomanaTopology
from barewire.errors import PlanError
from barewire.model.addresses import AddressPlan, FamilyPlan
from barewire.model.network import Node, Pod, Topology
from barewire.model.objects import IPInterface, IPNetwork
from barewire.model.racks import Racks

NETWORK = "romana-network"
KUBEADM = RomanaTopology(
    (NetworkDefinition(NETWORK, "10.112.0.0/12"),),
    (MapDefinition((NETWORK,), tuple(GroupDefinition(f"host-group-{number:02}") for number in range(1, 9))),),
)
_RACK = "rack"
"""The label of a node that says in which rack it is."""

_TENANT = _SEGMENT = "default"
GATEWAY = IPv4Address("172.142.0.1")
"""Pods have a route to it and send nothing there."""


@dataclass(frozen=True, slots=True)
class HeldAddresses:
    """What the allocator has given a node: its group's prefix, its blocks, and the address of each pod."""

    group: IPv4Network
    blocks: tuple[IPv4Network, ...]
    pods: tuple[IPv4Address, ...]


@dataclass(frozen=True, slots=True)
class RomanaFamilyPlan(FamilyPlan):
    """Addresses of pods out of blocks; those of nodes are arithmetic. `held` is in the order of nodes."""

    held: tuple[HeldAddresses, ...] = ()

    @property
    def capacity(self) -> int:
        """How many nodes it was made for."""
        return len(self.held)

    def subnet(self, node: int) -> IPNetwork:
        """The prefix of the node's group, which other nodes may share."""
        return self._held(node).group

    def blocks(self, node: int) -> tuple[IPNetwork, ...]:
        """The node's blocks."""
        return self._held(node).blocks

    def gateway(self, node: int) -> IPInterface:
        """Romana's gateway, the same on every node."""
        return IPv4Interface(f"{GATEWAY}/32")

    def pod(self, node: int, pod: int) -> IPInterface:
        """The address of pod `pod` (from 1) of node `node`, alone on its link."""
        pods = self._held(node).pods
        if not 1 <= pod <= len(pods):
            raise PlanError(f"pod {pod} of node {node} has no address", said=f"{len(pods)} were given out there")
        return IPv4Interface(f"{pods[pod - 1]}/32")

    def _held(self, node: int) -> HeldAddresses:
        if not 1 <= node <= len(self.held):
            raise PlanError(f"node {node} is not in the plan", said=f"it was made for {len(self.held)} nodes")
        return self.held[node - 1]


def addresses(topology: Topology) -> AddressPlan:
    """The topology's address plan with Romana's addresses for pods; as it is if it has them already."""
    if isinstance(topology.addresses.ipv4, RomanaFamilyPlan):
        return topology.addresses
    return _given(topology.addresses, topology.nodes, topology.pods, topology.racks)


def of_racks(racks: int) -> RomanaTopology:
    """A topology with a group for each rack. Romana puts nodes of any rack into spare groups, so those that its padding would
    add are written down, with a label that no node has."""
    count = 1 << (racks - 1).bit_length()
    groups = (
        GroupDefinition(f"rack-{number:02}", assignment={_RACK: str(number) if number <= racks else "none"})
        for number in range(1, count + 1)
    )
    return replace(KUBEADM, maps=(MapDefinition((NETWORK,), tuple(groups)),))


@lru_cache(maxsize=8)
def _given(plan: AddressPlan, nodes: tuple[Node, ...], pods: tuple[Pod, ...], racks: Racks | None) -> AddressPlan:
    allocator = RomanaAllocator(of_racks(racks.racks) if racks else KUBEADM)
    network = allocator.networks[NETWORK]
    for node in nodes:
        tags = {_RACK: str(racks.rack(node.index))} if racks else None
        allocator.add_host(node.name, plan.ipv4.node(node.index).ip, tags)
    given: dict[int, list[IPv4Address]] = {node.index: [] for node in nodes}
    for pod in pods:
        given[pod.node].append(allocator.allocate(pod.name, f"n{pod.node}", _TENANT, _SEGMENT))
    held = []
    for node in nodes:
        host = network.host(node.name)
        assert host is not None and host.group.ledger is not None
        ledger = host.group.ledger
        blocks = tuple(
            IPv4Network((ledger.blocks[number].first, network.block_mask)) for number in ledger.hosts[node.name]
        )
        held.append(HeldAddresses(IPv4Network(str(host.group.prefix)), blocks, tuple(given[node.index])))
    pods_of = IPv4Network(str(network.prefix))
    return replace(
        plan,
        ipv4=RomanaFamilyPlan(plan.ipv4.nodes, pods_of, network.block_mask, racks=plan.ipv4.racks, held=tuple(held)),
    )
