"""Published ports and masquerading, as Docker's default network does it: a pod is reached by its node's address.

Each pod's whole range of service ports is published on its node under the same numbers; what leaves for the wire is
masqueraded. Pods on different nodes see each other's nodes, never each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from barewire.model.expectation import Encapsulation, Target, WireExpectation
from barewire.model.leases import Lease, NodeView
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress, KernelObject, NftTable
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
    per_peer: ClassVar[bool] = False
    rules: ClassVar[str] = "nat-hooks"
    needs: frozenset[str] = frozenset({"nft:nat"})
    crosses: frozenset[str] = frozenset()

    def encapsulation(self, family: int) -> Encapsulation:
        return NoEncapsulation()

    def check(self, topology: Topology) -> None:
        pass

    def node(self, view: NodeView) -> list[KernelObject]:
        return [
            NftTable(
                "ip" if family.version == 4 else "ip6",
                "barewire",
                nat_chains(family, [(pod.ports, pod.addresses[number].ip) for pod in view.pods]),
            )
            for number, family in enumerate(view.lease.families)
        ]

    def peer(self, view: NodeView, peer: Lease) -> Sequence[KernelObject]:
        return ()

    def router(self, view: NodeView, leases: Sequence[Lease]) -> Sequence[KernelObject]:
        return ()

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
