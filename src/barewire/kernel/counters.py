"""Counters of the machine and of every namespace, read before and after a load.

CPU time comes from /proc/stat (the whole machine, in ticks of 10 ms, sampled by the timer on kernels without precise
accounting: over a second that is good to about 1 %); drops and retransmissions from the namespaces of the lab.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barewire.kernel.channel import Channel
from barewire.kernel.namespaces import Namespaces

MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_DROPS = {
    "rx": ("rx_dropped", "rx_errors", "rx_missed_errors", "rx_over_errors"),
    "tx": ("tx_dropped", "tx_errors", "tx_carrier_errors"),
}


@dataclass(frozen=True, slots=True)
class Counters:
    """`cpu`: seconds by CPU (`"all"`, `"0"`, ...) and mode; `drops`: packets by (namespace, dev, rx|tx)."""

    nanoseconds: int
    cpu: dict[str, dict[str, float]]
    context_switches: int
    backlog_drops: int
    retransmissions: int
    drops: dict[tuple[str, str, str], int]


def read_counters(namespaces: Namespaces, channels: dict[str, Channel], names: Sequence[str]) -> Counters:
    """Read the machine's counters and those of the namespaces `names`."""
    cpu, switches = _stat()
    drops = {}
    retransmissions = 0
    for name in names:
        for link in channels[name].dump("get_links"):
            stats = link.get("stats64") or {}
            for direction, keys in _DROPS.items():
                drops[name, link.get("ifname"), direction] = sum(_number(stats, key) for key in keys)
        with namespaces.enter(name):
            retransmissions += _retransmissions()
    return Counters(time.monotonic_ns(), cpu, switches, _backlog_drops(), retransmissions, drops)


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


def _retransmissions() -> int:
    """TcpRetransSegs of the caller's namespace."""
    rows = [line.split() for line in Path("/proc/self/net/snmp").read_text().splitlines() if line.startswith("Tcp:")]
    return int(dict(zip(rows[0], rows[1], strict=True))["RetransSegs"])
