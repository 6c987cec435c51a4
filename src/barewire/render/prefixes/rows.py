"""The tree of a plan as rows, which every table shows: one for each group and for each node, in the order of prefixes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from barewire.addresses.romana.plan import PlannedGroup, PlannedNetwork, PlannedNode, PrefixPlan

TITLES = ("group or node", "prefix", "nodes", "blocks in use", "free", "addresses per node", "routes")
ADDRESS_TITLES = ("node", "tenant:segment", "address")
NUMBERS = frozenset(range(2, len(TITLES)))
"""Columns of numbers."""


@dataclass(frozen=True, slots=True)
class PrefixRow:
    """A row with its depth in the tree and a cell for each title."""

    depth: int
    cells: tuple[str, ...]


def rows(network: PlannedNetwork) -> Iterator[PrefixRow]:
    """Every row of a network's tree."""
    if network.top:
        yield from _group(network.top, 0)


def heading(network: PlannedNetwork) -> str:
    """What a network is, in a line."""
    size = 1 << (32 - network.block_mask)
    tenants = f", for {', '.join(network.tenants)}" if network.tenants else ""
    addresses = "1 address" if size == 1 else f"{size} addresses"
    return f"network {network.name}: {network.prefix}, blocks of /{network.block_mask} ({addresses}){tenants}"


def summary(network: PlannedNetwork) -> str:
    """Its nodes, routes and room, in a line."""
    per_node = f", {_counted(network.assumed, 'block')} per node assumed" if network.assumed and network.nodes else ""
    routes = ""
    if network.nodes:
        flat = f"{network.flat_routes} with a route for each block"
        routes = f"; at most {_counted(network.node_routes, 'route')} on a node ({flat})"
    return f"{_counted(network.nodes, 'node')}; {network.used} of {_counted(network.blocks, 'block')} in use{per_node}{routes}"


def addresses(plan: PrefixPlan) -> Iterator[tuple[str, str, str]]:
    """The allocations of the topology: node, tenant and segment, and the address that they got, or why they got none."""
    for one in plan.addresses:
        yield one.host, f"{one.tenant}:{one.segment}", one.address or f"refused: {one.refused}"


def _group(group: PlannedGroup, depth: int) -> Iterator[PrefixRow]:
    labels = " ".join(f"{key}={value}" for key, value in (group.labels or {}).items())
    name = group.name or ("spare" if group.spare else "-")
    shown = f"{name} [{labels}]" if labels else name
    routes = f"{group.router_routes} (router)" if group.router_routes else ""
    numbers = (str(group.nodes), f"{group.used}/{group.blocks}", str(group.blocks - group.used))
    yield PrefixRow(
        depth, (shown, group.prefix, *numbers, str(group.addresses_per_node) if group.nodes else "", routes)
    )
    for below in group.groups:
        yield from _group(below, depth + 1)
    for node in group.members:
        yield _node(node, depth + 1)


def _node(node: PlannedNode, depth: int) -> PrefixRow:
    shown = f"{node.name} {node.ip}".rstrip()
    blocks = " ".join(node.blocks)
    return PrefixRow(depth, (shown, blocks, "", str(len(node.blocks)) if node.blocks else "", "", "", str(node.routes)))


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
