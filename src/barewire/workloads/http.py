"""`http`: keep-alive HTTP requests in an open loop, at shares of the maximum rate; latency, and CPU time of each."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.units import JOIN, parse_share
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import CPU
from barewire.workloads.definition.requests import RequestWorkload
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.step import Step


class _Http(RequestWorkload):
    name, order = "http", 0
    metrics = (CPU,)
    timed = at_rate = pauses = warmed = True
    options = frozenset(
        {"loads", "loads_of", "own_loads", "sizes", "server", "pipeline", "timestamps", "connections", "threads",
         "arrivals", "timing", "warmup"}
    )  # fmt: skip

    def names(self, load: str) -> bool:
        return load.endswith("%")

    def steps(self, plan: Settings) -> Iterator[Step]:
        for size in plan.sizes:
            yield from (Step(load, self.name, size, share=parse_share(load)) for load in plan.loads)
        # The second view needs no second size: it takes the time of the first.
        for load in plan.own_loads:
            yield Step(shares.OWN + load, self.name, min(plan.sizes), share=parse_share(load), own=True)

    def detail(self, load: str) -> str:
        of_own = f"{JOIN}of its own maximum" if shares.is_own(load) else ""
        return f"{shares.percent(load):.6g}{JOIN}%{of_own}"


WORKLOAD = _Http()
