"""What the machine's counters saw of each network, over all its valid trials.

Latencies alone cannot distinguish a slow network from one that drops packets; these sums can, and they show what the load
generator itself did late. `named_drops` says it in a sentence, for the loads whose latency is reported: a stream may fill a
queue until it drops, and is meant to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from barewire import workloads
from barewire.records import Drop, MachineRecord
from barewire.render.run.data import ReportData
from barewire.results import words

_TAIL = " A tail near 200 or 400 ms is TCP's retransmission timer and its doubling: drops, and not a slow way."


@dataclass(frozen=True, slots=True)
class NetworkCounters:
    """Sums over loads; `steal_share` of all CPU time; `lag_p99_ns` is the worst of the trials."""

    network: str
    trials: int
    requests: int
    errors: int
    unfinished: int
    retransmissions: int
    drops: int
    dropping: tuple[str, ...]
    kernel_drops: tuple[str, ...]
    steal_share: float | None
    softirq_share: float | None
    lag_p99_ns: float | None


def count(data: ReportData, network: str) -> NetworkCounters:
    """Sum up one network."""
    loads = list(data.loads(network))
    machines = [load.usage for load in loads]
    dropping = {f"{d.namespace}/{d.dev}" for m in machines for d in m.drops if d.packets}
    modes = [m.cpu["all"] for m in machines if "all" in m.cpu]
    total = sum(sum(mode.values()) for mode in modes)
    lags = [load.lag_ns["0.99"] for load in loads if workloads.by_load(load.load).at_rate and "0.99" in load.lag_ns]
    return NetworkCounters(
        network,
        len(data.valid(network)),
        sum(load.completed or 0 for load in loads),
        sum(sum(load.errors.values()) for load in loads),
        sum(load.unfinished or 0 for load in loads),
        sum(m.retransmissions for m in machines),
        sum(d.packets for m in machines for d in m.drops),
        tuple(sorted(dropping)),
        tuple(f"{words.thousands(number)} {place}" for place, number in sorted(_elsewhere(machines).items())),
        sum(mode.get("steal", 0) for mode in modes) / total if total > 0 else None,
        sum(mode.get("softirq", 0) for mode in modes) / total if total > 0 else None,
        max(lags, default=None),
    )


def named_drops(data: ReportData) -> str:
    """Packets lost by each network, where, and the effect on its tail; empty if none was lost."""
    clauses: list[str] = []
    again = False
    for network in data.summary.networks:
        machines = [load.usage for load in data.loads(network.name) if workloads.by_load(load.load).at_rate]
        lost = {f"({place})": number for place, number in _elsewhere(machines).items()}
        for drop in (d for m in machines for d in m.drops if d.packets):
            lost[_place(drop)] = lost.get(_place(drop), 0) + drop.packets
        if not lost:
            continue
        places = words.listing([f"{words.count(packets, 'packet')} {place}" for place, packets in sorted(lost.items())])
        resent = sum(m.retransmissions for m in machines)
        again = again or resent > 0
        clauses.append(f"{network.name} lost {places}, and TCP sent {words.count(resent, 'segment')} again")
    unanswered = _named_losses(data)
    if not clauses:
        return unanswered
    dropped = f"Packets were dropped while latencies were measured: {'; '.join(clauses)}.{_TAIL if again else ''}"
    return f"{unanswered} {dropped}".strip()


def _named_losses(data: ReportData) -> str:
    """Which network left how many requests of which load unanswered; empty when none did."""
    clauses: list[str] = []
    for network in data.summary.networks:
        lost: dict[str, int] = {}
        for load in data.loads(network.name):
            if load.lost:
                lost[load.load] = lost.get(load.load, 0) + load.lost
        if lost:
            listed = words.listing([f"{words.count(requests, 'request')} of {name}" for name, requests in lost.items()])
            clauses.append(f"{network.name} left {listed} unanswered")
    if not clauses:
        return ""
    return f"Requests were lost: {'; '.join(clauses)}. They count in latencies as at least the time that was waited for them."


def _elsewhere(machines: Iterable[MachineRecord]) -> dict[str, int]:
    """What the kernel dropped in its tables and sockets, by counter and namespace."""
    found: dict[str, int] = {}
    for drop in (d for m in machines for d in m.kernel_drops if d.count):
        place = f"{drop.counter.replace('_', ' ')}, {drop.namespace or 'whole machine'}"
        found[place] = found.get(place, 0) + drop.count
    return found


def _place(drop: Drop) -> str:
    where = "/".join(part for part in (drop.namespace, drop.dev) if part)
    details = [part for part in (drop.direction, drop.reason if drop.reason != "interface" else "") if part]
    return f"at {where}" + (f" ({', '.join(details)})" if details else "")
