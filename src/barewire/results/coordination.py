"""The document of what coordination costs: plans and labs of each size, and the formula of everything that grows with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from barewire.errors import BarewireError
from barewire.lab import coordination
from barewire.lab.coordination import Coordination
from barewire.lab.lab import require
from barewire.model.growing_racks import GrowingRacks
from barewire.networks.coordination_counts import GrowthPoint, counted_at, counted_points, fitted
from barewire.networks.network import Network
from barewire.records.coordination import (
    CostDocument,
    EventRecord,
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
    racks: GrowingRacks,
    patience: float,
    say: Callable[[str], None],
) -> CostDocument:
    """Count every network at `sizes` and measure it in labs of `measured` nodes; `say` gets what is being done."""
    found = []
    for network in networks:
        say(f"{network.name}: counting")
        counted = tuple(counted_at(network, size, racks.racks_for(size)) for size in sizes)
        labs = []
        for size in measured:
            say(f"{network.name}: {size} nodes")
            labs.append(_measured(network, size, testbed, racks, patience))
        grows = tuple(fitted(chain(counted_points(counted), _measured_points(labs))))
        found.append(NetworkCost(network.name, counted, tuple(labs), grows))
    return CostDocument(SCHEMA, racks.text, tuple(found))


def _measured(network: Network, size: int, testbed: Testbed, racks: GrowingRacks, patience: float) -> MeasuredRecord:
    try:
        require(network, testbed, (4,))
        topology = coordination.switched(size, racks.racks_for(size), racks.pair)
        found = coordination.measure(network, topology, testbed, patience)
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


def _measured_points(measured: Sequence[MeasuredRecord]) -> Iterator[GrowthPoint]:
    """Every figure that was measured."""
    for lab in (one for one in measured if not one.failed):
        if lab.daemons:
            yield GrowthPoint("time to converge", lab.nodes, lab.converged_ms, "ms")
            yield GrowthPoint("memory of a daemon", lab.nodes, lab.daemon_memory_bytes, "bytes")
            yield GrowthPoint("CPU time of a daemon", lab.nodes, lab.daemon_cpu_ms, "ms")
        for event in lab.events:
            yield GrowthPoint(f"time after a {event.event}", lab.nodes, event.converged_ms, "ms")
            yield GrowthPoint(f"CPU time of daemons for a {event.event}", lab.nodes, event.daemons_cpu_ms, "ms")
