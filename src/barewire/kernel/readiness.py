"""Wait for file descriptors with poll(2): select(2) refuses those above 1,023, which large labs reach."""

from __future__ import annotations

import select
from collections.abc import Iterable
from typing import Protocol


class HasFileno(Protocol):
    """A socket, a pipe, a connection."""

    def fileno(self) -> int: ...


def wait_readable(files: Iterable[int | HasFileno], seconds: float | None = None) -> set[int]:
    """Wait until a descriptor can be read or has ended, and return all such; empty after a timeout of `seconds` (None: no
    timeout)."""
    poll = select.poll()
    for file in files:
        poll.register(file, select.POLLIN)
    return {number for number, _ in poll.poll(None if seconds is None else round(seconds * 1000))}
