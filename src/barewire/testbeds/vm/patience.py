"""The timeout of a guest's response, after which it counts as hung.

By the counted clock a guest has no time of its own to be late in, and on a busy machine a good one may take minutes. What it may
use is CPU time: every request but a load takes seconds of it, and a load some 20 s for each virtual second. A guest that spins or
that waits for what never comes uses its QEMU's CPU up (an idle one jumps from timer to timer); a QEMU that stands still
uses none at all. By the wall clock the limit is in seconds of the wall.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from barewire.testbeds.vm.qemu import Clock

REQUEST_CPU_SECONDS = 120.0
"""Of a counted guest for a request; a boot takes some 20."""

LOAD_CPU_SECONDS = 40.0
"""Of a counted guest for each virtual second of a load, beside the former."""

STILL_SECONDS = 60.0
"""Of the wall without any CPU time used, by the counted clock."""

REQUEST_SECONDS = 300.0
"""Of the wall, by the wall clock, for a request; a load's own length comes on top."""

_LOOK_SECONDS = 1.0


def cpu_seconds(pid: int) -> float:
    """What a process has used so far (proc_pid_stat(5): utime and stime); 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait(connection: Connection, used: Callable[[], float], clock: Clock, load_seconds: float) -> str:
    """Wait for the response to a request with a load of `load_seconds`; returns why the wait failed, or an empty text.

    `used` is the CPU time of the guest's QEMU.
    """
    began = seen = time.monotonic()
    first = last = used()
    while not connection.poll(_LOOK_SECONDS):
        now, spent = time.monotonic(), used()
        if clock == "wall":
            if now - began > REQUEST_SECONDS + load_seconds:
                return f"nothing within {REQUEST_SECONDS + load_seconds:.0f} s"
            continue
        if spent > last:
            last, seen = spent, now
        if now - seen > STILL_SECONDS:
            return f"QEMU used no CPU time for {STILL_SECONDS:.0f} s"
        limit = REQUEST_CPU_SECONDS + LOAD_CPU_SECONDS * load_seconds
        if spent - first > limit:
            return f"nothing after {limit:.0f} s of CPU"
    return ""
