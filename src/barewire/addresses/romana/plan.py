"""What a topology comes to: the tree of prefixes with its nodes, the routes that each needs, and how much room is left.

Routes, of a node: one for each other group on every level above it, since the group's prefix covers all nodes in it, and one for
each block of the nodes that share its own group. Of the router of a group: one for each group below it, or for each block in it
where the group has several nodes. Groups that nothing is in count, spare ones do not.

Without any address in use, every node is taken to have as many blocks as `assumed` says: one for a single tenant and segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from barewire.addresses.romana.allocator import RomanaAllocator, RomanaNetwork
from barewire.addresses.romana.groups import BITS, PrefixGroup, RomanaHost, dotted
from barewire.addresses.romana.notes import notes
from barewire.addresses.romana.topology import AllocationRequest
from barewire.errors import PlanError


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """A route: a prefix and what it leads to, a node or the router of a group."""

    prefix: str
    via: str


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node: its `blocks`, how many `addresses` of them are in use, and how many `routes` it holds."""

    name: str
    ip: str
    blocks: tuple[str, ...]
    addresses: int
    routes: int


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """A group: `nodes` in it, `blocks` that its prefix has room for and those that are `used`; `blocks_per_node` and
    `addresses_per_node` where nodes of a lowest group share it evenly (of the fullest one, above; 0 without nodes);
    `router_routes` of its router, with the prefixes that are known in `routes`. `spare` pads its level to a power of two. Below
    it are `groups` or, on the lowest level, `members`."""

    name: str
    prefix: str
    spare: bool
    labels: Mapping[str, str] | None
    nodes: int
    blocks: int
    used: int
    blocks_per_node: int
    addresses_per_node: int
    router_routes: int
    routes: tuple[PlannedRoute, ...]
    groups: tuple[PlannedGroup, ...]
    members: tuple[PlannedNode, ...]


@dataclass(frozen=True, slots=True)
class PlannedNetwork:
    """A network, its `tenants` (none for all) and its tree. `assumed` blocks a node has where no address is in use, else 0;
    `node_routes` is the most that a node holds, `flat_routes` what it would hold with a route for each block."""

    name: str
    prefix: str
    block_mask: int
    tenants: tuple[str, ...]
    assumed: int
    nodes: int
    blocks: int
    used: int
    node_routes: int
    flat_routes: int
    notes: tuple[str, ...]
    top: PlannedGroup | None


@dataclass(frozen=True, slots=True)
class GivenAddress:
    """An allocation of the topology: what was asked for, and the address; None where it was `refused`, with Romana's words."""

    host: str
    tenant: str
    segment: str
    address: str | None
    refused: str


@dataclass(frozen=True, slots=True)
class PrefixPlan:
    """The plan of a topology, and the addresses that its allocations got, in their order."""

    schema: str
    topology: str
    networks: tuple[PlannedNetwork, ...]
    addresses: tuple[GivenAddress, ...] = ()

    @property
    def refused(self) -> tuple[GivenAddress, ...]:
        """The allocations that got none."""
        return tuple(one for one in self.addresses if one.address is None)


SCHEMA = "barewire/prefixes/2"


def given(allocator: RomanaAllocator, requests: Iterable[AllocationRequest]) -> tuple[GivenAddress, ...]:
    """Allocate an address for each request in turn; one that is refused does not stop the others."""
    found = []
    for number, one in enumerate(requests, 1):
        try:
            address, refused = str(allocator.allocate(f"allocation {number}", one.host, one.tenant, one.segment)), ""
        except PlanError as error:
            address, refused = None, error.said
        found.append(GivenAddress(one.host, one.tenant, one.segment, address, refused))
    return tuple(found)


def planned(
    allocator: RomanaAllocator, topology: str = "", assumed: int = 1, addresses: tuple[GivenAddress, ...] = ()
) -> PrefixPlan:
    """The plan of every network of an allocator, in time proportional to its groups, nodes and blocks."""
    networks = tuple(_Planner(network, assumed).network() for network in allocator.networks.values())
    return PrefixPlan(SCHEMA, topology, networks, addresses)


def routes_of(network: RomanaNetwork, name: str) -> list[PlannedRoute]:
    """All routes of one node: to the groups of every level above it, outermost first, and to the blocks of its own group."""
    host = network.host(name)
    if host is None:
        raise PlanError(f"network {network.name} has no node {name}", remedy="Name a host of the topology")
    found: list[PlannedRoute] = []
    below: PrefixGroup | None = None
    for group in host.group.ancestors():
        if group.groups is not None:
            level = [_to(one) for one in group.groups if one is not below and _counts(one)]
            found = level + found
        below = group
    return found + [route for route in _blocks(network, host.group) if route.via != name]


class _Planner:
    """Counts every group once, then plans from the top down."""

    def __init__(self, network: RomanaNetwork, assumed: int) -> None:
        self.of = network
        self.size = 1 << (BITS - network.block_mask)
        self.counts: dict[int, tuple[int, int, int]] = {}
        """By group: nodes, blocks that belong to one, blocks that its prefix has room for."""
        self.assumed = 0
        top = network.top
        if top is not None and not any(leaf.ledger and leaf.ledger.blocks for leaf in top.leaves()):
            self.assumed = assumed
        if top is not None:
            self._count(top)
        self.most = 0

    def network(self) -> PlannedNetwork:
        of = self.of
        nodes, used, blocks = self.counts[id(of.top)] if of.top else (0, 0, 0)
        top = self._group(of.top, 0) if of.top else None
        least = (
            min((self._held(host) for leaf in of.top.leaves() for host in leaf.hosts or ()), default=0) if of.top else 0
        )
        return PlannedNetwork(
            of.name, str(of.prefix), of.block_mask, of.tenants, self.assumed, nodes, blocks, used, self.most,
            max(used - least, 0), tuple(notes(of)), top,
        )  # fmt: skip

    def _count(self, group: PrefixGroup) -> tuple[int, int, int]:
        if group.hosts is not None:
            assert group.prefix is not None
            used = sum(self._held(host) for host in group.hosts)
            found = len(group.hosts), used, max(group.prefix.size // self.size, 1)
        else:
            below = [self._count(one) for one in group.groups or ()]
            found = sum(n for n, _, _ in below), sum(u for _, u, _ in below), sum(b for _, _, b in below)
        self.counts[id(group)] = found
        return found

    def _held(self, host: RomanaHost) -> int:
        """How many blocks a host has."""
        ledger = host.group.ledger
        return self.assumed or (len(ledger.hosts.get(host.name, ())) if ledger else 0)

    def _group(self, group: PrefixGroup, above: int) -> PlannedGroup:
        """`above` is how many routes its nodes hold to groups of the levels above it."""
        nodes, used, blocks = self.counts[id(group)]
        below = [one for one in group.groups or () if _counts(one)]
        if group.hosts is not None:
            routes = tuple(_blocks(self.of, group)) if nodes > 1 else ()
            count = used if nodes > 1 else 0
        else:
            routes, count = tuple(map(_to, below)), len(below)
        groups = tuple(self._group(one, above + len(below) - _counts(one)) for one in group.groups or ())
        # Blocks of one group are of no use to the nodes of another.
        inhabited = [one.blocks_per_node for one in groups if one.nodes]
        share = min(inhabited) if inhabited else blocks // nodes if nodes else 0
        return PlannedGroup(
            group.name,
            str(group.prefix or self.of.prefix),
            group.spare,
            group.assignment,
            nodes,
            blocks,
            used,
            share,
            share * self.size,
            count,
            routes,
            groups,
            tuple(self._node(host, above + used) for host in group.hosts or ()),
        )

    def _node(self, host: RomanaHost, routes: int) -> PlannedNode:
        """`routes` has those to all blocks of its group, its own among them."""
        routes -= self._held(host)
        self.most = max(self.most, routes)
        ledger = host.group.ledger
        blocks = [ledger.blocks[number] for number in ledger.hosts.get(host.name, ())] if ledger else []
        texts = tuple(_block(self.of, block.first) for block in blocks)
        return PlannedNode(host.name, str(host.ip or ""), texts, sum(block.used for block in blocks), routes)


def _counts(group: PrefixGroup) -> bool:
    """Whether there is a route to a group: a spare one has none until a node is in it."""
    return not group.spare or bool(group.hosts)


def _to(group: PrefixGroup) -> PlannedRoute:
    """A group's route: to its node where it has one alone, else to its router."""
    alone = group.hosts[0].name if group.hosts is not None and len(group.hosts) == 1 else ""
    return PlannedRoute(str(group.prefix), alone or f"router of {group.name or group.prefix}")


def _blocks(network: RomanaNetwork, group: PrefixGroup) -> Iterator[PlannedRoute]:
    """A route to each block of a group that a node has, in the order of addresses."""
    for block in group.ledger.blocks if group.ledger else ():
        if block.host:
            yield PlannedRoute(_block(network, block.first), block.host)


def _block(network: RomanaNetwork, first: int) -> str:
    return f"{dotted(first & -(1 << (BITS - network.block_mask)))}/{network.block_mask}"
