"""`udp-stream`: one-way datagrams as fast as one client CPU sends them; packets received per second, and the share lost.

By the counted clock they leave in bursts with gaps, in which the receiver takes them and time jumps: the time from the first
burst of the recorded time until all is drained, less what the CPU was idle, by the packets sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from barewire.kernel import kernel_drops
from barewire.records import Load
from barewire.workloads.definition.metric import INSTRUCTIONS, PACKET_LOSS, PACKET_RATE
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.site import LoadSite
from barewire.workloads.definition.step import Step
from barewire.workloads.definition.workload import (
    EXPLAINED_BYTES,
    EXPLAINED_WARMUP_S,
    OWN_OFFSET,
    STREAMS,
    ExplainedLoad,
    Result,
    Workload,
)
from barewire.workloads.generator import counted, packets


class _UdpStream(Workload):
    name, order = "udp-stream", 50
    unit = "packet"
    metrics = (INSTRUCTIONS, PACKET_RATE, PACKET_LOSS)
    one_way = unbounded = pauses = True
    resolution = STREAMS
    # They are sent as fast as possible, and what the receiver cannot take is the result.
    expected_drops = frozenset({kernel_drops.UDP_RECEIVE_BUFFER, kernel_drops.UDP_SEND_BUFFER})
    options = frozenset({"request_bytes", "threads"})
    # In steps that bursts and ticks are no multiple of, so that every phase is met.
    explained = (ExplainedLoad("udp-stream", 5, step_ns=1_250_000),)

    def steps(self, plan: Settings) -> Iterator[Step]:
        yield Step(self.name, self.name, plan.request_bytes)

    def run(self, step: Step, number: int, path: PathUnderTest, plan: Settings, site: LoadSite) -> Result:
        assert step.response_bytes is not None and plan.seconds is not None
        spec = packets.PacketsSpec(
            step.response_bytes, None, round(plan.seconds * 1e9), 0, step.seed, threads=plan.threads
        )
        before = path.counters()
        result = self._send(spec, number, path, site)
        did = path.usage(before, path.counters(), site.pinning)
        return replace(self._record(step, result), machine=did), []

    def run_counted(self, step: Step, number: int, path: PathUnderTest, plan: Settings, site: LoadSite) -> Result:
        assert step.response_bytes is not None and plan.seconds is not None and site.layout is not None
        spec = counted.bursts(step.response_bytes, plan.seconds, site.warmup_s, site.layout.phase_ns, step.seed)
        result = self._send(spec, number, path, site)
        figure = counted.packets_figure(result.sent, result.exact)
        # Bursts are no rate that anything could fall behind.
        record = replace(self._record(step, result), offered_per_s=None, counted=figure)
        if figure.value:
            # What one CPU would carry that did nothing else; what was offered leaves it idle.
            record = replace(record, received_per_s=1e9 / figure.value * (1 - result.loss_share))
        return record, []

    def _send(
        self, spec: packets.PacketsSpec, number: int, path: PathUnderTest, site: LoadSite
    ) -> packets.PacketsResult:
        return packets.run(path, site.port(OWN_OFFSET + number), site.pinning.client, site.pinning.server, spec)

    def _record(self, step: Step, result: packets.PacketsResult) -> Load:
        return result.record(step.load, self.name, step.response_bytes)

    def explained_bursts(self, seconds: float, phase_ns: int) -> packets.PacketsSpec:
        return counted.bursts(EXPLAINED_BYTES, seconds, EXPLAINED_WARMUP_S, phase_ns)


WORKLOAD = _UdpStream()
