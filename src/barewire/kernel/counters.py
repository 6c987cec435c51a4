"""Counters of the machine and of every namespace, read before and after a workload.

CPU time comes from /proc/stat (the whole machine, in ticks of 10 ms, sampled by the timer on kernels without precise
accounting: over a second that is good to about 1 %); drops and retransmissions from the namespaces of the lab. A drop has a
reason: the interface's own, the qdisc that was full, or the rule of an nft table of ours, by its named counter (`DEV-rx`).
What neither an interface nor a qdisc counts is in `kernel_drops`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from barewire.kernel import cgroup, settings
from barewire.kernel import kernel_drops as beyond_links
from barewire.kernel.channel import Channel
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.processors import interrupts
from barewire.model.network import LOSS_TABLE

MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_DROPS = {
    "rx": ("rx_dropped", "rx_errors", "rx_missed_errors", "rx_over_errors"),
    "tx": ("tx_dropped", "tx_errors", "tx_carrier_errors"),
}
_ROOT, _INGRESS = 0xFFFF_FFFF, 0xFFFF_FFF1
"""Parents of qdiscs, as the kernel numbers them."""

INTERFACE, WIRE_LOSS = "interface", "wire loss"
_TABLES = {LOSS_TABLE: WIRE_LOSS}

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Counters:
    """`cpu`: seconds by CPU (`"all"`, `"0"`, ...) and mode; `drops`: packets by (namespace, dev, rx|tx, reason);
    `kernel_drops`: counts by (namespace, counter); `throttled_ns`: None without a CPU quota."""

    nanoseconds: int
    cpu: dict[str, dict[str, float]]
    context_switches: int
    backlog_drops: int
    retransmissions: int
    drops: dict[Key, int]
    kernel_drops: dict[beyond_links.Key, int] = field(default_factory=dict)
    throttled_ns: int | None = None
    interrupts: dict[int, int] = field(default_factory=dict)
    """Of devices, by CPU."""
    changes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What has changed in each namespace since the last reading (`events`)."""


def read_counters(
    namespaces: Namespaces,
    channels: Mapping[str, Channel],
    names: Sequence[str],
    counting: frozenset[str] = frozenset(),
) -> Counters:
    """Read the machine's counters and those of the namespaces `names`; of `counting` also the counters of nft rules."""
    cpu, switches = _stat()
    drops: dict[Key, int] = {}
    elsewhere = beyond_links.read_machine(channels[names[0]]) if names else {}
    retransmissions = 0
    for name in names:
        drops.update(_interfaces(name, channels[name]))
        with namespaces.enter(name):
            protocols = beyond_links.read_protocols()
            retransmissions += protocols["Tcp", "RetransSegs"]
            elsewhere.update(beyond_links.read_namespace(name, protocols))
            if name in counting:
                drops.update(_rules(name))
    throttled = cgroup.throttled_ns()
    now = time.monotonic_ns()
    return Counters(now, cpu, switches, _backlog_drops(), retransmissions, drops, elsewhere, throttled, interrupts())


def _interfaces(namespace: str, channel: Channel) -> Iterator[tuple[Key, int]]:
    names = {}
    for link in channel.dump("get_links"):
        names[link["index"]] = dev = link.get("ifname")
        stats = link.get("stats64") or {}
        for direction, keys in _DROPS.items():
            yield (namespace, dev, direction, INTERFACE), sum(_number(stats, key) for key in keys)
    for qdisc in channel.dump("get_qdiscs"):
        # A root counts what its children drop too. Interfaces do not count what their qdisc drops.
        if qdisc["parent"] in (_ROOT, _INGRESS) and (stats := qdisc.get("stats")):
            direction = "tx" if qdisc["parent"] == _ROOT else "rx"
            reason = f"qdisc {qdisc.get('kind')}"
            yield (namespace, names.get(qdisc["index"], ""), direction, reason), _number(stats, "drop")


def _rules(namespace: str) -> Iterator[tuple[Key, int]]:
    """The named counters of our nft tables in the caller's namespace."""
    for item in json.loads(settings.run_nft(["-j", "list", "counters"], namespace))["nftables"]:
        counter = item.get("counter")
        if counter and counter["table"] in _TABLES:
            dev, _, direction = counter["name"].rpartition("-")
            yield (namespace, dev, direction, _TABLES[counter["table"]]), int(counter["packets"])


def _number(stats: Any, key: str) -> int:
    return int(stats.get(key) or 0)


def _stat() -> tuple[dict[str, dict[str, float]], int]:
    tick = os.sysconf("SC_CLK_TCK")
    cpu: dict[str, dict[str, float]] = {}
    switches = 0
    for line in Path("/proc/stat").read_text().splitlines():
        word, *rest = line.split()
        if word.startswith("cpu"):
            name = word.removeprefix("cpu") or "all"
            cpu[name] = {mode: int(value) / tick for mode, value in zip(MODES, rest, strict=False)}
        elif word == "ctxt":
            switches = int(rest[0])
    return cpu, switches


def _backlog_drops() -> int:
    """Packets that a full per-CPU backlog threw away (second column of softnet_stat, hexadecimal)."""
    lines = Path("/proc/net/softnet_stat").read_text().splitlines()
    return sum(int(line.split()[1], 16) for line in lines)
