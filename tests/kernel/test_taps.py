"""Packet sockets of a proof: the kernel stamps what they capture, also for a process with real-time priority."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CAPTURE = """
import contextlib, os, sys
from barewire.kernel.taps import tapped

class Here:
    def enter(self, name):
        return contextlib.nullcontext()

os.sched_setaffinity(0, {int(sys.argv[1])})
try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
except PermissionError as error:
    sys.exit(f"refused: {error}")
with tapped(Here(), ["here"]) as taps:
    print(len(taps))
"""


@pytest.mark.kernel
def test_taps_are_stamped_at_real_time_priority() -> None:
    """The kernel starts to stamp from a work queue of this CPU, which a process that spins never lets run."""
    cpu = max(os.sched_getaffinity(0))
    inside = 'ip link set lo up && exec "$@"'
    command = ["unshare", "-n", "sh", "-c", inside, "sh", sys.executable, "-c", CAPTURE, str(cpu)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if "refused:" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"real-time priority and a network namespace need root: {done.stderr.strip()}")
    assert (done.stdout, done.stderr) == ("1\n", "")
