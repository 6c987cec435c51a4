"""Routes kept in a VPC's route table instead of on the nodes (flannel's aws-vpc, until 2022).

A node has one route, the whole pod network by the VPC's router; the router has one for each node's pod subnet, by
that node. Its table has a limit: 50 entries by default, as in the 2016 study, more by option. One node too many
gets the error that AWS gives. The router here is the namespace of the wire, in software, which is a part of what
this costs in a lab.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.expectation import WireExpectation
from barewire.model.leases import Lease, NodeView
from barewire.model.network import WIRE_DEV, WIRE_NAMESPACE, Pod, Topology
from barewire.model.objects import Address, IPAddress, KernelObject, Route
from barewire.networks.addressing import forwarding
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, known_options, number_option

ROUTER_DEV = "br0"
"""The switch of the wire, where the router has its address."""

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 1000


class Vpc(OwnAddress):
    """A route table of at most `limit` routes."""

    name: ClassVar[str] = "vpc"
    facts: ClassVar[Facts] = Facts(
        "a route for each node in the VPC's route table",
        "nodes of one VPC; the source/destination check off",
        "the cloud's API: CreateRoute on the VPC's table",
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed", "parent"})
    wants_switch: ClassVar[bool] = True
    needs: frozenset[str] = frozenset({"link:bridge"})
    crosses: frozenset[str] = frozenset()

    def __init__(self, limit: int) -> None:
        self.limit = limit

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("limit",))
        return cls(number_option(cls.name, options, "limit", DEFAULT_LIMIT, 1, LARGEST_LIMIT))

    def check(self, topology: Topology) -> None:
        wanted = len(topology.nodes)
        enough = min(max(500, wanted), LARGEST_LIMIT)
        if wanted > self.limit:
            raise NetworkError(
                f"node {self.limit + 1} of {wanted} gets no route in the VPC's table",
                said=f"RouteLimitExceeded, which is AWS' answer to more than {self.limit} routes in one table",
                remedy=f"Use at most {self.limit} nodes, or raise the limit: vpc:limit={enough}",
            )

    def node(self, view: NodeView) -> list[KernelObject]:
        families = zip(view.lease.families, view.routers, strict=True)
        return [Route(family.pods, WIRE_DEV, router.ip) for family, router in families]

    def router(self, view: NodeView, leases: Sequence[Lease]) -> list[KernelObject]:
        wanted: list[KernelObject] = [*forwarding(view.versions)]
        for address in view.routers:
            wanted.append(Address(ROUTER_DEV, address))
            families = (lease.family(address.version) for lease in leases)
            wanted += [Route(family.subnet, ROUTER_DEV, family.address.ip) for family in families]
        return wanted

    def wire(
        self,
        topology: Topology,
        source: Pod,
        destination: Pod,
        source_address: IPAddress,
        destination_address: IPAddress,
    ) -> WireExpectation:
        return WireExpectation(source_address, destination_address, routed_by=WIRE_NAMESPACE)
