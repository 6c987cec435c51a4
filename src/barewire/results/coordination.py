"""The document of what coordination costs: plans and labs of each size, and the formula of everything that grows with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from barewire.errors import BarewireError
from barewire.lab import coordination
from barewire.lab.coordination import Coordination
from barewire.lab.lab import require
from barewire.model.fabric import Racks
from barewire.networks import census, growth
from barewire.networks.network import Network
from barewire.records.coordination import (
    CostDocument,
    CountedRecord,
    EventRecord,
    GrowthRecord,
    HolderRecord,
    MeasuredRecord,
    NetworkCost,
)
from barewire.testbeds.testbed import Testbed

SCHEMA = "barewire/cost/2"
_MS = 1e6


def document(
    networks: Sequence[Network],
    sizes: Sequence[int],
    measured: Sequence[int],
    testbed: Testbed,
    racks: Callable[[int], Racks | None],
    topology: str,
    patience: float,
    say: Callable[[str], None],
) -> CostDocument:
    """Count every network at `sizes` and measure it in labs of `measured` nodes. `racks` are those of so many nodes, `say` gets
    what is being done."""
    found = []
    for network in networks:
        say(f"{network.name}: counting")
        counted = tuple(_counted(network, size, racks(size)) for size in sizes)
        labs = []
        for size in measured:
            say(f"{network.name}: {size} nodes")
            labs.append(_measured(network, size, testbed, racks(size), patience))
        grows = tuple(_growth(counted, labs))
        found.append(NetworkCost(network.name, counted, tuple(labs), grows))
    return CostDocument(SCHEMA, topology, tuple(found))


def _counted(network: Network, size: int, racks: Racks | None) -> CountedRecord:
    try:
        taken = census.take(network, size, racks)
    except BarewireError as error:
        return CountedRecord(size, (), None, None, None, str(error))
    holders = tuple(HolderRecord(one.role, one.number, dict(one.objects)) for one in taken.holders)
    if not taken.join:
        return CountedRecord(size, holders, None, None, None, taken.full)
    return CountedRecord(size, holders, taken.join.informed, taken.join.writes, taken.join.new_writes, "")


def _measured(network: Network, size: int, testbed: Testbed, racks: Racks | None, patience: float) -> MeasuredRecord:
    try:
        require(network, testbed, (4,))
        found = coordination.measure(network, size, testbed, racks, patience)
    except BarewireError as error:
        return MeasuredRecord(size, 0, 0.0, 0, 0.0, (), str(error))
    return MeasuredRecord(
        size, found.daemons, found.converged_ns / _MS, found.memory_bytes, found.cpu_ns / _MS, tuple(_events(found)), ""
    )


def _events(found: Coordination) -> Iterator[EventRecord]:
    for one in found.events:
        converged = None if one.converged_ns is None else one.converged_ns / _MS
        yield EventRecord(
            one.name, one.requests, converged, one.note, one.lost, one.last_lost_ns / _MS, one.daemons_cpu_ns / _MS
        )


def _growth(counted: Sequence[CountedRecord], measured: Sequence[MeasuredRecord]) -> Iterator[GrowthRecord]:
    """Everything that has two points or more and is not 0 everywhere, in the order of the document."""
    figures: dict[str, dict[int, float]] = {}

    def add(figure: str, nodes: int, value: float | None) -> None:
        if value is not None:
            figures.setdefault(figure, {})[nodes] = value

    for plan in counted:
        for holder in plan.holders:
            for kind in census.KINDS:
                add(f"{kind} per {holder.role}", plan.nodes, holder.objects.get(kind, 0))
        add("nodes and routers informed of a join", plan.nodes, plan.informed)
        add("writes for a join", plan.nodes, plan.writes)
        add("writes on the new node", plan.nodes, plan.new_writes)
    for lab in (one for one in measured if not one.failed):
        if lab.daemons:
            add("time to converge, ms", lab.nodes, lab.converged_ms)
            add("memory of a daemon, bytes", lab.nodes, lab.daemon_memory_bytes)
            add("CPU time of a daemon, ms", lab.nodes, lab.daemon_cpu_ms)
        for event in lab.events:
            add(f"time after a {event.event}, ms", lab.nodes, event.converged_ms)
            add(f"CPU time of daemons for a {event.event}, ms", lab.nodes, event.daemons_cpu_ms)
    for figure, points in figures.items():
        if any(points.values()):
            found = growth.fit(sorted(points.items()))
            yield GrowthRecord(
                figure, {str(n): value for n, value in sorted(points.items())}, found.formula, found.exact
            )
