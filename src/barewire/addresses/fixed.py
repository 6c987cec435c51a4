"""Computed leases: node N has the Nth subnet, pod P its Pth address, the same in every lab.

So a packet in a capture can be named, and counted runs repeat. The arithmetic is the address plan's (`model/addresses.py`).
"""

from __future__ import annotations

from barewire.model.addresses import AddressPlan
from barewire.model.leases import FamilyLease, Lease, PodLease
from barewire.model.network import Pod, Topology


def lease(plan: AddressPlan, node: int) -> Lease:
    """The lease of node `node` (from 1); PlanError when the plan has no subnet for it."""
    return Lease(
        node,
        tuple(
            FamilyLease(
                family.node(node),
                family.subnet(node),
                family.gateway(node),
                family.pods,
                family.aggregate(family.rack(node)),
                family.blocks(node),
            )
            for family in plan.each()
        ),
    )


def leases(topology: Topology) -> tuple[Lease, ...]:
    """Those of all nodes, in their order."""
    return tuple(lease(topology.addresses, node.index) for node in topology.nodes)


def pod_lease(topology: Topology, pod: Pod) -> PodLease:
    """The addresses of a pod; PlanError when its node's subnet has none left."""
    addresses = tuple(family.pod(pod.node, pod.index) for family in topology.addresses.each())
    return PodLease(pod, addresses, topology.ports(pod))
