"""What the machine's counters saw of each network, over all its valid trials.

Latencies alone cannot tell a slow network from one that drops packets; these sums can, and they show what the load
generator itself did late.
"""

from __future__ import annotations

from dataclasses import dataclass

from barewire.report.data import ReportData


@dataclass(frozen=True, slots=True)
class Counters:
    """Sums over loads; `steal_share` of all CPU time; `lag_p99_ns` is the worst of the trials."""

    network: str
    trials: int
    requests: int
    errors: int
    unfinished: int
    retransmissions: int
    drops: int
    dropping: tuple[str, ...]
    steal_share: float | None
    softirq_share: float | None
    lag_p99_ns: float | None


def count(data: ReportData, network: str) -> Counters:
    """Sum up one network."""
    loads = list(data.loads(network))
    machines = [load.machine for load in loads]
    dropping = {f"{d.namespace}/{d.dev}" for m in machines for d in m.drops if d.packets}
    modes = [m.cpu["all"] for m in machines if "all" in m.cpu]
    total = sum(sum(mode.values()) for mode in modes)
    lags = [load.lag_ns["0.99"] for load in loads if load.kind == "rate" and "0.99" in load.lag_ns]
    return Counters(
        network,
        len(data.valid(network)),
        sum(load.completed for load in loads),
        sum(sum(load.errors.values()) for load in loads),
        sum(load.unfinished for load in loads),
        sum(m.retransmissions for m in machines),
        sum(d.packets for m in machines for d in m.drops),
        tuple(sorted(dropping)),
        sum(mode.get("steal", 0) for mode in modes) / total if total > 0 else None,
        sum(mode.get("softirq", 0) for mode in modes) / total if total > 0 else None,
        max(lags, default=None),
    )
