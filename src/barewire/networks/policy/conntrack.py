"""Connection tracking on every node and nothing else: what any NAT or stateful rule costs before it matches a packet.

The one rule stands in a chain that no hook leads to. It is never evaluated; that it exists makes the kernel track every
connection of the node's namespace, which is the cheapest way to have that.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import NodeView
from barewire.model.objects import KernelObject, NftTable
from barewire.networks.netfilter import family_name
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts


class Conntrack(WithoutOptions):
    """Tracks connections, changes nothing."""

    name: ClassVar[str] = "conntrack"
    facts: ClassVar[Facts] = Facts("connection tracking on each node", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"nft:ct"})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        return [
            NftTable(family_name(version), "conntrack", "chain track {\nct state new\n}") for version in view.versions
        ]
