"""What a machine holds, before and after: the question of every crash test is whether anything is left."""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

MARK = "BAREWIRE_TEST_MARK"
_SECONDS = 10.0


OF_MODULES = {"erspan0", "gre0", "gretap0", "ifb0", "ifb1", "ip6gre0", "ip6tnl0", "sit0", "tunl0"}
"""Links that a module of the kernel makes for itself in every namespace when it is loaded; they stay with it."""


@dataclass(frozen=True)
class Census:
    """Links, named namespaces, mounts, abstract sockets of labs whose names have this process' id, and files directly in
    /run. Abstract sockets are the machine's, so labs of another worker or another test run must not count."""

    links: frozenset[str]
    namespaces: frozenset[str]
    mounts: frozenset[str]
    sockets: frozenset[str]
    run: frozenset[str]

    @classmethod
    def take(cls) -> Census:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        unix = Path("/proc/net/unix").read_text().splitlines()
        mine = re.compile(rf"(?<!\d){os.getpid()}(?!\d)")
        return cls(
            frozenset(os.listdir("/sys/class/net")) - OF_MODULES,
            frozenset(os.listdir("/run/netns")) if Path("/run/netns").exists() else frozenset(),
            frozenset(line.split(" ", 2)[2] for line in mounts),
            frozenset(
                name for name in (line.split()[-1] for line in unix) if "@barewire" in name and mine.search(name)
            ),
            frozenset(os.listdir("/run")),
        )


def marked(mark: str) -> list[int]:
    """The processes, anywhere on this machine, that inherited `mark` from a test."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
    return found


def gone(mark: str) -> list[int]:
    """Wait until no process with `mark` is left; those that still are after a while."""
    deadline = time.monotonic() + _SECONDS
    while (left := marked(mark)) and (seconds := deadline - time.monotonic()) > 0:
        with ExitStack() as stack:
            ends = []
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    ends.append(os.pidfd_open(pid))
                    stack.callback(os.close, ends[-1])
            select.select(ends, [], [], seconds if len(ends) == len(left) else 0)
    return left


def ended(process: subprocess.Popen[str], seconds: float) -> bool:
    """Wait for a process' end, so long at most; whether it came."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, seconds))
    return process.returncode is not None
