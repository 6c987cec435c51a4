"""What `barewire networks plan` does: a topology with its hosts and allocations, and its plan."""

from __future__ import annotations

import sys
from pathlib import Path

from barewire.addresses import romana
from barewire.addresses.romana.plan import GivenAddress, PrefixPlan, given, routes_of
from barewire.addresses.romana.plan import planned as plan_of
from barewire.addresses.romana.topology import load, parse_hosts
from barewire.errors import PlanError, UsageError


def allocated(topology: Path, hosts: Path | None) -> tuple[romana.RomanaAllocator, tuple[GivenAddress, ...]]:
    """The allocator of a topology after its hosts were added and its allocations made, in their order; what these got."""
    found = romana.read(topology)
    allocator = romana.RomanaAllocator(found)
    added = (*found.hosts, *(parse_hosts(load(hosts), str(hosts)) if hosts else ()))
    for host in added:
        allocator.add_host(host.name, host.ip, host.tags)
    return allocator, given(allocator, found.allocations)


def planned(topology: Path, hosts: Path | None, blocks: int | None) -> PrefixPlan:
    """The plan of a topology; without allocations every node is taken to have `blocks` blocks, or one."""
    allocator, addresses = allocated(topology, hosts)
    if addresses and blocks is not None:
        raise UsageError(
            "--blocks has no effect: the allocations of the topology decide which blocks its nodes have",
            where=str(topology),
            remedy="Leave it out, or take the allocations out of the topology",
        )
    return plan_of(allocator, str(topology), 1 if blocks is None else blocks, addresses)


def print_routes(
    allocator: romana.RomanaAllocator, node: str, format: str, out: Path | None, blocks: int | None
) -> None:
    """Print the routes that a node holds, for every network that it is in."""
    if blocks is not None:
        raise UsageError("--blocks has no effect with --node", remedy="Leave one of them out")
    if format != "text" or out is not None:
        raise UsageError(
            "--node prints text alone, to standard output", remedy="Leave --format, --json, --markdown and --out away"
        )
    networks = [one for one in allocator.networks.values() if one.host(node)]
    if not networks:
        raise PlanError(
            f"there is no node {node}", where="--node", remedy="Name a host of the topology, or add it with --hosts"
        )
    for network in networks:
        for route in routes_of(network, node):
            sys.stdout.write(f"{route.prefix} via {route.via}\n")
