"""Docker's rules on every node, and no connection that they translate: what they cost a process that has no part in them.

The rules are those of the transport `docker`, with a published port range for each pod of the node too. Only the ports differ:
they lie below those of the lab's servers, so that no request is ever translated.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import NodeView
from barewire.model.objects import KernelObject
from barewire.networks.docker import tables
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts
from barewire.networks.published import unserved


class DockerRules(WithoutOptions):
    """dockerd's chains, publishing ports that no server has."""

    name: ClassVar[str] = "docker"
    facts: ClassVar[Facts] = Facts(
        "Docker's rules on each node, translating nothing", "nothing", "CAP_NET_ADMIN on the node"
    )
    needs: frozenset[str] = frozenset({"iptables:nat", "iptables:ct"})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        families = enumerate(view.lease.families)
        return [table for number, family in families for table in tables(family, unserved(view, number))]
