"""`http-max`: keep-alive HTTP requests in a closed loop over all connections; requests per second, and CPU time of each."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.workloads.definition.metric import CPU, INSTRUCTIONS, REQUEST_RATE
from barewire.workloads.definition.requests import RequestWorkload
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.step import Step


class _HttpMax(RequestWorkload):
    name, order = "http-max", 20
    metrics = (INSTRUCTIONS, REQUEST_RATE, CPU)
    closed_loop = beside = True
    options = frozenset({"sizes", "server", "pipeline", "connections", "threads"})

    def steps(self, plan: Settings) -> Iterator[Step]:
        yield from (Step(self.name, self.name, size) for size in plan.sizes)


WORKLOAD = _HttpMax()
