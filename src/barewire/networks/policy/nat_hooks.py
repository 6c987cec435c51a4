"""The NAT chains of published ports on every node, and no connection that they match: what they cost a process of the node.

The chains are those of the transport `nat`, a published port range for each pod of the node too. Only the ports differ:
they lie below those of the lab's servers, so that no request is ever translated.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import NodeView
from barewire.model.objects import KernelObject, NftTable
from barewire.networks.netfilter import family_name
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts
from barewire.networks.published import nat_chains, unserved


class NatHooks(WithoutOptions):
    """DNAT and masquerade chains that match nothing."""

    name: ClassVar[str] = "nat-hooks"
    facts: ClassVar[Facts] = Facts("NAT chains on each node, matching nothing", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"nft:nat"})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        return [
            NftTable(family_name(family.version), "nat_hooks", nat_chains(family, unserved(view, number)))
            for number, family in enumerate(view.lease.families)
        ]
