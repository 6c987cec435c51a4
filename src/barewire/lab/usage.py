"""Machine usage during a workload: the difference between two readings of the counters, as a trial records it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from barewire.lab.pinning import Pinning

if TYPE_CHECKING:
    from barewire.kernel.counters import Counters

_IDLE = ("idle", "iowait")


def difference(before: Counters, after: Counters, pinning: Pinning) -> dict[str, Any]:
    """The `machine` record of a load: CPU seconds by mode over all, the server's and the client's CPUs."""
    drops = [
        {"namespace": namespace, "dev": dev, "direction": direction, "packets": packets, "reason": reason}
        for (namespace, dev, direction, reason), packets in (
            (key, count - before.drops.get(key, 0)) for key, count in sorted(after.drops.items())
        )
        if packets > 0
    ]
    backlog = after.backlog_drops - before.backlog_drops
    if backlog > 0:
        drops.append({"namespace": "", "dev": "CPU backlog", "direction": "rx", "packets": backlog, "reason": "full"})
    kernel_drops = [
        {"namespace": namespace, "counter": counter, "count": count - before.kernel_drops.get((namespace, counter), 0)}
        for (namespace, counter), count in sorted(after.kernel_drops.items())
        if count > before.kernel_drops.get((namespace, counter), 0)
    ]
    changes = [f"{namespace}: {change}" for namespace, some in sorted(after.changes.items()) for change in some]
    throttled = None if after.throttled_ns is None else after.throttled_ns - (before.throttled_ns or 0)
    return {
        "seconds": (after.nanoseconds - before.nanoseconds) / 1e9,
        "cpu": {
            "all": _cpu(before, after, ["all"]),
            "server": _cpu(before, after, map(str, pinning.server)),
            "client": _cpu(before, after, map(str, pinning.client)),
        },
        "context_switches": after.context_switches - before.context_switches,
        "retransmissions": after.retransmissions - before.retransmissions,
        "drops": drops,
        "kernel_drops": kernel_drops,
        "throttled_ns": throttled,
        **({"changes": changes} if changes else {}),
    }


def busy_ns(modes: Mapping[str, float]) -> float:
    """Nanoseconds of CPU time spent on anything, of CPU seconds by mode."""
    return 1e9 * sum(seconds for mode, seconds in modes.items() if mode not in _IDLE and mode != "steal")


def steal_share(modes: Mapping[str, float]) -> float:
    """The share that the hypervisor gave to others, of CPU seconds by mode."""
    total = sum(modes.values())
    return modes["steal"] / total if total else 0.0


def _cpu(before: Counters, after: Counters, names: Iterable[str]) -> dict[str, float]:
    from barewire.kernel.counters import MODES  # brings the kernel's interfaces, which a report has no use for

    chosen = list(names)
    return {mode: round(sum(after.cpu[name][mode] - before.cpu[name][mode] for name in chosen), 3) for mode in MODES}
