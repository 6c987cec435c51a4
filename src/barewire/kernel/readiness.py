"""Wait for file descriptors with poll(2): select(2) refuses those above 1,023, which large labs reach."""

from __future__ import annotations

import select
from collections.abc import Iterable
from typing import Protocol


class HasFileno(Protocol):
    """A socket, a pipe, a connection."""

    def fileno(self) -> int: ...


def wait_readable(files: Iterable[int | HasFileno], seconds: float | None = None) -> set[int]:
    """The descriptors that can be read or have ended, once there is one; empty after `seconds` (None waits forever)."""
    poll = select.poll()
    for file in files:
        poll.register(file, select.POLLIN)
    return {number for number, _ in poll.poll(None if seconds is None else round(seconds * 1000))}
