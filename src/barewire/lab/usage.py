"""Machine usage during a workload: the difference between two readings of the counters, as a trial records it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from barewire.lab.pinning import Pinning
from barewire.records import Drop, IdleStateRecord, KernelDrop, MachineRecord, Placement

if TYPE_CHECKING:
    from barewire.kernel.counters import Counters
    from barewire.kernel.processors import Processors

IDLE = ("idle", "iowait")


def difference(before: Counters, after: Counters, pinning: Pinning, server_node: str = "") -> MachineRecord:
    """The `machine` record of a load: CPU seconds by mode over all, the server's and the client's CPUs. Where the server is on
    another machine (`pinning.elsewhere`), counters name its CPUs after its node, `server_node`."""
    servers = [f"{server_node}:{cpu}" if pinning.elsewhere else str(cpu) for cpu in pinning.server]
    drops = [
        Drop(namespace, dev, packets, direction, reason)
        for (namespace, dev, direction, reason), packets in (
            (key, count - before.drops.get(key, 0)) for key, count in sorted(after.drops.items())
        )
        if packets > 0
    ]
    backlog = after.backlog_drops - before.backlog_drops
    if backlog > 0:
        drops.append(Drop("", "CPU backlog", backlog, "rx", "full"))
    kernel_drops = [
        KernelDrop(namespace, counter, count - before.kernel_drops.get((namespace, counter), 0))
        for (namespace, counter), count in sorted(after.kernel_drops.items())
        if count > before.kernel_drops.get((namespace, counter), 0)
    ]
    changes = [f"{namespace}: {change}" for namespace, some in sorted(after.changes.items()) for change in some]
    throttled = None if after.throttled_ns is None else after.throttled_ns - (before.throttled_ns or 0)
    return MachineRecord(
        seconds=(after.nanoseconds - before.nanoseconds) / 1e9,
        cpu={
            "all": cpu_between(before, after, ["all"]),
            "server": cpu_between(before, after, servers),
            "client": cpu_between(before, after, map(str, pinning.client)),
        },
        context_switches=after.context_switches - before.context_switches,
        retransmissions=after.retransmissions - before.retransmissions,
        drops=tuple(drops),
        kernel_drops=tuple(kernel_drops),
        throttled_ns=throttled,
        changes=tuple(changes),
    )


def placement(
    processors: Processors, chosen: tuple[int, ...], before: Mapping[int, int], after: Mapping[int, int]
) -> Placement:
    """Of `chosen` CPUs what they share and how deep they sleep, of all CPUs the interrupts between two readings."""
    return Placement(
        siblings={str(cpu): tuple(sorted(processors.same_core(cpu))) for cpu in chosen},
        idle_states={
            str(cpu): tuple(
                IdleStateRecord(one.name, one.latency_us, one.disabled) for one in processors.idle.get(cpu, ())
            )
            for cpu in chosen
        },
        idle_limits=dict(processors.idle_limits),
        interrupts={str(cpu): count - before.get(cpu, 0) for cpu, count in sorted(after.items())},
    )


def busy_ns(modes: Mapping[str, float]) -> float:
    """Nanoseconds of CPU time spent on anything, of CPU seconds by mode."""
    return 1e9 * sum(seconds for mode, seconds in modes.items() if mode not in IDLE and mode != "steal")


def steal_share(modes: Mapping[str, float]) -> float:
    """The share that the hypervisor gave to others, of CPU seconds by mode."""
    total = sum(modes.values())
    return modes["steal"] / total if total else 0.0


def cpu_between(before: Counters, after: Counters, names: Iterable[str]) -> dict[str, float]:
    """CPU seconds by mode that the CPUs of these names spent, as `MachineRecord.cpu` has them."""
    from barewire.kernel.counters import MODES  # brings the kernel's interfaces, which a report has no use for

    chosen = list(names)
    return {mode: round(sum(after.cpu[name][mode] - before.cpu[name][mode] for name in chosen), 3) for mode in MODES}
