"""Names shared by both ends of the port to a guest."""

from __future__ import annotations

from dataclasses import dataclass

NAME = "barewire.lab"
"""The virtio-serial port of requests and answers."""

HELLO = "ready"


@dataclass(frozen=True, slots=True)
class Ended:
    """A lab is over; `status` is how its holder ended, 0 when it was asked to."""

    status: int
