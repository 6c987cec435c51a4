"""The routers between racks, as plain data: which there are, the links that join them, and which way leads to a rack.

Each rack is a segment with a router (`r1`, `r2` ...), which switches within the rack and routes to other racks. Without spines
every router of a zone has a link to every other; with spines (`s1`, `s2` ...) every router of a rack has a link to each spine of
its zone and to nothing else. Between two zones of a cluster every spine has a link to every spine of the other zone (a rack's
router, where there are none). Of several clusters each has a border router (`b1`, `b2` ...) with a link to all of these, and
border routers have links to each other. A link is point to point, with two addresses of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

from barewire.model.addresses import AddressPlan
from barewire.model.objects import IPAddress, IPInterface
from barewire.model.racks import Racks, border_name, router_name
from barewire.units import Nanoseconds

SEGMENT_DEV = "br0"
"""A rack's segment at its router: the switch that its nodes are plugged into."""


@dataclass(frozen=True, slots=True)
class RouterLink:
    """A router's end of a link: `dev` is called like the router at the other end; an address of each family at either end. What
    is sent on it arrives after `delay`."""

    dev: str
    addresses: tuple[IPInterface, ...]
    peers: tuple[IPAddress, ...]
    delay: Nanoseconds = Nanoseconds(0)


@dataclass(frozen=True, slots=True)
class Router:
    """A router; `rack` is 0 for a spine and a border router, `zone` for a border router. `segment` are its addresses in its rack,
    none for the others."""

    name: str
    rack: int
    number: int
    segment: tuple[IPInterface, ...]
    links: tuple[RouterLink, ...]
    zone: int = 1
    cluster: int = 1

    def link(self, dev: str) -> RouterLink:
        """The link to the router of that name."""
        return next(link for link in self.links if link.dev == dev)


def routers(racks: Racks, addresses: AddressPlan) -> tuple[Router, ...]:
    """Every router: the racks' in their order, then the spines, then the border routers."""
    places = {router_name(rack): (rack, one.number, one.cluster) for one in racks.zones for rack in one.racks}
    places |= {f"s{number}": (0, one.number, one.cluster) for one in racks.zones for number in one.spines}
    if len(racks.clusters) > 1:
        places |= {border_name(cluster): (0, 0, cluster) for cluster in racks.each_cluster()}
    links: dict[str, list[RouterLink]] = {name: [] for name in places}
    for number, (one, other, delay) in enumerate(joined(racks)):
        ends = [tuple(family.link(number, end) for family in addresses.each()) for end in (0, 1)]
        for name, far, own, theirs in ((one, other, ends[0], ends[1]), (other, one, ends[1], ends[0])):
            links[name].append(RouterLink(far, own, tuple(address.ip for address in theirs), delay))
    found = []
    for number, (name, (rack, zone, cluster)) in enumerate(places.items(), 1):
        segment = tuple(family.router(rack) for family in addresses.each()) if rack else ()
        found.append(Router(name, rack, number, segment, tuple(links[name]), zone, cluster))
    return tuple(found)


def joined(racks: Racks) -> Iterator[tuple[str, str, Nanoseconds]]:
    """Every link between routers: the two, and its delay."""
    near = Nanoseconds(0)
    for zone in racks.zones:
        pairs = product(zone.leaves, zone.tops) if zone.spines else combinations(zone.leaves, 2)
        yield from ((one, other, near) for one, other in pairs)
    for zone, far in combinations(racks.zones, 2):
        if zone.cluster == far.cluster:
            yield from ((one, other, racks.zone_delay) for one, other in product(zone.tops, far.tops))
    if len(racks.clusters) > 1:
        for zone in racks.zones:
            yield from ((top, border_name(zone.cluster), near) for top in zone.tops)
        borders = [border_name(cluster) for cluster in racks.each_cluster()]
        yield from ((one, other, racks.cluster_delay) for one, other in combinations(borders, 2))


def ways(racks: Racks, router: str, rack: int) -> tuple[str, ...]:
    """The routers to which a router sends what goes to a rack: all that are one step nearer, as with BGP, where each step is an
    autonomous system; none at the rack itself."""
    return _nearer(racks)[rack].get(router, ())


@lru_cache(maxsize=16)
def _nearer(racks: Racks) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
    """For each rack, the neighbours of every router that are nearer to it."""
    neighbours: dict[str, list[str]] = {}
    for one, other, _ in joined(racks):
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    found = {}
    for rack in range(1, racks.racks + 1):
        steps, waiting = {router_name(rack): 0}, deque([router_name(rack)])
        while waiting:
            here = waiting.popleft()
            for there in neighbours.get(here, ()):
                if there not in steps:
                    steps[there] = steps[here] + 1
                    waiting.append(there)
        found[rack] = {
            name: tuple(one for one in around if steps[one] < steps[name]) for name, around in neighbours.items()
        }
    return found
