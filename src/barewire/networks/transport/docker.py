"""Published ports and masquerading with the rules of Docker 29: a pod is reached by its node's address.

As with `nat`, each pod's whole range of service ports is published on its node under the same numbers, and what leaves for the
wire is masqueraded. The rules are dockerd's, for a bridge called `docker0`.

Limit: dockerd runs a proxy (`docker-proxy`) for each published port, which serves the node's own programs by loopback and pods
that ask for their own node's address. It is not here, so a pod does not reach a published port of its own node. No packet between
nodes meets the proxy.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import NodeView
from barewire.model.objects import KernelObject
from barewire.networks.docker import tables
from barewire.networks.own import NodeAddress, WithoutOptions
from barewire.networks.part import Delivery, Facts


class Docker(WithoutOptions, NodeAddress):
    """dockerd's DNAT of published ports, its masquerade and its filter (iptables)."""

    name: ClassVar[str] = "docker"
    facts: ClassVar[Facts] = Facts(
        "published ports by DNAT, masqueraded connections, Docker's filter",
        "nothing: nodes may be routed to each other",
        "CAP_NET_ADMIN on the node",
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed"})
    wants_switch: ClassVar[bool] = False
    rules: ClassVar[str] = "docker"
    needs: frozenset[str] = frozenset({"iptables:nat", "iptables:ct"})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        return [
            table
            for number, family in enumerate(view.lease.families)
            for table in tables(family, [(pod.ports, pod.addresses[number].ip) for pod in view.pods])
        ]
