"""CPU quotas of this process's control groups, and the time for which they have throttled it.

A workload cannot see a quota: the kernel stops every process of the group for the rest of each period, and the network looks
slow. Limits hold for all groups above, so all of them are read, of either version (cpu.max and cpu.stat; cpu.cfs_quota_us).
Inside a container only the groups that the container can see are read; quotas above those stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from barewire.kernel.tuning.setting import Tree


@dataclass(frozen=True, slots=True)
class _Hierarchy:
    """One mounted hierarchy that has the CPU controller: `group` is this process's directory, at or below `top`."""

    version: int
    top: Path
    group: Path


def cpu_quota(tree: Tree | None = None) -> float | None:
    """The smallest quota, in CPUs (0.6 is 60 ms of each 100 ms); None without one."""
    tree = tree or Tree()
    quotas = [quota for level in _levels(tree) if (quota := _quota(tree, level)) is not None]
    return min(quotas, default=None)


def throttled_ns(tree: Tree | None = None) -> int | None:
    """Nanoseconds for which quotas have throttled processes of these groups so far; None without a quota."""
    tree = tree or Tree()
    stats = [_throttled(tree, level) for level in _levels(tree) if _quota(tree, level) is not None]
    return sum(stats) if stats else None


def _levels(tree: Tree) -> Iterator[Path]:
    for found in _hierarchies(tree):
        yield found.group
        yield from (parent for parent in found.group.parents if parent.is_relative_to(found.top))


def _hierarchies(tree: Tree) -> Iterator[_Hierarchy]:
    ours = {}
    for line in tree.text("/proc/self/cgroup").splitlines():
        number, controllers, group = line.split(":", 2)
        if "cpu" in controllers.split(",") or (number == "0" and not controllers):
            ours[1 if controllers else 2] = group
    for line in tree.text("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        inner, where = before.split()[3:5]
        kind, _, options = (*after.split(" ", 2), "", "")[:3]
        version = {"cgroup": 1, "cgroup2": 2}.get(kind, 0)
        if version not in ours or (version == 1 and "cpu" not in options.split(",")):
            continue
        top = Path(where)
        path = Path(ours[version])
        # In a cgroup namespace the path is already relative to what is mounted.
        below = path.relative_to(inner) if path.is_relative_to(inner) else Path(*path.parts[1:])
        yield _Hierarchy(version, top, top / below if tree.path_of(f"{top / below}").is_dir() else top)


def _quota(tree: Tree, group: Path) -> float | None:
    words = tree.text(f"{group}/cpu.max").split()
    if not words:
        words = [tree.text(f"{group}/cpu.cfs_quota_us"), tree.text(f"{group}/cpu.cfs_period_us")]
    if len(words) == 2 and words[0].isdecimal() and words[1].isdecimal() and int(words[1]):
        return int(words[0]) / int(words[1])
    return None


def _throttled(tree: Tree, group: Path) -> int:
    stats = dict(line.split() for line in tree.text(f"{group}/cpu.stat").splitlines() if len(line.split()) == 2)
    if "throttled_usec" in stats:
        return int(stats["throttled_usec"]) * 1000
    return int(stats.get("throttled_time", 0))
