"""Racks as an outline in text: clusters, zones, routers and nodes, for `lab up --dry-run` and where nothing can be drawn."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.model.racks import PlacedZone, Racks, border_name, router_name
from barewire.units import format_duration


def outline(racks: Racks) -> Iterator[str]:
    """The lines; what is inside is indented."""
    several = len(racks.clusters) > 1
    for number in racks.each_cluster():
        zones = [one for one in racks.zones if one.cluster == number]
        if several:
            named = racks.clusters[number - 1].name or str(number)
            others = ", ".join(border_name(other) for other in racks.each_cluster() if other != number)
            yield f"cluster {named}: border router {border_name(number)}, joined to {others}{_after(racks.cluster_delay)}"
        for place, zone in enumerate(zones, 1):
            yield from ((" " * 2 * several) + line for line in _zone(zone, place, len(zones), racks))


def summary(racks: Racks) -> str:
    """Racks in one line."""
    counts = ((len(racks.clusters), "clusters"), (len(racks.zones), "zones"), (racks.racks, "racks"))
    parts = [f"{count} {what}" for count, what in counts if count > 1]
    if racks.spines:
        parts.append(f"{racks.spines} spine{'s' * (racks.spines > 1)}")
    delays = ((racks.zone_delay, "zones"), (racks.cluster_delay, "clusters"))
    apart = [f"{format_duration(delay)} between {what}" for delay, what in delays if delay]
    return ", ".join([*parts, f"{racks.nodes} nodes", *apart])


def _zone(zone: PlacedZone, place: int, zones: int, racks: Racks) -> Iterator[str]:
    indent = ""
    if zones > 1:
        yield f"zone {zone.zone.name or place}{_after(racks.zone_delay, ' from other zones')}"
        indent = "  "
    if zone.spines:
        yield f"{indent}spines {' '.join(f's{number}' for number in zone.spines)}"
    for rack in zone.racks:
        nodes = racks.members(rack)
        named = " ".join(f"n{node}" for node in nodes) if len(nodes) <= 8 else f"n{nodes[0]} ... n{nodes[-1]}"
        yield f"{indent}{router_name(rack)}: {named}"


def _after(delay: int, where: str = "") -> str:
    return f", {format_duration(delay)} one way{where}" if delay else ""
