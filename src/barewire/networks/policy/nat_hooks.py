"""Docker's NAT chains on every node, and no connection that they match: what they cost a process that has no part in them.

The chains are those of the transport `nat`, a published port range for each pod of the node too. Only the ports differ:
they lie below those of the lab's servers, so that no request is ever translated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from barewire.model.leases import NodeView
from barewire.model.network import PORTS_PER_POD
from barewire.model.objects import IPAddress, KernelObject, NftTable
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts
from barewire.networks.published import nat_chains


class NatHooks(WithoutOptions):
    """DNAT and masquerade chains that match nothing."""

    name: ClassVar[str] = "nat-hooks"
    facts: ClassVar[Facts] = Facts(
        "Docker's NAT chains on each node, matching nothing", "nothing", "CAP_NET_ADMIN on the node"
    )
    needs: frozenset[str] = frozenset({"nft:nat"})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        return [
            NftTable("ip" if family.version == 4 else "ip6", "nat_hooks", nat_chains(family, _published(view, number)))
            for number, family in enumerate(view.lease.families)
        ]


def _published(view: NodeView, number: int) -> Iterator[tuple[range, IPAddress]]:
    """A range of ports below the servers' first for each pod of the node, as wide as there is room, at the pod's address of the
    family with that number."""
    width = max(1, min(PORTS_PER_POD, (view.port - 1) // max(1, len(view.pods))))
    for place, pod in enumerate(view.pods, 1):
        first = view.port - place * width
        yield range(first, first + width), pod.addresses[number].ip
