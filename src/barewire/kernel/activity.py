"""Other activity of this machine: which processes use which CPU during some seconds, and what slows its CPUs down.

Two readings of /proc and /sys with a pause between them. This process sleeps meanwhile, so all CPU time belongs to others.
Processes of another PID namespace have no entry in /proc: they are seen in a CPU's time, without a name. Limit: a process is
counted for the CPU that it was last on, so one that moves between CPUs is named on one of them only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from barewire.kernel.tuning.setting import Tree

_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME, _START, _PROCESSOR = 11, 12, 19, 36
"""Fields of /proc/PID/stat after the name, from 0 (proc(5) numbers them 14, 15, 22 and 39)."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that used a CPU: the share of one CPU's time, and the CPU that it was last on."""

    pid: int
    name: str
    cpu: int
    share: float


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened in `seconds`. Shares are of one CPU's time, by CPU; what the kernel does not show is empty, 0 or None."""

    seconds: float
    busy: Mapping[int, float]
    steal: Mapping[int, float]
    processes: tuple[Process, ...] = ()
    load_average: float = 0.0
    clocksource: str = ""
    throttled: int = 0
    """How often CPUs slowed down because of heat."""

    slowest_limit: float | None = None
    """The lowest frequency limit in force, as a share of the CPU's own maximum."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters at one moment: ticks by CPU and mode; by PID and start time, because PIDs are used again, name, ticks and CPU."""

    nanoseconds: int
    cpus: Mapping[int, Mapping[str, int]]
    processes: Mapping[tuple[int, int], tuple[str, int, int]]
    throttled: int


def observe(cpus: Collection[int], seconds: float, tree: Tree | None = None) -> Activity:
    """Watch `cpus` for some seconds; `tree` holds the machine's /proc and /sys."""
    before = read(tree)
    time.sleep(seconds)
    return between(before, read(tree), cpus, tree)


def read(tree: Tree | None = None) -> Reading:
    """The counters now."""
    tree = tree or Tree()
    return Reading(time.monotonic_ns(), _cpu_times(tree), _processes(tree), _throttle_count(tree))


def between(before: Reading, after: Reading, cpus: Collection[int], tree: Tree | None = None) -> Activity:
    """What happened on `cpus` from one reading to the next."""
    tree = tree or Tree()
    busy, steal = {}, {}
    for cpu in sorted(cpus):
        if cpu not in before.cpus or cpu not in after.cpus:
            continue
        spent = {mode: after.cpus[cpu][mode] - before.cpus[cpu][mode] for mode in _FIELDS}
        whole = sum(spent.values()) or 1
        steal[cpu] = max(0, spent["steal"]) / whole
        busy[cpu] = max(0, whole - spent["idle"] - spent["iowait"] - spent["steal"]) / whole
    seconds = (after.nanoseconds - before.nanoseconds) / 1e9
    return Activity(
        seconds, busy, steal, _users(before, after, cpus, seconds),
        load_average=_load_average(tree),
        clocksource=tree.text("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        throttled=after.throttled - before.throttled,
        slowest_limit=_slowest_limit(tree, cpus),
    )  # fmt: skip


def _users(before: Reading, after: Reading, cpus: Collection[int], seconds: float) -> tuple[Process, ...]:
    """The processes on `cpus` that used any time, most first; ours is left out."""
    found = []
    for (pid, start), (name, ticks, cpu) in after.processes.items():
        earlier = before.processes.get((pid, start))
        used = ticks - (earlier[1] if earlier else 0)
        if cpu in cpus and used > 0 and pid != os.getpid():
            found.append(Process(pid, name, cpu, used / _TICKS_PER_S / seconds if seconds else 0.0))
    return tuple(sorted(found, key=lambda one: (-one.share, one.pid)))


def _cpu_times(tree: Tree) -> dict[int, dict[str, int]]:
    times = {}
    for line in tree.text("/proc/stat").splitlines():
        name, *values = line.split()
        if name.startswith("cpu") and name[3:].isdecimal():
            numbers = [int(value) for value in values[: len(_FIELDS)]]
            times[int(name[3:])] = dict(zip(_FIELDS, numbers + [0] * (len(_FIELDS) - len(numbers)), strict=True))
    return times


def _processes(tree: Tree) -> dict[tuple[int, int], tuple[str, int, int]]:
    """Name, ticks and last CPU by PID and start time."""
    found = {}
    for entry in tree.path_of("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        line = tree.text(f"/proc/{entry.name}/stat")
        # The name may hold anything, spaces and parentheses too.
        name, _, rest = line.partition("(")[2].rpartition(")")
        fields = rest.split()
        if len(fields) > _PROCESSOR:
            ticks = int(fields[_UTIME]) + int(fields[_STIME])
            found[int(entry.name), int(fields[_START])] = (name, ticks, int(fields[_PROCESSOR]))
    return found


def _load_average(tree: Tree) -> float:
    words = tree.text("/proc/loadavg").split()
    return float(words[0]) if words else 0.0


def _throttle_count(tree: Tree) -> int:
    files = tree.glob("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count")
    return sum(int(text) for file in files if (text := tree.text(file)).isdecimal())


def _slowest_limit(tree: Tree, cpus: Collection[int]) -> float | None:
    shares = []
    for cpu in cpus:
        folder = f"/sys/devices/system/cpu/cpu{cpu}/cpufreq"
        now, most = tree.text(f"{folder}/scaling_max_freq"), tree.text(f"{folder}/cpuinfo_max_freq")
        if now.isdecimal() and most.isdecimal() and int(most):
            shares.append(int(now) / int(most))
    return min(shares, default=None)
