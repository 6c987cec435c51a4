"""The way of a packet as a drawing: namespaces are boxes, interfaces are stations, the wire joins the nodes.

Pure geometry from the recorded path. The way leads down from the pod to the wire and up again, as network diagrams have
it, so that a bridge or a tunnel shows as one more step. Limit: a path that visits a namespace twice gets two boxes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from barewire.records import HopRecord

STATION_WIDTH, STATION_HEIGHT = 132, 40
_GAP_X, _GAP_Y, _PAD, _HEAD = 44, 18, 14, 26
_ON_THE_WIRE = re.compile(r"wire|[rs][0-9]+")
"""Namespaces of switches and routers, which are drawn flat."""


@dataclass(frozen=True, slots=True)
class Station:
    """An interface; `x` and `y` are its top left corner in px."""

    x: int
    y: int
    dev: str
    kind: str
    direction: str


@dataclass(frozen=True, slots=True)
class Box:
    """A namespace around its stations."""

    x: int
    y: int
    width: int
    height: int
    namespace: str


@dataclass(frozen=True, slots=True)
class PathLink:
    """A step of the packet; `wire` between nodes."""

    x1: int
    y1: int
    x2: int
    y2: int
    wire: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it, `width` by `height` px."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    stations: tuple[Station, ...]
    links: tuple[PathLink, ...]
    spoken: str


def draw(path: Sequence[HopRecord]) -> Drawing | None:
    """The drawing of a path; None if there is none."""
    groups = [list(hops) for _, hops in groupby(path, key=lambda hop: hop.namespace)]
    if not groups:
        return None
    turn = _turn(groups)
    stations: list[Station] = []
    boxes = []
    x, level = _PAD, 0
    placed: list[tuple[list[HopRecord], list[tuple[int, int]]]] = []
    for number, hops in enumerate(groups):
        spots = []
        flat = bool(_ON_THE_WIRE.fullmatch(hops[0].namespace))
        for step, _ in enumerate(hops):
            if step and not flat:
                level += 1 if number < turn else -1
            spots.append((x + (step * (STATION_WIDTH + _GAP_X // 2) if flat else 0), level))
        placed.append((hops, spots))
        x = spots[-1][0] + STATION_WIDTH + _GAP_X
    top = min(level for _, spots in placed for _, level in spots)
    for hops, spots in placed:
        found = [
            Station(sx, _HEAD + _PAD + (level - top) * (STATION_HEIGHT + _GAP_Y), h.dev, h.kind, h.direction)
            for h, (sx, level) in zip(hops, spots, strict=True)
        ]
        stations += found
        boxes.append(_box(found, hops[0].namespace))
    ends = [(len(hops), hops[0].namespace) for hops, _ in placed]
    owner = [namespace for length, namespace in ends for _ in range(length)]
    links = tuple(_link(a, b, owner[i], owner[i + 1]) for i, (a, b) in enumerate(pairwise(stations)))
    return Drawing(
        max(b.x + b.width for b in boxes) + _PAD // 2,
        max(b.y + b.height for b in boxes) + _PAD // 2,
        tuple(boxes),
        tuple(stations),
        links,
        ", ".join(f"{h.namespace} {h.dev} ({h.kind or 'unknown kind'}, {h.direction})" for h in path),
    )


def _turn(groups: Sequence[Sequence[HopRecord]]) -> int:
    """The first box that leads up again: the one after the wire, or the first of the second half."""
    for number, hops in enumerate(groups):
        if _ON_THE_WIRE.fullmatch(hops[0].namespace):
            return number
    for number in range(1, len(groups)):
        if _is_node(groups[number - 1][0].namespace) and _is_node(groups[number][0].namespace):
            return number
    return (len(groups) + 1) // 2


def _box(stations: Sequence[Station], namespace: str) -> Box:
    left, right = min(s.x for s in stations), max(s.x for s in stations) + STATION_WIDTH
    top, bottom = min(s.y for s in stations), max(s.y for s in stations) + STATION_HEIGHT
    inset = _PAD - 4
    return Box(left - inset, top - _HEAD, right - left + 2 * inset, bottom - top + _HEAD + inset, namespace)


def _link(a: Station, b: Station, from_namespace: str, to_namespace: str) -> PathLink:
    middle = STATION_HEIGHT // 2
    if a.x == b.x:
        down = b.y > a.y
        return PathLink(a.x + STATION_WIDTH // 2, a.y + (STATION_HEIGHT if down else 0), b.x + STATION_WIDTH // 2,
                    b.y + (0 if down else STATION_HEIGHT), False)  # fmt: skip
    wire = from_namespace != to_namespace and _is_node(from_namespace) and _is_node(to_namespace)
    return PathLink(a.x + STATION_WIDTH, a.y + middle, b.x, b.y + middle, wire)


def _is_node(namespace: str) -> bool:
    return "-" not in namespace
