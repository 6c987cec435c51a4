"""`tcp-crr`: connect, one request, its answer, close (netperf's TCP_CRR), over all connections; connections per second."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.workloads.definition.metric import CONNECT_RATE, INSTRUCTIONS
from barewire.workloads.definition.requests import RequestWorkload
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.step import Step
from barewire.workloads.definition.workload import ExplainedLoad


class _TcpCrr(RequestWorkload):
    name, order = "tcp-crr", 31
    protocol = "tcp-crr"
    sized = True
    unit = "connection"
    metrics = (INSTRUCTIONS, CONNECT_RATE)
    connects = beside = True
    phrase = "TCP, a request and a response each"
    column = "tcp-crr"
    options = frozenset({"request_bytes", "response_bytes", "connections", "threads"})
    explained = (ExplainedLoad("tcp-crr", 3),)

    def steps(self, plan: Settings) -> Iterator[Step]:
        yield Step(self.name, self.name, plan.response_bytes)

    def detail(self, load: str) -> str:
        return load


WORKLOAD = _TcpCrr()
