"""`tcp-stream`: bytes over one or several TCP streams; throughput. By the wall clock iperf3 sends and receives.

By the counted clock, where iperf3 would last whole seconds of which each takes twenty of an emulated CPU, requests of 1 MiB are
answered with 8 bytes over a connection for each stream: the mean cycle, since TCP's segments differ from one to the next, by the
bytes. One stream twice: as the lab is, whose veth pairs pass 64 KiB on uncut and without checksums, and last of all without
offloads, where the CPU does both. A real network card is between the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from barewire.kernel import kernel_drops
from barewire.records import CountedFigure, Load
from barewire.workloads.definition.metric import INSTRUCTIONS, THROUGHPUT
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.site import LoadSite
from barewire.workloads.definition.step import Step
from barewire.workloads.definition.workload import (
    BULK_OFFSET,
    EXPLAINED_WARMUP_S,
    OWN_OFFSET,
    STREAMS,
    ExplainedLoad,
    Result,
    Workload,
)
from barewire.workloads.generator import counted, iperf3, load
from barewire.workloads.generator.exact import Exact
from barewire.workloads.servers.service import Service, iperf3_once, tcp

if TYPE_CHECKING:
    from barewire.model.expectation import Target

_PREFIX = "tcp-stream-"
_ONE = f"{_PREFIX}1"
_NO_OFFLOADS = f"{_ONE}-no-offloads"
_NO_OFFLOADS_TIMES = 12
"""A request of 1 MiB that the CPU cuts takes 6 ms and more, so some must fit in."""


class _TcpStream(Workload):
    name, order = "tcp-stream", 40
    unit = "byte"
    metrics = (INSTRUCTIONS, THROUGHPUT)
    unbounded = beside = True
    # A stream is as fast as its receiver lets it be.
    expected_drops = kernel_drops.OF_TCP_SOCKETS
    resolution = STREAMS
    counted_times = counted.BULK_TIMES
    options = frozenset({"streams"})
    programs = ("iperf3",)
    explained = (
        ExplainedLoad("tcp-stream", 4, per_request=counted.BULK_BYTES, times=counted.BULK_TIMES),
        ExplainedLoad(
            "tcp-stream-no-offloads", 6, per_request=counted.BULK_BYTES, times=_NO_OFFLOADS_TIMES, offloads=False
        ),
    )

    def names(self, load: str) -> bool:
        return load == self.name or load.startswith(_PREFIX)

    def steps(self, plan: Settings) -> Iterator[Step]:
        yield from (Step(f"{_PREFIX}{n}", self.name, streams=n) for n in dict.fromkeys((1, plan.streams)))
        if plan.switches_offloads:
            yield Step(_NO_OFFLOADS, self.name, streams=1, offloads=False)

    def services(self, plan: Settings, site: LoadSite) -> tuple[Service, ...]:
        """By the wall clock each load starts an iperf3 for itself."""
        return (self.explained_service(site.port(BULK_OFFSET)),) if plan.counted else ()

    def run(self, step: Step, number: int, path: PathUnderTest, plan: Settings, site: LoadSite) -> Result:
        assert step.streams is not None and plan.seconds is not None
        port = site.port(OWN_OFFSET + number)
        serving = path.serve("serve", [iperf3_once(port)], site.pinning.server)
        before = path.counters()
        result = iperf3.run(
            path.client.node,
            path.client.namespace,
            path.target(port),
            site.pinning.client,
            step.streams,
            plan.seconds,
            path.congestion,
        )
        serving.stop()
        did = path.usage(before, path.counters(), site.pinning)
        return replace(result.record(step.load, self.name), machine=did), []

    def run_counted(self, step: Step, number: int, path: PathUnderTest, plan: Settings, site: LoadSite) -> Result:
        assert step.streams is not None and plan.seconds is not None and site.layout is not None
        spec = counted.bulk(
            path.target(site.port(BULK_OFFSET)), path.congestion, plan.seconds, site.warmup_s, site.layout.phase_ns,
            streams=step.streams, seed=step.seed, payload=site.layout.payload, cpus=site.pinning.client,
        )  # fmt: skip
        result = load.run(path.client.node, path.client.namespace, spec)
        seconds, answered = _carried(result.exact)
        record = Load(
            step.load,
            self.name,
            streams=step.streams,
            seconds=seconds,
            bits_per_s=answered * counted.BULK_BYTES * 8 / seconds if seconds else 0.0,
            retransmissions=result.counters.tcp.retransmissions,
            requests=result.counters.requests,
            errors=result.counters.errors,
            exact=result.exact.record() if result.exact else None,
            counted=self.figure(result.exact),
        )
        return record, []

    def figure(self, exact: Exact | None) -> CountedFigure | None:
        """`counted` of a load; None where there is no such number."""
        if exact is None:
            return None
        return counted.requests_figure(exact, self.unit, "cycle", whole=True, share=1 / counted.BULK_BYTES)

    def wall_seconds(self, seconds: float, warmup_s: float) -> float:
        return iperf3.whole_seconds(seconds)

    def remark(self, load: str) -> str:
        return self.detail(load).replace("stream", "TCP stream", 1)

    def is_first(self, load: str) -> bool:
        """Of one stream, both with and without offloads: one alone would mislead."""
        return load in (_ONE, _NO_OFFLOADS)

    def detail(self, load: str) -> str:
        number, _, without = load.removeprefix(_PREFIX).partition("-")
        return f"{number} {'stream' if number == '1' else 'streams'}{', no offloads' if without else ''}"

    def explained_service(self, port: int) -> Service:
        return tcp(port, counted.BULK_BYTES, counted.BULK_ANSWER_BYTES)

    def explained_spec(
        self, target: Target, congestion: str, seconds: float, phase_ns: int, times: int = 1
    ) -> load.LoadSpec:
        return counted.bulk(target, congestion, seconds, EXPLAINED_WARMUP_S, phase_ns, times=times)


def _carried(exact: Exact | None) -> tuple[float, int]:
    """In seconds, the time between the first and the last answer, and the requests in it; of a single request its own."""
    if exact is None:
        return 0.0, 0
    cycles = exact.values["cycle"]
    return (cycles.total / 1e9, cycles.count) if cycles.count else (exact.span_ns / 1e9, exact.answers or 0)


WORKLOAD = _TcpStream()
