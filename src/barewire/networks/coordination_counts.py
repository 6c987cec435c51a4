"""What a network holds and who is informed of a join, counted at several sizes, with the formula of each figure that grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from barewire.errors import BarewireError
from barewire.model.racks import Racks
from barewire.networks import census, growth
from barewire.networks.network import Network
from barewire.records.coordination import CountedRecord, GrowthRecord, GrowthUnit, HolderRecord

STUDY_SIZES = (2, 10, 50, 200)
"""Numbers of nodes that a study counts its networks at; plans of so many take milliseconds."""


class GrowthPoint(NamedTuple):
    """The value of a figure with so many nodes; None where it has none."""

    figure: str
    nodes: int
    value: float | None
    unit: GrowthUnit | None = None


def counted_at(network: Network, size: int, racks: Racks | None, families: tuple[int, ...] = (4,)) -> CountedRecord:
    """The count at so many nodes, or why there is none."""
    try:
        taken = census.take(network, size, racks, families)
    except BarewireError as error:
        return CountedRecord(size, (), None, None, None, str(error))
    holders = tuple(HolderRecord(one.role, one.number, dict(one.objects)) for one in taken.holders)
    if not taken.join:
        return CountedRecord(size, holders, None, None, None, taken.full)
    return CountedRecord(size, holders, taken.join.informed, taken.join.writes, taken.join.new_writes, "")


def counted_points(counted: Iterable[CountedRecord]) -> Iterator[GrowthPoint]:
    """Every figure that was counted."""
    for plan in counted:
        for holder in plan.holders:
            for kind in census.KINDS:
                yield GrowthPoint(f"{kind} per {holder.role}", plan.nodes, holder.objects.get(kind, 0))
        yield GrowthPoint("nodes and routers informed of a join", plan.nodes, plan.informed)
        yield GrowthPoint("writes for a join", plan.nodes, plan.writes)
        yield GrowthPoint("writes on the new node", plan.nodes, plan.new_writes)


def fitted(points: Iterable[GrowthPoint]) -> Iterator[GrowthRecord]:
    """The formula of every figure that is not 0 everywhere, in the order of the points."""
    figures: dict[tuple[str, GrowthUnit | None], dict[int, float]] = {}
    for point in points:
        if point.value is not None:
            figures.setdefault((point.figure, point.unit), {})[point.nodes] = point.value
    for (figure, unit), values in figures.items():
        if any(values.values()):
            found = growth.fit(sorted(values.items()))
            by_nodes = {str(n): value for n, value in sorted(values.items())}
            yield GrowthRecord(figure, by_nodes, found.formula, found.exact, unit)


def study_growth(network: Network, families: tuple[int, ...]) -> tuple[GrowthRecord, ...]:
    """What a study records of a network, on one segment; nothing of what a program will build."""
    if network.program:
        return ()
    counted: Sequence[CountedRecord] = [counted_at(network, size, None, families) for size in STUDY_SIZES]
    return tuple(fitted(counted_points(counted)))
