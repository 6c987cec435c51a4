"""Workloads of one request at a time over one connection, like netperf's TCP_RR: round trips without queueing."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.workloads.definition.metric import INSTRUCTIONS
from barewire.workloads.definition.requests import RequestWorkload
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.step import Step


class RoundTripWorkload(RequestWorkload):
    """One request at a time."""

    unit = "round trip"
    metrics = (INSTRUCTIONS,)
    timed = sequential = warmed = True
    interval = "service"
    options = frozenset({"request_bytes", "response_bytes", "timestamps", "timing", "warmup"})

    def steps(self, plan: Settings) -> Iterator[Step]:
        yield Step(self.name, self.name, plan.response_bytes)

    def detail(self, load: str) -> str:
        return load
