"""The pod is the node: no container network at all (`--net=host`). The baseline is a network like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from barewire.model.leases import NodeView, PodLease
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress, KernelObject
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Delivery, Facts


class Host(WithoutOptions):
    """Pods share their node's namespace and address; their port ranges keep them apart."""

    name: ClassVar[str] = "host"
    facts: ClassVar[Facts] = Facts("the pod uses the node's own interface and address", "nothing", "none")
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()
    delivery: Delivery = "node"

    def pod_namespace(self, pod: Pod) -> str:
        return f"n{pod.node}"

    def tapped_last(self, pod: Pod) -> str:
        return f"n{pod.node}"

    def pod_address(self, topology: Topology, pod: Pod, family: int) -> IPAddress:
        return topology.addresses.family(family).node(pod.node).ip

    def node(self, view: NodeView) -> Sequence[KernelObject]:
        return ()

    def pod(self, view: NodeView, pod: PodLease) -> tuple[Sequence[KernelObject], Sequence[KernelObject]]:
        return (), ()
