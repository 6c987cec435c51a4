"""The base class of workloads, with defaults of what most have in common.

Study, results, explain and reports iterate over workloads and use these attributes; nothing outside decides by a workload's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from barewire.records import CountedFigure, Load
from barewire.workloads.definition.metric import Metric
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.site import LoadSite
from barewire.workloads.definition.step import Step
from barewire.workloads.generator.histogram import Entry
from barewire.workloads.servers.service import Service

if TYPE_CHECKING:
    from barewire.model.expectation import Target
    from barewire.workloads.generator.exact import Exact
    from barewire.workloads.generator.load import LoadSpec
    from barewire.workloads.generator.packets import PacketsSpec

HTTP_OFFSET, TCP_OFFSET, UDP_OFFSET, BULK_OFFSET, POST_OFFSET, OWN_OFFSET = 0, 1, 2, 3, 4, 100
"""Ports within the server pod's range: one for each service that workloads share; a load with a server for itself has one from
`OWN_OFFSET` up."""

ROUND_TRIPS, HTTP_ROUND_TRIPS, STREAMS = 1.002, 1.005, 1.015
"""How far two counted runs of one plan are apart over all their layouts, rounded up: 0.13 % in round trips and connections,
0.37 % in those over HTTP, 1.03 % in bytes of a stream and in packets (docs/counted.md, "How exact"). No smaller difference is
reported as one."""

EXPLAINED_BYTES, EXPLAINED_WARMUP_S = 64, 0.005
"""Of a load that `explain` runs: bytes of a small request or packet, and its warm-up."""

Result = tuple[Load, list[Entry]]
"""A load as the trial's record keeps it, and its histograms."""


@dataclass(frozen=True, slots=True)
class ExplainedLoad:
    """A load that `explain` runs. `port` is its offset within the server pod's range; a request that is answered is `per_request`
    operations. It lasts `times` as long as was asked for, and each run begins `step_ns` later after a tick than the one before.
    Without `offloads` it is the last of its lab."""

    name: str
    port: int
    per_request: int = 1
    times: int = 1
    step_ns: int = 1_000_000
    offloads: bool = True


class Workload:
    """What every workload states. Attributes with a value here are what most have."""

    name: ClassVar[str] = ""
    """What the plan's `workloads` and the records call it."""
    order: ClassVar[int] = 100
    """Where it stands in lists and tables."""
    unit: ClassVar[str] = "request"
    """What the counted clock counts instructions for."""
    phrase: ClassVar[str] = ""
    """What it is within a sentence, in a few words; empty where its metric says it."""
    column: ClassVar[str] = ""
    """The title of its column where that of its metric belongs to another workload."""
    beside: ClassVar[bool] = False
    """Whether it stands beside latencies at a rate in the first table."""
    metrics: ClassVar[tuple[Metric, ...]] = ()
    """Without quantiles, in the order of the summary."""
    timed: ClassVar[bool] = False
    """Whether its latencies are compared by quantile."""
    at_rate: ClassVar[bool] = False
    """Whether it offers a share of the maximum rate."""
    sequential: ClassVar[bool] = False
    """Whether there is one request at a time and nothing else."""
    closed_loop: ClassVar[bool] = False
    """Whether it is as fast as the answers come, over all connections."""
    lossy: ClassVar[bool] = False
    """Whether a request without an answer, or a late one, is the network's loss and no failure."""
    expected_drops: ClassVar[frozenset[str]] = frozenset()
    """Counters of kernel drops that are its result and reject nothing."""
    one_way: ClassVar[bool] = False
    """Whether nothing answers."""
    unbounded: ClassVar[bool] = False
    """Whether any number of packets may be under way."""
    pauses: ClassVar[bool] = False
    """Whether it leaves the CPU idle of its own accord."""
    resolution: ClassVar[float] = ROUND_TRIPS
    """By the counted clock, the largest ratio to the host that is not distinguished from 1."""
    warmed: ClassVar[bool] = False
    """Whether a warm-up precedes it."""
    counted_times: ClassVar[int] = 1
    """By the counted clock it lasts that many times the seconds of others."""
    connects: ClassVar[bool] = False
    """Whether each request opens a connection."""
    options: ClassVar[frozenset[str]] = frozenset()
    """Fields of a plan that it heeds."""
    programs: ClassVar[tuple[str, ...]] = ()
    """What must be installed for it by the wall clock, beside servers and generator."""
    explained: ClassVar[tuple[ExplainedLoad, ...]] = ()
    """The loads of it that `explain` runs."""

    def names(self, load: str) -> bool:
        """Whether a load of this name is one of it."""
        return load == self.name

    def steps(self, plan: Settings) -> Iterator[Step]:
        """The loads that a plan makes of it."""
        raise NotImplementedError

    def services(self, plan: Settings, site: LoadSite) -> tuple[Service, ...]:
        """The services that it needs throughout a trial."""
        return ()

    def run(self, step: Step, number: int, path: PathUnderTest, plan: Settings, site: LoadSite) -> Result:
        """Run a load, the `number`-th of its trial, with the wall clock. LoadError if it fails."""
        raise NotImplementedError

    def run_counted(self, step: Step, number: int, path: PathUnderTest, plan: Settings, site: LoadSite) -> Result:
        """The same with the counted clock."""
        raise NotImplementedError

    def figure(self, exact: Exact | None) -> CountedFigure | None:
        """`counted` of a load by the counted clock; None where there is no such number."""
        raise NotImplementedError

    def explained_service(self, port: int) -> Service:
        """What must be served while it is explained."""
        raise NotImplementedError

    def explained_spec(
        self, target: Target, congestion: str, seconds: float, phase_ns: int, times: int = 1
    ) -> LoadSpec:
        """What the generator runs while it is explained, begun so long after a tick."""
        raise NotImplementedError

    def explained_bursts(self, seconds: float, phase_ns: int) -> PacketsSpec:
        """The same for one-way packets."""
        raise NotImplementedError

    def wall_seconds(self, seconds: float, warmup_s: float) -> float:
        """The wall-clock time of a load that is recorded for `seconds`, in seconds."""
        return seconds + (warmup_s if self.warmed else 0.0)

    def detail(self, load: str) -> str:
        """What is shown beside a metric to say which of its loads a number is of; empty where the metric says it."""
        return ""

    def remark(self, load: str) -> str:
        """What a sentence about it has in brackets; mostly nothing."""
        return ""

    def is_first(self, load: str) -> bool:
        """Whether it is among those that are shown first of all loads of it."""
        return True


UNKNOWN = Workload()
"""What stands for a workload that a later version added: it has no metrics."""
