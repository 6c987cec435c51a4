"""The network namespaces of a running lab from outside: the path of each, and the processes that are in it.

No process belongs to a namespace: one can be empty. Its path goes through the root of the lab's first process, so that
`nsenter --net=PATH` works as long as the lab is up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from barewire.kernel.namespaces import BOUND

_PROBES = "probe"


@dataclass(frozen=True, slots=True)
class ResidentNamespace:
    """A network namespace: the `netns` to enter it by, and the `pids` of the processes in it, by this machine's numbers."""

    name: str
    netns: str
    pids: tuple[int, ...]


def residents(init: int) -> tuple[ResidentNamespace, ...]:
    """The namespaces of the lab whose first process is `init`, also those that programs have added; none once it has ended."""
    folder = Path(f"/proc/{init}/root", *BOUND.parts[1:])
    try:
        paths = {name: folder / name for name in sorted(os.listdir(folder)) if not name.startswith(_PROBES)}
        inodes = {name: path.stat().st_ino for name, path in paths.items()}
    except OSError:
        return ()
    processes = list(_processes())
    return tuple(
        ResidentNamespace(name, str(path), tuple(pid for pid, inode in processes if inode == inodes[name]))
        for name, path in paths.items()
    )


def _processes() -> Iterator[tuple[int, int]]:
    """The pid of each process that we may look at, and the inode of its network namespace."""
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                yield int(entry), Path("/proc", entry, "ns/net").stat().st_ino
            except OSError:
                continue
