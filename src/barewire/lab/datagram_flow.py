"""A steady flow of numbered datagrams between two pods, to see which are lost while the network changes.

Times are CLOCK_MONOTONIC of the machine that the lab is on. What is lost is known once the flow is stopped.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barewire.errors import LoadError
from barewire.lab.lab import Lab
from barewire.model.network import Pod
from barewire.testbeds.testbed import Command, Finished

RATE_PER_S = 1000
_PORT = 9000
_SECONDS = 20.0
_PROGRAM = Path(__file__).with_name("datagram_program.py")


@dataclass(frozen=True, slots=True)
class Delivery:
    """When each datagram was `sent`, in nanoseconds, and the numbers of those that were `lost`."""

    sent: tuple[int, ...]
    lost: tuple[int, ...]

    def lost_between(self, begin_ns: int, end_ns: int) -> tuple[int, ...]:
        """When the lost ones of a time were sent."""
        return tuple(self.sent[number] for number in self.lost if begin_ns <= self.sent[number] < end_ns)


class DatagramFlow:
    """Datagrams from one pod to another, from now until `stop`; over `sockets` flows in turn."""

    def __init__(self, lab: Lab, source: Pod, destination: Pod, sockets: int = 1) -> None:
        family = lab.topology.addresses.families[0]
        address = str(lab.network.pod_address(lab.topology, destination, family))
        self._here, self._there = lab.node(source), lab.node(destination)
        run = (sys.executable, "-I", str(_PROGRAM))
        self._receiver = self._there.spawn(
            Command(lab.namespace(destination), (*run, "receive", address, str(_PORT)), listens=_PORT, datagrams=True)
        )
        self._there.wait_listening(self._receiver, _SECONDS)
        command = (*run, "send", address, str(_PORT), str(RATE_PER_S), str(sockets))
        self._sender = self._here.spawn(Command(lab.namespace(source), command))

    def stop(self) -> Delivery:
        """End the flow. LoadError if an end of it has failed."""
        sent: tuple[int, ...] = tuple(_printed(self._here.stop(self._sender))["sent"])
        ranges: list[list[int]] = _printed(self._there.stop(self._receiver))["seen"]
        seen = {number for first, last in ranges for number in range(first, last + 1)}
        return Delivery(sent, tuple(number for number in range(len(sent)) if number not in seen))


def _printed(done: Finished) -> dict[str, Any]:
    if done.status != 0:
        raise LoadError("a flow of datagrams ended early", said=" ".join(done.stderr.split()))
    found: dict[str, Any] = json.loads(done.stdout)
    return found
