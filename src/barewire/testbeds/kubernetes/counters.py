"""Counters of pods and of their nodes, from files that a pod can read.

/proc/stat and /proc/net of a pod on the host's network are the node's; those of another pod have the node's CPUs and its own
network. A pod's CPU time is its control group's: what its threads used, system calls included. Packets that a node takes in
softirq context are in nobody's group, so they are in the node's CPU time alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from barewire.kernel.counters import INTERFACE, MODES, Counters, Key
from barewire.testbeds.kubernetes.node import PodNode

_TICKS = 100
"""Ticks of /proc/stat in a second: the kernel's USER_HZ on x86-64 and arm64."""

_STAT, _SNMP, _DEV = "/proc/stat", "/proc/net/snmp", "/proc/net/dev"
_SOFTNET, _BOOT = "/proc/net/softnet_stat", "/proc/sys/kernel/random/boot_id"
_GROUP = "/sys/fs/cgroup"
_V2 = (f"{_GROUP}/cpu.stat", f"{_GROUP}/cpu.max")
_V1_FOLDERS = (f"{_GROUP}/cpu,cpuacct", f"{_GROUP}/cpuacct", f"{_GROUP}/cpu")
_V1_FILES = ("cpuacct.usage_user", "cpuacct.usage_sys", "cpu.stat", "cpu.cfs_quota_us")
_V1 = tuple(f"{folder}/{file}" for folder in _V1_FOLDERS for file in _V1_FILES)
FILES = (_STAT, _SNMP, _DEV, _SOFTNET, _BOOT, *_V2, *_V1)
_RX_DROPS, _TX_DROPS = (2, 3), (10, 11)
"""Columns of /proc/net/dev: errors and drops."""


@dataclass(frozen=True, slots=True)
class PodReading:
    """One pod's files at one moment. CPU in seconds by mode; `group` is None where its control group cannot be read, and
    `throttled_ns` None where it has no quota."""

    boot: str
    node: Mapping[str, float]
    group: Mapping[str, float] | None
    throttled_ns: int | None
    context_switches: int
    retransmissions: int
    backlog_drops: int
    drops: Mapping[tuple[str, str], int]


def parse(texts: Mapping[str, str]) -> PodReading:
    """What the files say; absent ones are empty."""
    rows = [line.split() for line in texts.get(_STAT, "").splitlines()]
    ticks = next((row[1:] for row in rows if row and row[0] == "cpu"), [])
    return PodReading(
        boot=texts.get(_BOOT, "").strip(),
        node={mode: int(value) / _TICKS for mode, value in zip(MODES, ticks, strict=False)},
        group=_group(texts),
        throttled_ns=_throttled(texts),
        context_switches=next((int(row[1]) for row in rows if row and row[0] == "ctxt"), 0),
        retransmissions=_tcp(texts.get(_SNMP, "")).get("RetransSegs", 0),
        backlog_drops=sum(int(line.split()[1], 16) for line in texts.get(_SOFTNET, "").splitlines()),
        drops=dict(_drops(texts.get(_DEV, ""))),
    )


def _group(texts: Mapping[str, str]) -> Mapping[str, float] | None:
    found = dict(line.split() for line in texts.get(_V2[0], "").splitlines() if len(line.split()) == 2)
    if "user_usec" in found:
        return _modes(int(found["user_usec"]) / 1e6, int(found["system_usec"]) / 1e6)
    for folder in _V1_FOLDERS:
        user, system = (texts.get(f"{folder}/{file}", "").strip() for file in _V1_FILES[:2])
        if user and system:
            return _modes(int(user) / 1e9, int(system) / 1e9)
    return None


def _modes(user: float, system: float) -> dict[str, float]:
    return {**dict.fromkeys(MODES, 0.0), "user": user, "system": system}


def _throttled(texts: Mapping[str, str]) -> int | None:
    quotas = [texts.get(_V2[1], "").partition(" ")[0]]
    quotas += [texts.get(f"{folder}/{_V1_FILES[3]}", "").strip() for folder in _V1_FOLDERS]
    if not any(quota.isdecimal() and int(quota) > 0 for quota in quotas):
        return None
    for path in (_V2[0], *(f"{folder}/{_V1_FILES[2]}" for folder in _V1_FOLDERS)):
        found = dict(line.split() for line in texts.get(path, "").splitlines() if len(line.split()) == 2)
        if "throttled_usec" in found:
            return int(found["throttled_usec"]) * 1000
        if "throttled_time" in found:
            return int(found["throttled_time"])
    return None


def _tcp(text: str) -> dict[str, int]:
    names, values = ([line.split()[1:] for line in text.splitlines() if line.startswith("Tcp:")] + [[], []])[:2]
    return {name: int(value) for name, value in zip(names, values, strict=False)}


def _drops(text: str) -> list[tuple[tuple[str, str], int]]:
    found = []
    for line in text.splitlines()[2:]:
        dev, _, rest = line.partition(":")
        columns = [int(word) for word in rest.split()]
        for direction, chosen in (("rx", _RX_DROPS), ("tx", _TX_DROPS)):
            found.append(((dev.strip(), direction), sum(columns[column] for column in chosen)))
    return found


@dataclass(frozen=True, slots=True)
class PodsReading:
    """Client and server at one moment, in the form that records are made from."""

    client: PodReading
    server: PodReading
    at_ns: int = field(default_factory=time.monotonic_ns)

    def counters(self, names: Sequence[str]) -> Counters:
        """`cpu` has the pods' control groups by side and `all` of them, where they can be read; nodes that are one machine count
        once."""
        sides = dict(zip(("client", "server"), (self.client, self.server), strict=True))
        groups = {side: one.group for side, one in sides.items() if one.group is not None}
        machines = list({one.boot: one for one in sides.values()}.values())
        cpu: dict[str, dict[str, float]] = {side: dict(group) for side, group in groups.items()}
        if len(groups) == len(sides):
            cpu["all"] = {mode: sum(group[mode] for group in groups.values()) for mode in MODES}
        cpu["nodes"] = {mode: sum(one.node.get(mode, 0.0) for one in machines) for mode in MODES}
        drops: dict[Key, int] = {}
        for name, one in zip(names, sides.values(), strict=True):
            drops.update({(name, dev, direction, INTERFACE): count for (dev, direction), count in one.drops.items()})
        throttled = [one.throttled_ns for one in sides.values() if one.throttled_ns is not None]
        return Counters(
            self.at_ns, cpu, sum(one.context_switches for one in machines), sum(one.backlog_drops for one in machines),
            sum(one.retransmissions for one in sides.values()), drops, throttled_ns=sum(throttled) if throttled else None,
        )  # fmt: skip


def read(client: PodNode, server: PodNode) -> PodsReading:
    """Both pods' counters, now."""
    return PodsReading(parse(client.texts(*FILES)), parse(server.texts(*FILES)))
