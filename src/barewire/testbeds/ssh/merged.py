"""What several machines say, as one answer: features that all have, counters of all, objects applied on each. Pure.

Each machine has a CPU 0: those of the first machine, where the client is, are counted as `0`, those of node `n2`'s as `n2:0`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from barewire.kernel.counters import MODES, Counters
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.kernel.machine import Machine
from barewire.model.reported import Convergence


def merge_features(found: Mapping[str, Mapping[str, Feature]]) -> dict[str, Feature]:
    """By host, what each has: a feature is there if all have it; else the first host that lacks it says why."""
    names = {name for features in found.values() for name in features}
    merged = {}
    for name in sorted(names):
        lacking = [(host, one[name]) for host, one in found.items() if not one[name].available]
        if lacking:
            host, feature = lacking[0]
            merged[name] = replace(feature, reason=f"{host}: {feature.reason}")
        else:
            merged[name] = next(iter(found.values()))[name]
    return merged


def merge_applied(found: Sequence[Applied]) -> Applied:
    """The requests of all machines and steps; the time is the sum, because one is done after another."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for one in found:
        added.update(one.added)
        removed.update(one.removed)
    return Applied(dict(added), dict(removed), sum(one.nanoseconds for one in found))


def merge_convergence(found: Sequence[Convergence]) -> Convergence:
    """What the daemons of all machines learned and report. Each time is by its own machine's clock."""
    reported: dict[str, tuple[str, ...]] = {}
    for one in found:
        for claim, names in one.reported:
            reported[claim] = (*reported.get(claim, ()), *names)
    return Convergence(
        tuple(pair for one in found for pair in one.nanoseconds),
        sum(one.routes for one in found),
        tuple(reported.items()),
    )


def merge_counters(found: Mapping[str, Counters]) -> Counters:
    """By node, those of its machine. `all` is the sum of all machines; the time is the first one's."""
    first = next(iter(found.values()))
    cpu: dict[str, dict[str, float]] = {
        "all": {mode: sum(one.cpu["all"][mode] for one in found.values()) for mode in MODES}
    }
    for node, one in found.items():
        prefix = "" if one is first else f"{node}:"
        cpu |= {f"{prefix}{name}": modes for name, modes in one.cpu.items() if name != "all"}
    throttled = [one.throttled_ns for one in found.values() if one.throttled_ns is not None]
    return Counters(
        first.nanoseconds, cpu,
        context_switches=sum(one.context_switches for one in found.values()),
        backlog_drops=sum(one.backlog_drops for one in found.values()),
        retransmissions=sum(one.retransmissions for one in found.values()),
        drops={key: count for one in found.values() for key, count in one.drops.items()},
        kernel_drops={
            (namespace or node, counter): count
            for node, one in found.items()
            for (namespace, counter), count in one.kernel_drops.items()
        },
        throttled_ns=sum(throttled) if throttled else None,
        interrupts=first.interrupts,
        changes={name: some for one in found.values() for name, some in one.changes.items()},
    )  # fmt: skip


def merge_machines(found: Sequence[Machine]) -> Machine:
    """The first one, with what all can do: labs have the same congestion control and IP versions on every machine."""
    controls = {one.congestion_control for one in found}
    return replace(
        found[0],
        congestion_control=controls.pop() if len(controls) == 1 else "reno",
        has_ipv6=all(one.has_ipv6 for one in found),
    )
