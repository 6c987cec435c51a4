"""Published ports and masquerading, as Docker's default network does it: a pod is reached by its node's address.

Each pod's whole range of service ports is published on its node under the same numbers; what leaves for the wire is
masqueraded. Pods on different nodes see each other's nodes, never each other.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import NodeView
from barewire.model.objects import KernelObject, NftTable
from barewire.networks.netfilter import family_name
from barewire.networks.own import NodeAddress, WithoutOptions
from barewire.networks.part import Delivery, Facts
from barewire.networks.published import nat_chains


class Nat(WithoutOptions, NodeAddress):
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

    def node(self, view: NodeView) -> list[KernelObject]:
        return [
            NftTable(
                family_name(family.version),
                "barewire",
                nat_chains(family, [(pod.ports, pod.addresses[number].ip) for pod in view.pods]),
            )
            for number, family in enumerate(view.lease.families)
        ]
