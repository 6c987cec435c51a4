"""What nodes and routers hold in a network of N nodes, and what changes when one more joins: counted in the desired state.

Nothing is built, so 10,000 nodes take seconds. Only different nodes are planned: all nodes hold as much as the last one, but for
the first few where a transport gives them another part to play (route reflectors), or in racks that are not alike as much as
the first one of their group; and of the routers only one of each kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Network

from barewire.addresses import fixed
from barewire.errors import NetworkError, PlanError
from barewire.model.addresses import AddressPlan, FamilyPlan
from barewire.model.daemons import Daemon
from barewire.model.data_path import BpfDataPath
from barewire.model.leases import Lease
from barewire.model.network import WIRE_NAMESPACE, Topology
from barewire.model.objects import (
    FdbEntry,
    IpSet,
    IptablesTable,
    KernelObject,
    LearnedRoute,
    Link,
    Neighbour,
    NftTable,
    Route,
    WireguardPeer,
)
from barewire.model.racks import Racks
from barewire.networks import rack_groups
from barewire.networks.network import Network

KINDS = (
    "routes",
    "learned routes",
    "neighbours",
    "FDB entries",
    "tunnel peers",
    "links",
    "set members",
    "map entries",
    "sessions",
)
"""What grows with the number of nodes, in some network."""

_Seen = tuple[Counter[str], int, int]
"""What a node holds, how much of it changes in a join, and how much a new node is given."""

_LARGE = 4000
_WIDE = FamilyPlan(IPv4Network("10.10.0.0/16"), IPv4Network("10.128.0.0/12"), 26)
"""For more nodes than the labs' plan has subnets: a /26 each, as Calico's blocks."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A kind of node or router, `number` of them alike, and how many objects of each kind one holds."""

    role: str
    number: int
    objects: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Join:
    """When a node joins, `informed` of the nodes and routers that are there must be given something by who coordinates them,
    `writes` is what all of them are given together, and `new_writes` what the new node is given; what daemons then learn from
    each other is not among them."""

    informed: int
    writes: int
    new_writes: int


@dataclass(frozen=True, slots=True)
class Census:
    """A network of `nodes` nodes: what each kind of node and router holds, and a join: None where no node fits any more, for
    which `full` has the reason."""

    nodes: int
    holders: tuple[Holder, ...]
    join: Join | None = None
    full: str = ""


def topology_of(nodes: int, racks: Racks | None = None, families: tuple[int, ...] = (4,)) -> Topology:
    """A topology for planning: one pod a node."""
    plan = AddressPlan(families, ipv4=_WIDE) if nodes >= _LARGE else AddressPlan(families)
    return Topology.uniform(nodes, 1, addresses=plan, racks=racks)


def count_objects(things: Iterable[KernelObject]) -> Counter[str]:
    """Objects by kind."""
    found: Counter[str] = Counter()
    for thing in things:
        match thing:
            case Route():
                found["routes"] += 1
            case LearnedRoute():
                found["learned routes"] += 1
            case Neighbour():
                found["neighbours"] += 1
            case FdbEntry():
                found["FDB entries"] += 1
            case WireguardPeer():
                found["tunnel peers"] += 1
            case Link():
                found["links"] += 1
            case IpSet():
                found["set members"] += len(thing.members)
            case BpfDataPath():
                found["map entries"] += sum(len(table.items) for table in thing.maps)
            case Daemon():
                found["sessions"] += len(thing.peers)
    return found


def take(network: Network, nodes: int, racks: Racks | None = None, families: tuple[int, ...] = (4,)) -> Census:
    """Count a network of `nodes` nodes; NetworkError or PlanError when it cannot have so many. In racks a node joins the last."""
    later, full = None, ""
    try:
        later = _Cluster(network, topology_of(nodes + 1, racks.with_node() if racks else None, families))
    except (NetworkError, PlanError) as error:
        full = str(error)
    now = _Cluster(network, topology_of(nodes, racks, families), later)
    if racks and not racks.is_uniform:
        return _of_groups(now, later, racks, full)
    plain = _seen(now, later, nodes)
    first = _in_other_racks(now, later, racks, plain) if racks else _with_other_parts(now, later, nodes, plain)
    special = len(first)
    holders = [Holder("node", nodes - special, plain[0])]
    if special and first[0][0] == plain[0]:
        holders = [Holder("node", nodes, plain[0])]
    elif special:
        holders.insert(0, Holder("first node" if special == 1 else "first nodes", special, first[0][0]))
    holders += now.routers()
    if not later:
        return Census(nodes, tuple(holders), None, full)
    changed = [changes for _, changes, _ in first] + [plain[1]] * (nodes - special)
    changed += now.changed_routers(later)
    return Census(nodes, tuple(holders), Join(sum(map(bool, changed)), sum(changed), plain[2]))


def _of_groups(now: _Cluster, later: _Cluster | None, racks: Racks, full: str) -> Census:
    """Of racks that are not alike: one node of each group of racks that are."""
    groups = [(alike, _seen(now, later, racks.members(alike[0])[0])) for alike in rack_groups.alike(racks)]
    held = [(rack_groups.named("node", "rack", alike), racks.nodes_in(alike), one[0]) for alike, one in groups]
    holders = [*_holders("node", held), *now.routers()]
    if not later:
        return Census(racks.nodes, tuple(holders), None, full)
    changed = [one[1] for alike, one in groups for _ in range(racks.nodes_in(alike))]
    changed += now.changed_routers(later)
    return Census(racks.nodes, tuple(holders), Join(sum(map(bool, changed)), sum(changed), groups[-1][1][2]))


def _holders(role: str, held: Sequence[tuple[str, int, Counter[str]]]) -> list[Holder]:
    """Kinds with their own names, their number and what one holds; a single `role` where all hold the same."""
    if all(objects == held[0][2] for _, _, objects in held):
        return [Holder(role, sum(number for _, number, _ in held), held[0][2])]
    return [Holder(*one) for one in held]


def _with_other_parts(now: _Cluster, later: _Cluster | None, nodes: int, plain: _Seen) -> list[_Seen]:
    """The first nodes of one segment, as far as they differ from the last."""
    found = []
    for number in range(1, nodes):
        if (one := _seen(now, later, number)) == plain:
            break
        found.append(one)
    return found


def _in_other_racks(now: _Cluster, later: _Cluster | None, racks: Racks, plain: _Seen) -> list[_Seen]:
    """The nodes of all racks but the last, which the new node joins: alike, and perhaps given something else."""
    one = _seen(now, later, 1)
    return [] if one == plain else [one] * (racks.nodes - racks.sizes[-1])


def _seen(now: _Cluster, later: _Cluster | None, number: int) -> _Seen:
    """What a node holds, how much of it changes when one more joins, and how much it would be given then if it were new."""
    held = now.node(number)
    if not later:
        return count_objects(held), 0, 0
    after = later.node(number)
    return count_objects(held), _changes(held, after), sum(1 for _ in _written(after))


class _Cluster:
    """The desired states of single nodes and routers of one topology."""

    def __init__(self, network: Network, topology: Topology, larger: _Cluster | None = None) -> None:
        """`larger` has one node more: its leases are this one's too, where nothing else gives out addresses."""
        network.check(topology)
        if larger and topology.racks:
            # One node more in a rack must not move another's addresses: the plan is the larger one's.
            topology = replace(topology, addresses=larger.plan)
        self.plan: AddressPlan = topology.addresses
        self.network, self.topology = network, network.placed(topology)
        same = larger is not None and larger.topology.addresses == self.topology.addresses
        self.leases: Sequence[Lease] = larger.leases[:-1] if larger and same else fixed.leases(self.topology)

    def node(self, number: int) -> list[KernelObject]:
        """What node `number` holds, its pods left out."""
        view = self.network.view(self.topology, self.topology.nodes[number - 1])
        peers = [lease for lease in self.leases if lease.node != number]
        return [*self.network.node_state(view, peers).objects.get(view.name, ())]

    def router(self) -> list[KernelObject]:
        """What the router of the one segment holds, if there is one."""
        if self.topology.racks:
            return []
        return [*self.network.router_state(self.topology, self.leases).objects.get(WIRE_NAMESPACE, ())]

    def changed_routers(self, later: _Cluster) -> list[int]:
        """How much of each router changes when one more node joins."""
        if not self.topology.racks:
            return [_changes(self.router(), later.router())]
        return [_changes(self.between[name], things) for name, things in later.between.items()]

    @cached_property
    def between(self) -> Mapping[str, Sequence[KernelObject]]:
        """What each router between racks holds."""
        return self.network.router_state(self.topology, self.leases).objects

    def routers(self) -> list[Holder]:
        """A router of each kind."""
        if not self.topology.racks:
            held = count_objects(self.router())
            return [Holder("router", 1, held)] if held else []
        return [
            holder for role, alike in rack_groups.routers(self.topology.racks) for holder in self._role(role, alike)
        ]

    def _role(self, role: str, alike: Sequence[Sequence[str]]) -> list[Holder]:
        held = [
            (f"{role} ({', '.join(names)})", len(names), count_objects(self.between.get(names[0], ())))
            for names in alike
        ]
        return _holders(role, held)


def _changes(before: Sequence[KernelObject], after: Sequence[KernelObject]) -> int:
    """How many objects must be written or removed to get from one state to another."""
    old, new = Counter(_written(before)), Counter(_written(after))
    gone = (old - new).items()
    return sum((new - old).values()) + sum(count for unit, count in gone if not isinstance(unit, _REPLACED))


_REPLACED = (Daemon, NftTable, IptablesTable)
"""Written anew as a whole, so that the one before need not be removed."""


def _written(things: Iterable[KernelObject]) -> Iterator[object]:
    """What is written one by one; of a set and of a program's maps each entry."""
    for thing in things:
        match thing:
            case LearnedRoute():
                continue
            case IpSet():
                yield from ((thing.name, member) for member in thing.members)
            case BpfDataPath():
                yield from ((table.name, item) for table in thing.maps for item in table.items)
                yield from thing.programs
            case _:
                yield thing
