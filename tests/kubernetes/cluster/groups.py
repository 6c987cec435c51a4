"""The control groups of a test cluster's nodes, of either version."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
_V1 = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd")


def make(top: str, group: str) -> None:
    """The group of a node, below that of its cluster, with every controller."""
    if (GROUPS / "cgroup.controllers").exists():
        (GROUPS / group).mkdir(parents=True)
        for folder in (GROUPS, GROUPS / top, GROUPS / group):
            for name in (folder / "cgroup.controllers").read_text().split():
                (folder / "cgroup.subtree_control").write_text(f"+{name}")
        return
    for controller in _V1:
        (GROUPS / controller / group).mkdir(parents=True)
    for part in (top, group):
        for name in ("cpus", "mems"):
            (GROUPS / f"cpuset/{part}/cpuset.{name}").write_text((GROUPS / f"cpuset/cpuset.{name}").read_text())


def part(top: str, names: Sequence[str], cpus: Sequence[int]) -> None:
    """Give each node its CPU: kubelet wants all for the group that it makes first; groups of pods are then as their parent."""
    for name, own in zip(names, cpus, strict=False):
        group = f"{top}/{name}"
        base = GROUPS / "cpuset" / group if (GROUPS / "cpuset").exists() else GROUPS / group
        for folder, _, _ in os.walk(base, topdown=False):
            (Path(folder) / "cpuset.cpus").write_text(str(own))


def remove(mark: str) -> bool:
    """Remove all groups of a cluster that are empty; whether none is left."""
    for base in (GROUPS, *(GROUPS / name for name in (*_V1, "unified"))):
        for top in (base / mark, base / "k8s.io"):
            for folder, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()
    return not any(one.exists() for one in (GROUPS / mark, *(GROUPS / name / mark for name in _V1)))


def marks(beginning: str) -> set[str]:
    """The names of top groups that begin so."""
    return {one.name for base in (GROUPS, *(GROUPS / name for name in _V1)) for one in base.glob(f"{beginning}*")}
