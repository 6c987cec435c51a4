"""The routers between racks, as plain data: which there are, and the links that join them.

Each rack is a segment with a router (`r1`, `r2` ...), which switches within the rack and routes to other racks. Without
spines every router has a link to every other; with spines (`s1`, `s2` ...) every router of a rack has a link to each spine
and to nothing else. A link is point to point, with two addresses of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from barewire.errors import PlanError
from barewire.model.addresses import AddressPlan
from barewire.model.objects import IPAddress, IPInterface

SEGMENT_DEV = "br0"
"""A rack's segment at its router: the switch that its nodes are plugged into."""

MOST_RACKS, MOST_SPINES = 64, 8


@dataclass(frozen=True, slots=True)
class Racks:
    """`racks` with `nodes` nodes each, joined by `spines` (0: by links between the racks' routers)."""

    racks: int
    nodes: int
    spines: int = 0

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("racks", self.racks, 2, MOST_RACKS),
            ("nodes", self.nodes, 1, 250),
            ("spines", self.spines, 0, MOST_SPINES),
        ):
            if not low <= value <= high:
                raise PlanError(f"{name} must be from {low} to {high} (got {value})")

    def rack(self, node: int) -> int:
        """The rack (from 1) of node `node` (from 1)."""
        return (node - 1) // self.nodes + 1

    def members(self, rack: int) -> range:
        """The nodes of a rack."""
        return range((rack - 1) * self.nodes + 1, rack * self.nodes + 1)


@dataclass(frozen=True, slots=True)
class RouterLink:
    """A router's end of a link: `dev` is called like the router at the other end; an address of each family at either end."""

    dev: str
    addresses: tuple[IPInterface, ...]
    peers: tuple[IPAddress, ...]


@dataclass(frozen=True, slots=True)
class Router:
    """A router; `rack` is 0 for a spine. `segment` are its addresses in its rack, none for a spine."""

    name: str
    rack: int
    number: int
    segment: tuple[IPInterface, ...]
    links: tuple[RouterLink, ...]

    def link(self, dev: str) -> RouterLink:
        """The link to the router of that name."""
        return next(link for link in self.links if link.dev == dev)


def router_name(rack: int) -> str:
    """The router of a rack."""
    return f"r{rack}"


def routers(racks: Racks, addresses: AddressPlan) -> tuple[Router, ...]:
    """Every router: the racks' in their order, then the spines."""
    leaves = [router_name(rack) for rack in range(1, racks.racks + 1)]
    spines = [f"s{number}" for number in range(1, racks.spines + 1)]
    pairs = [(leaf, spine) for leaf in leaves for spine in spines] or [
        (one, other) for place, one in enumerate(leaves) for other in leaves[place + 1 :]
    ]
    links: dict[str, list[RouterLink]] = {name: [] for name in (*leaves, *spines)}
    for number, (one, other) in enumerate(pairs):
        ends = [tuple(family.link(number, end) for family in addresses.each()) for end in (0, 1)]
        for name, far, own, theirs in ((one, other, ends[0], ends[1]), (other, one, ends[1], ends[0])):
            links[name].append(RouterLink(far, own, tuple(address.ip for address in theirs)))
    found = []
    for number, name in enumerate(links, 1):
        rack = number if number <= racks.racks else 0
        segment = tuple(family.router(rack) for family in addresses.each()) if rack else ()
        found.append(Router(name, rack, number, segment, tuple(links[name])))
    return tuple(found)


def ways(racks: Racks, source: int, destination: int) -> tuple[str, ...]:
    """The next routers from the router of rack `source` to rack `destination`: every spine, or the other router itself."""
    if source == destination:
        return ()
    return tuple(f"s{number}" for number in range(1, racks.spines + 1)) or (router_name(destination),)
