"""Racks, zones and clusters as plain data: which node stands where.

A zone holds racks that are near each other and the spines that join them. Zones of a cluster are joined by links that may have a
delay. Clusters are administered apart: each has a border router, and border routers are joined. Everything is numbered through:
nodes in the order of their racks, racks in the order of their zones, zones in the order of their clusters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from barewire.errors import PlanError
from barewire.units import Nanoseconds

WITHIN, ACROSS, ZONES, CLUSTERS, BOTH = "within", "across", "zones", "clusters", "both"
"""The measured pair: two nodes of the first rack; the first nodes of the first two racks; of the first two zones; of the first
two clusters. `both`, for studies alone, is `within` and `across` in turn."""

MOST_RACKS, MOST_SPINES, MOST_CLUSTERS, MOST_IN_RACK, MOST_NODES = 64, 8, 8, 250, 1000
"""Racks and clusters in all, spines of a zone, nodes of a rack and of a lab."""


@dataclass(frozen=True, slots=True)
class RackZone:
    """The number of nodes in each rack, and the `spines` that join the racks (0: links between the racks' routers)."""

    racks: tuple[int, ...]
    spines: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class RackCluster:
    """The zones of a cluster."""

    zones: tuple[RackZone, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class PlacedZone:
    """A zone with its number, its cluster's, and the numbers of its racks and spines, all from 1."""

    zone: RackZone
    number: int
    cluster: int
    racks: range
    spines: range

    @property
    def leaves(self) -> list[str]:
        """The routers of its racks."""
        return [router_name(rack) for rack in self.racks]

    @property
    def tops(self) -> list[str]:
        """The routers that lead out of the zone: its spines, or those of its racks."""
        return [f"s{number}" for number in self.spines] or self.leaves


@dataclass(frozen=True, slots=True)
class Racks:
    """Where nodes stand. Links between zones and between clusters delay each packet by so many nanoseconds."""

    clusters: tuple[RackCluster, ...]
    zone_delay: Nanoseconds = Nanoseconds(0)
    cluster_delay: Nanoseconds = Nanoseconds(0)
    sizes: tuple[int, ...] = field(init=False, compare=False, repr=False)
    """Nodes of each rack."""

    zones: tuple[PlacedZone, ...] = field(init=False, compare=False, repr=False)
    _firsts: tuple[int, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        zones = tuple(_placed(self.clusters))
        sizes = tuple(size for one in zones for size in one.zone.racks)
        checked = [("racks", len(sizes), 2, MOST_RACKS), ("clusters", len(self.clusters), 1, MOST_CLUSTERS)]
        checked += [("nodes", size, 1, MOST_IN_RACK) for size in sizes]
        checked += [("spines", one.zone.spines, 0, MOST_SPINES) for one in zones]
        for name, value, low, high in checked:
            if not low <= value <= high:
                raise PlanError(f"{name} must be from {low} to {high} (got {value})")
        firsts = [1]
        for size in sizes:
            firsts.append(firsts[-1] + size)
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "zones", zones)
        object.__setattr__(self, "_firsts", tuple(firsts))

    @classmethod
    def uniform(cls, racks: int, nodes: int, spines: int = 0) -> Racks:
        """One zone of `racks` with `nodes` nodes each."""
        if not 0 <= racks <= MOST_RACKS:
            raise PlanError(f"racks must be from 2 to {MOST_RACKS} (got {racks})")
        return cls((RackCluster((RackZone((nodes,) * racks, spines),)),))

    @property
    def racks(self) -> int:
        """The number of racks."""
        return len(self.sizes)

    @property
    def longest_delay(self) -> Nanoseconds:
        """One way between two nodes, all links between routers together: a path crosses one between zones or one between
        clusters, since a border router has links to all zones of its cluster."""
        between_zones = any(len(one.zones) > 1 for one in self.clusters)
        between_clusters = len(self.clusters) > 1
        return max(
            self.zone_delay if between_zones else Nanoseconds(0),
            self.cluster_delay if between_clusters else Nanoseconds(0),
        )

    @property
    def spines(self) -> int:
        """The number of spines."""
        return sum(one.zone.spines for one in self.zones)

    @property
    def nodes(self) -> int:
        """The number of nodes."""
        return sum(self.sizes)

    def with_node(self) -> Racks:
        """The same with one node more in the last rack."""
        *clusters, last = self.clusters
        *zones, zone = last.zones
        larger = replace(zone, racks=(*zone.racks[:-1], zone.racks[-1] + 1))
        return replace(self, clusters=(*clusters, replace(last, zones=(*zones, larger))))

    def scaled(self, times: int) -> Racks:
        """The same with so many times the nodes in each rack."""
        clusters = (
            replace(
                one, zones=tuple(replace(zone, racks=tuple(size * times for size in zone.racks)) for zone in one.zones)
            )
            for one in self.clusters
        )
        return replace(self, clusters=tuple(clusters))

    @property
    def is_uniform(self) -> bool:
        """Whether all racks are in one zone and have as many nodes."""
        return len(self.zones) == 1 and len(set(self.sizes)) == 1

    def nodes_in(self, racks: Iterable[int]) -> int:
        """The number of nodes in some racks."""
        return sum(self.sizes[rack - 1] for rack in racks)

    def each_cluster(self) -> range:
        """The numbers of the clusters."""
        return range(1, len(self.clusters) + 1)

    def rack(self, node: int) -> int:
        """The rack (from 1) of node `node` (from 1)."""
        return bisect_right(self._firsts, node)

    def members(self, rack: int) -> range:
        """The nodes of a rack."""
        return range(self._firsts[rack - 1], self._firsts[rack])

    def zone_of(self, rack: int) -> PlacedZone:
        """The zone of a rack."""
        return next(one for one in self.zones if rack in one.racks)

    def cluster_of(self, rack: int) -> int:
        """The cluster (from 1) of a rack."""
        return self.zone_of(rack).cluster

    def other(self, pair: str) -> int | None:
        """The node whose pod answers the one of node 1, for a pair by its name; None where there is no such pair."""
        here = self.zone_of(1)
        match pair:
            case "within":
                return 2 if self.sizes[0] > 1 else None
            case "zones":
                racks = [one.racks[0] for one in self.zones if one.cluster == 1 and one.number != here.number]
            case "clusters":
                racks = [one.racks[0] for one in self.zones if one.cluster != 1]
            case _:
                racks = [2]
        return self.members(racks[0])[0] if racks else None


def router_name(rack: int) -> str:
    """The router of a rack."""
    return f"r{rack}"


def border_name(cluster: int) -> str:
    """The router of a cluster that leads to other clusters."""
    return f"b{cluster}"


def _placed(clusters: tuple[RackCluster, ...]) -> Iterator[PlacedZone]:
    number, rack, spine = 1, 1, 1
    for place, cluster in enumerate(clusters, 1):
        for zone in cluster.zones:
            racks, spines = range(rack, rack + len(zone.racks)), range(spine, spine + max(zone.spines, 0))
            yield PlacedZone(zone, number, place, racks, spines)
            number, rack, spine = number + 1, racks.stop, spines.stop
