"""The racks of a study as a figure: spines, the racks' routers with their nodes, and the pair that was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from barewire.errors import BarewireError
from barewire.model.fabric import Racks, router_name
from barewire.model.topology_text import parse_topology
from barewire.render.run.data import ReportData
from barewire.render.svg.element import line, rect, text
from barewire.render.svg.figure import Figure

_BOX, _GAP, _PX = 22.0, 6.0, 11.0
_MOST_RACKS, _MOST_NODES = 8, 6
"""What is drawn; of more the rest is a number."""

_ROOM = 74.0


@dataclass(frozen=True, slots=True)
class RackPlot:
    """The drawing; `pair` are the measured nodes."""

    racks: Racks
    pair: tuple[int, int]

    def draw(self, width: float) -> tuple[str, float]:
        """The elements for a width in px, and the height that they take."""
        shown = min(self.racks.racks, _MOST_RACKS, max(int(width // _ROOM), 2))
        step = width / shown
        leaves = [(step * (place + 0.5), 92.0 if self.racks.spines else 40.0) for place in range(shown)]
        spines = [(width * (place + 1) / (self.racks.spines + 1), 24.0) for place in range(self.racks.spines)]
        ends = [(one, other) for one in leaves for other in spines] or list(_between(leaves))
        parts = [line(*one, *other, "var(--line)", 1.4) for one, other in ends]
        parts += [part for place, at in enumerate(spines, 1) for part in _box(at, f"s{place}", "var(--grid)")]
        most = min(self.racks.nodes, _MOST_NODES)
        for rack, (x, y) in enumerate(leaves, 1):
            parts.append(line(x, y, x, y + most * (_BOX + _GAP), "var(--line)", 1.4))
            parts += _box((x, y), router_name(rack), "var(--grid)")
            for place, node in enumerate(self.racks.members(rack)[:most], 1):
                fill = "var(--series-0)" if node in self.pair else "var(--card)"
                parts += _box((x, y + place * (_BOX + _GAP)), f"n{node}", fill, measured=node in self.pair)
            if self.racks.nodes > most:
                below = y + (most + 1) * (_BOX + _GAP)
                parts.append(text(x, below, f"and {self.racks.nodes - most} more", px=_PX, anchor="middle"))
        bottom = leaves[0][1] + (most + 1) * (_BOX + _GAP) + 6
        if self.racks.racks > shown:
            parts.append(text(width, bottom + 8, f"and {self.racks.racks - shown} more racks", px=_PX, anchor="end"))
            bottom += 14
        return "".join(parts), bottom


def figure(data: ReportData) -> Figure | None:
    """The figure of a run whose plan has racks; None for one segment."""
    topology = str(data.run.plan.get("topology", ""))
    try:
        racks, across = parse_topology(topology)
    except BarewireError:
        return None  # A damaged run has its other sections all the same.
    if not racks:
        return None
    pair = (1, racks.members(2)[0] if across else 2)
    where = "of two racks" if across else "of one rack"
    between = f" joined by {racks.spines} spines" if racks.spines else ""
    alt = f"{racks.racks} racks of {racks.nodes} nodes{between}; measured between n{pair[0]} and n{pair[1]}, {where}."
    rows = [(f"n{node}", router_name(racks.rack(node)), node in pair) for node in pair]
    return Figure(
        "racks", f"Measured between n{pair[0]} and n{pair[1]}, {where}", alt, RackPlot(racks, pair), _HEAD, rows
    )


_HEAD = ("node", "router", "measured")


def _between(leaves: Sequence[tuple[float, float]]) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Links between routers side by side stand for those of every router to every other."""
    return pairwise(leaves)


def _box(at: tuple[float, float], name: str, fill: str, *, measured: bool = False) -> list[str]:
    x, y = at
    wide = _BOX + 14
    colour = "var(--card)" if measured else "var(--ink)"
    return [
        rect(x - wide / 2, y - _BOX / 2, wide, _BOX, fill, ' stroke="var(--line)" rx="3"'),
        text(x, y + 4, name, px=_PX, anchor="middle", fill=colour),
    ]
