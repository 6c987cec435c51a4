"""What daemons use: CPU time and memory, from /proc."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DaemonUsage:
    """A daemon's CPU time since its start, by the scheduler's own count, and its memory: the proportional set size, so that a
    program's text that several daemons share counts once."""

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
            running_ns = int(folder.joinpath("schedstat").read_text().split()[0])
            rollup = folder.joinpath("smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pss_kb = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        yield DaemonUsage(namespace, name, pid, running_ns, pss_kb * 1024)
