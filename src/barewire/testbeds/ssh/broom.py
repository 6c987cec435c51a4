"""The process that removes the study's folder from a machine when nothing of the study runs there any more.

It waits on a pipe that agent and guard hold open, and nobody else: the folder has the code that these two run, so it goes last.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal


def start_broom(folder: str) -> int:
    """Start it; the end of the pipe that its caller holds, and hands on to every process that needs the folder."""
    waits, holds = os.pipe()
    if os.fork() == 0:
        try:
            os.setsid()
            for one in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                signal.signal(one, signal.SIG_IGN)
            close_all_but({waits})
            os.read(waits, 1)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os._exit(0)
    os.close(waits)
    return holds


def close_all_but(kept: set[int]) -> None:
    """Close whatever else this process has inherited, the connection to the study among it."""
    for fd in sorted({int(name) for name in os.listdir("/proc/self/fd")} - kept):
        with contextlib.suppress(OSError):
            os.close(fd)
    for _ in range(3):  # the lowest numbers are free again
        os.open(os.devnull, os.O_RDWR)
