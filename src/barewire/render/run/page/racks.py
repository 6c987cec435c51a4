"""The racks of a study as a figure: routers above the nodes of each rack, zones and clusters, and the pair that was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from barewire.errors import BarewireError
from barewire.model import fabric
from barewire.model.racks import PlacedZone, Racks, border_name, router_name
from barewire.model.racks_outline import summary
from barewire.model.topology_text import parse_topology
from barewire.render.run.data import ReportData
from barewire.render.svg.element import line, rect, text
from barewire.render.svg.figure import Figure

_BOX, _GAP, _PX = 22.0, 6.0, 11.0
_MOST_RACKS, _MOST_NODES = 8, 6
"""What is drawn; of more the rest is a number."""

_ROOM, _LEVEL = 74.0, 68.0
_WHERE = {"within": "of one rack", "across": "of two racks", "zones": "of two zones", "clusters": "of two clusters"}


@dataclass(frozen=True, slots=True)
class RackPlot:
    """The drawing; `pair` are the measured nodes."""

    racks: Racks
    pair: tuple[int, int]

    def draw(self, width: float) -> tuple[str, float]:
        """The elements for a width in px, and the height that they take."""
        shown = self._shown(min(_MOST_RACKS, max(int(width // _ROOM), 2)))
        step = width / len(shown)
        levels = {"b": len(self.racks.clusters) > 1, "s": self.racks.spines > 0, "r": True}
        heights: dict[str, float] = {}
        for kind, there in levels.items():
            heights[kind] = 24.0 + _LEVEL * sum(levels[one] for one in heights) if there else 0.0
        places = {router_name(rack): (step * (place + 0.5), heights["r"]) for place, rack in enumerate(shown)}
        for zone in self.racks.zones:
            self._above(places, [places[one][0] for one in zone.leaves if one in places], zone, step, heights["s"])
        for cluster in self.racks.each_cluster() if levels["b"] else ():
            inside = [
                places[top][0]
                for one in self.racks.zones
                if one.cluster == cluster
                for top in one.tops
                if top in places
            ]
            if inside:
                places[border_name(cluster)] = (sum(inside) / len(inside), heights["b"])
        parts = self._links(places)
        for name, at in places.items():
            parts += _box(at, name, "var(--grid)")
        bottoms = [self._nodes(parts, rack, *places[router_name(rack)]) for rack in shown]
        return self._labels(parts, shown, step, max(bottoms), width)

    def _shown(self, most: int) -> list[int]:
        """The racks that are drawn: as many of each zone, and those of the measured pair."""
        ends = {self.racks.rack(node) for node in self.pair}
        each = max(most // len(self.racks.zones), 1)
        kept = [rack for zone in self.racks.zones for rack in zone.racks[:each]]
        rest = [rack for rack in kept if rack not in ends][: max(most - len(ends), 0)]
        return sorted({*ends, *rest})

    def _above(
        self, places: dict[str, tuple[float, float]], xs: Sequence[float], zone: PlacedZone, step: float, y: float
    ) -> None:
        """The spines of a zone, over its racks at `xs`."""
        if not xs:
            return
        left, room = min(xs) - step / 2, max(xs) - min(xs) + step
        for place, number in enumerate(zone.spines, 1):
            places[f"s{number}"] = (left + room * place / (len(zone.spines) + 1), y)

    def _links(self, places: Mapping[str, tuple[float, float]]) -> list[str]:
        """Links between routers; of routers of one level those side by side stand for those of every one to every other."""
        parts, order = [], sorted(places, key=lambda name: places[name][0])
        for one, other, delay in fabric.joined(self.racks):
            if one not in places or other not in places:
                continue
            (x, y), (far_x, far_y) = places[one], places[other]
            between = [
                name for name in order if places[name][1] == y and min(x, far_x) < places[name][0] < max(x, far_x)
            ]
            if y != far_y or not between:
                parts.append(line(x, y, far_x, far_y, "var(--line)", 1.4, ' stroke-dasharray="4 3"' if delay else ""))
        return parts

    def _nodes(self, parts: list[str], rack: int, x: float, y: float) -> float:
        """The nodes of a rack below its router; where they end."""
        members = self.racks.members(rack)
        drawn = [*members[:_MOST_NODES]]
        parts.insert(0, line(x, y, x, y + len(drawn) * (_BOX + _GAP), "var(--line)", 1.4))
        for place, node in enumerate(drawn, 1):
            fill = "var(--series-0)" if node in self.pair else "var(--card)"
            parts += _box((x, y + place * (_BOX + _GAP)), f"n{node}", fill, measured=node in self.pair)
        below = y + (len(drawn) + 1) * (_BOX + _GAP)
        if more := len(members) - len(drawn):
            parts.append(text(x, below, f"and {more} more", px=_PX, anchor="middle"))
        return below + 6

    def _labels(self, parts: list[str], shown: Sequence[int], step: float, y: float, width: float) -> tuple[str, float]:
        """The names of zones and clusters below their racks, and what is not drawn."""
        several = len(self.racks.clusters) > 1
        for zone in self.racks.zones if len(self.racks.zones) > 1 else ():
            places = [place for place, rack in enumerate(shown) if rack in zone.racks]
            if places:
                cluster = self.racks.clusters[zone.cluster - 1]
                named = [cluster.name or f"cluster {zone.cluster}"] if several else []
                if len(cluster.zones) > 1 or not several:
                    named.append(zone.zone.name or f"zone {zone.number}")
                x = step * (sum(places) / len(places) + 0.5)
                parts.append(text(x, y + 8, ", ".join(named), px=_PX, anchor="middle", weight=600))
        if len(self.racks.zones) > 1:
            y += 18
        if more := self.racks.racks - len(shown):
            parts.append(text(width, y + 8, f"and {more} more rack{'s' * (more > 1)}", px=_PX, anchor="end"))
            y += 14
        return "".join(parts), y


def figure(data: ReportData) -> Figure | None:
    """The figure of a run whose plan has racks; None for one segment."""
    topology = str(data.run.plan.get("topology", ""))
    try:
        racks, pair = parse_topology(topology)
    except BarewireError:
        return None  # A damaged run has its other sections all the same.
    if not racks:
        return None
    ends = (1, racks.other(pair) or 1)
    where = _WHERE.get(pair, "")
    alt = f"{summary(racks)}; measured between n{ends[0]} and n{ends[1]}, {where}."
    rows = [(f"n{node}", router_name(racks.rack(node)), node in ends) for node in ends]
    return Figure(
        "racks", f"Measured between n{ends[0]} and n{ends[1]}, {where}", alt, RackPlot(racks, ends), _HEAD, rows
    )


_HEAD = ("node", "router", "measured")


def _box(at: tuple[float, float], name: str, fill: str, *, measured: bool = False) -> list[str]:
    x, y = at
    wide = _BOX + 14
    colour = "var(--card)" if measured else "var(--ink)"
    return [
        rect(x - wide / 2, y - _BOX / 2, wide, _BOX, fill, ' stroke="var(--line)" rx="3"'),
        text(x, y + 4, name, px=_PX, anchor="middle", fill=colour),
    ]
