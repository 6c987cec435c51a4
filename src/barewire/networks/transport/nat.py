"""Published ports and masquerading, as Docker's default network does it: a pod is reached by its node's address.

Each pod's whole range of service ports is published on its node under the same numbers; what leaves for the wire is
masqueraded. Pods on different nodes see each other's nodes, never each other.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.expectation import Encapsulation, Target, WireExpectation
from barewire.model.network import Pod, Topology
from barewire.model.objects import DesiredState, IPAddress, KernelObject, NftTable
from barewire.networks.encapsulation.none import NoEncapsulation
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Delivery, Facts
from barewire.networks.published import nat_chains


class Nat(WithoutOptions):
    """DNAT of published ports, masquerade of everything else (nftables)."""

    name: ClassVar[str] = "nat"
    facts: ClassVar[Facts] = Facts(
        "published ports by DNAT, masqueraded connections",
        "nothing: nodes may be routed to each other",
        "CAP_NET_ADMIN on the node",
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed"})
    wants_switch: ClassVar[bool] = False
    rules: ClassVar[str] = "nat-hooks"
    needs: frozenset[str] = frozenset({"nft:nat"})
    crosses: frozenset[str] = frozenset()

    def encapsulation(self, family: int) -> Encapsulation:
        return NoEncapsulation()

    def check(self, topology: Topology) -> None:
        pass

    def plan(self, topology: Topology) -> DesiredState:
        objects: dict[str, list[KernelObject]] = {}
        for node in topology.nodes:
            objects[node.name] = [
                NftTable("ip" if family == 4 else "ip6", "barewire", self._rules(topology, node.index, family))
                for family in topology.addresses.families
            ]
        return DesiredState(objects)

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

    def _rules(self, topology: Topology, node: int, family: int) -> str:
        plan = topology.addresses.family(family)
        pods = [pod for pod in topology.pods if pod.node == node]
        return nat_chains(plan, node, [(topology.ports(pod), plan.pod(node, pod.index).ip) for pod in pods])
