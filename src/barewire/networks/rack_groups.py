"""Racks and routers that hold the same, because they stand in the same place: what a census plans only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from barewire.model.racks import Racks, border_name, router_name


def alike(racks: Racks) -> list[list[int]]:
    """The racks whose nodes are alike: of one zone and one size. The last rack, which a new node joins, is apart."""
    groups: dict[tuple[int, int, bool], list[int]] = {}
    for zone in racks.zones:
        for rack in zone.racks:
            groups.setdefault((zone.number, racks.sizes[rack - 1], rack == racks.racks), []).append(rack)
    return list(groups.values())


def routers(racks: Racks) -> Iterator[tuple[str, list[list[str]]]]:
    """The routers of each role, those together that are alike."""
    sized: dict[tuple[int, int], list[str]] = {}
    for zone in racks.zones:
        for rack in zone.racks:
            sized.setdefault((zone.number, racks.sizes[rack - 1]), []).append(router_name(rack))
    yield "rack's router", list(sized.values())
    if spines := [[f"s{number}" for number in zone.spines] for zone in racks.zones if zone.spines]:
        yield "spine", spines
    if len(racks.clusters) > 1:
        yield "border router", [[border_name(cluster)] for cluster in racks.each_cluster()]


def named(role: str, what: str, numbers: Sequence[int]) -> str:
    """A role with the places that it is in, like `node (racks 1 to 3)`."""
    if len(numbers) == 1:
        return f"{role} ({what} {numbers[0]})"
    if list(numbers) == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 2:
        return f"{role} ({what}s {numbers[0]} to {numbers[-1]})"
    return f"{role} ({what}s {', '.join(map(str, numbers))})"
