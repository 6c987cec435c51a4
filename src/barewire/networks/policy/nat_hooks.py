"""Docker's NAT chains on every node, and no connection that they match: what they cost a process that has no part in them.

The chains are those of the transport `nat`, a published port range for each pod of the node too. Only the ports differ:
they lie below those of the lab's servers, so that no request is ever translated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from barewire.model.network import PORTS_PER_POD, Topology
from barewire.model.objects import DesiredState, IPAddress, NftTable
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

    def plan(self, topology: Topology) -> DesiredState:
        return DesiredState(
            {
                node.name: tuple(
                    NftTable(
                        "ip" if family == 4 else "ip6",
                        "nat_hooks",
                        nat_chains(
                            topology.addresses.family(family),
                            node.index,
                            _published(topology, node.index, family),
                        ),
                    )
                    for family in topology.addresses.families
                )
                for node in topology.nodes
            }
        )


def _published(topology: Topology, node: int, family: int) -> Iterator[tuple[range, IPAddress]]:
    """A range of ports below the servers' first for each pod of the node, as wide as there is room."""
    pods = [pod for pod in topology.pods if pod.node == node]
    width = max(1, min(PORTS_PER_POD, (topology.port - 1) // len(pods)))
    for number, pod in enumerate(pods, 1):
        first = topology.port - number * width
        yield range(first, first + width), topology.addresses.family(family).pod(node, pod.index).ip
