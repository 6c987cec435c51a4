"""Routes kept in a VPC's route table instead of on the nodes (flannel's aws-vpc, until 2022).

A node has one route, the whole pod network by the VPC's router; the router has one for each node's pod subnet, by
that node. Its table has a limit: 50 entries by default, as in the 2016 study, more by option. One node too many
gets the error that AWS gives. The router here is the namespace of the wire, in software, which is a part of what
this costs in a lab. In racks, which are the VPC's subnets then, each rack's router holds the one table: AWS' router has an
address in every subnet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.addresses import AddressPlan
from barewire.model.expectation import WireExpectation
from barewire.model.fabric import SEGMENT_DEV, Router
from barewire.model.leases import Lease, NodeView
from barewire.model.network import WIRE_DEV, WIRE_NAMESPACE, Pod, Topology
from barewire.model.objects import Address, IPAddress, KernelObject, Route
from barewire.model.racks import Racks
from barewire.networks.addressing import forwarding
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, known_options, number_option
from barewire.networks.routers import static_routes, static_ways

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
    joins_segments = True

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
            wanted.append(Address(SEGMENT_DEV, address))
            families = (lease.family(address.version) for lease in leases)
            wanted += [Route(family.subnet, SEGMENT_DEV, family.address.ip) for family in families]
        return wanted

    def routers(
        self, racks: Racks, routers: Sequence[Router], leases: Sequence[Lease], plan: AddressPlan
    ) -> Mapping[str, Sequence[KernelObject]]:
        """The table of each router between racks: a route to each rack's segment, and one to each node's pods."""
        known = {router.name: router for router in routers}
        families = [(racks.rack(lease.node), family) for lease in leases for family in lease.families]
        tables: dict[str, Sequence[KernelObject]] = {}
        for router in routers:
            links = dict(static_ways(racks, router))
            table: list[KernelObject] = [*static_routes(racks, router, known)]
            for rack, family in families:
                if rack == router.rack:
                    table.append(Route(family.subnet, SEGMENT_DEV, family.address.ip))
                else:
                    via = next(peer for peer in links[rack].peers if peer.version == family.version)
                    table.append(Route(family.subnet, links[rack].dev, via))
            tables[router.name] = table
        return tables

    def wire(
        self,
        topology: Topology,
        source: Pod,
        destination: Pod,
        source_address: IPAddress,
        destination_address: IPAddress,
    ) -> WireExpectation:
        return WireExpectation(source_address, destination_address, routed_by=WIRE_NAMESPACE)
