"""Forwarding and routes of the routers between racks, static unless the transport brings a daemon.

Static routes to a rack take one spine, within a zone the same in both directions. With a transport that speaks BGP routers take
all spines at once, and spread flows over them by addresses and ports (`fib_multipath_hash_policy` 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from barewire.model import fabric
from barewire.model.fabric import Router, RouterLink
from barewire.model.leases import Lease
from barewire.model.network import Topology
from barewire.model.objects import DesiredState, KernelObject, Route
from barewire.model.racks import Racks, router_name
from barewire.model.settings import Sysctl
from barewire.networks.addressing import forwarding
from barewire.networks.part import Transport


def routed(transport: Transport, racks: Racks, topology: Topology, leases: Sequence[Lease]) -> DesiredState:
    """The routers of `topology`, with what the transport has for them, else with static routes to each rack's segment."""
    found = fabric.routers(racks, topology.addresses)
    common: list[KernelObject] = [*forwarding(topology.addresses.families)]
    if any(len(fabric.ways(racks, router.name, rack)) > 1 for router in found for rack in range(1, racks.racks + 1)):
        versions = topology.addresses.families
        common += [Sysctl(f"net.ipv{version}.fib_multipath_hash_policy", "1") for version in versions]
    if hasattr(transport, "routers"):
        wanted = transport.routers(racks, found, leases, topology.addresses)
    else:
        known = {router.name: router for router in found}
        wanted = {router.name: tuple(static_routes(racks, router, known)) for router in found}
    return DesiredState({router.name: (*common, *wanted[router.name]) for router in found})


def static_ways(racks: Racks, router: Router) -> Iterator[tuple[int, RouterLink]]:
    """Every rack but the router's own, with the link by which static routes go there."""
    for rack in range(1, racks.racks + 1):
        if rack != router.rack:
            nexts = fabric.ways(racks, router.name, rack)
            yield rack, router.link(nexts[(router.rack + rack) % len(nexts)])


def static_routes(racks: Racks, router: Router, known: Mapping[str, Router]) -> Iterator[Route]:
    """A route to the segment of every other rack; `known` are all routers by name."""
    for rack, link in static_ways(racks, router):
        for segment, peer in zip(known[router_name(rack)].segment, link.peers, strict=True):
            yield Route(segment.network, link.dev, peer)
