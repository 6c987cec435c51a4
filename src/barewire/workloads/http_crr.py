"""`http-crr`: a connection for each HTTP request, over all connections; connections per second."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.workloads.definition.metric import CONNECT_RATE, INSTRUCTIONS
from barewire.workloads.definition.requests import RequestWorkload
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.step import Step


class _HttpCrr(RequestWorkload):
    name, order = "http-crr", 30
    protocol = "http-crr"
    unit = "connection"
    metrics = (INSTRUCTIONS, CONNECT_RATE)
    connects = beside = True
    options = frozenset({"sizes", "server", "connections", "threads"})

    def steps(self, plan: Settings) -> Iterator[Step]:
        yield Step(self.name, self.name, min(plan.sizes))


WORKLOAD = _HttpCrr()
