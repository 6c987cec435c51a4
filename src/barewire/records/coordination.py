"""What `barewire networks cost --json` prints: what networks hold and change as they grow, counted and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from barewire.records.fields import Amount, Count, Written

Nodes = Annotated[int, Field(ge=2)]
GrowthUnit = Literal["ms", "bytes"]


@dataclass(frozen=True, slots=True)
class HolderRecord:
    """A kind of node or router, `number` of them alike, and how many objects one holds, by kind."""

    role: str
    number: Count
    objects: Mapping[str, Count]


@dataclass(frozen=True, slots=True)
class CountedRecord:
    """The plan for so many nodes. When one node joins, `informed` nodes and routers get something new from who coordinates them,
    with `writes` in all, the new node `new_writes`; all three are null where no more fit. `refused` is why there is
    no such plan, or no node more."""

    nodes: Nodes
    holders: tuple[HolderRecord, ...]
    informed: Written[Count | None]
    writes: Written[Count | None]
    new_writes: Written[Count | None]
    refused: str


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event of a lab: requests to kernels and daemons, time until all had followed (null if nobody does: `note` says why),
    datagrams lost of 1000 per second, when the last one was sent after the event, and the CPU time of all daemons."""

    event: str
    requests: Count
    converged_ms: Written[Amount | None]
    note: str
    lost: Count
    last_lost_ms: Amount
    daemons_cpu_ms: Amount


@dataclass(frozen=True, slots=True)
class MeasuredRecord:
    """A lab of so many nodes: its daemons, the time until they had converged after their start, memory and CPU time of one until
    then, and the events. `failed` is why there is no such lab."""

    nodes: Nodes
    daemons: Count
    converged_ms: Amount
    daemon_memory_bytes: Count
    daemon_cpu_ms: Amount
    events: Written[tuple[EventRecord, ...]]
    failed: str


@dataclass(frozen=True, slots=True)
class GrowthRecord:
    """How a figure grows with N, the number of nodes: `exact` if the formula has every point, else by least squares. Counted
    figures have no `unit`; those that were measured in labs have one."""

    figure: str
    points: Mapping[str, Amount]
    formula: str
    exact: bool
    unit: GrowthUnit | None = None


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """A network."""

    network: str
    counted: Written[tuple[CountedRecord, ...]]
    measured: Written[tuple[MeasuredRecord, ...]]
    growth: Written[tuple[GrowthRecord, ...]]


@dataclass(frozen=True, slots=True)
class CostDocument:
    """The whole of it. `topology` is that of racks, empty for one segment."""

    schema: str
    topology: str
    networks: tuple[NetworkCost, ...]
