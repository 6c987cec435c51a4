"""What daemons use: CPU time and memory, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_UTIME, _STIME = 13, 14
"""Places in /proc/PID/stat, counted from 0 (proc(5))."""


@dataclass(frozen=True, slots=True)
class DaemonUsage:
    """A daemon's CPU time since its start, and its memory: the proportional set size, so that a program's text that several
    daemons share counts once."""

    namespace: str
    name: str
    pid: int
    cpu_ns: int
    memory_bytes: int


def read(processes: Mapping[tuple[str, str], int]) -> Iterable[DaemonUsage]:
    """The usage of processes by namespace and name; those that have ended are left out."""
    for (namespace, name), pid in processes.items():
        folder = Path("/proc", str(pid))
        try:
            fields = folder.joinpath("stat").read_text().rpartition(")")[2].split()
            rollup = folder.joinpath("smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks = int(fields[_UTIME - 2]) + int(fields[_STIME - 2])
        pss_kb = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        yield DaemonUsage(namespace, name, pid, ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK"), pss_kb * 1024)
