"""Bulk throughput by iperf3: one or several TCP streams for a whole number of seconds.

iperf3 counts its time in whole seconds, so a load asked to last 0.4 s lasts 1 s. What the receiver got counts.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from barewire.errors import LoadError
from barewire.kernel import programs
from barewire.model.expectation import Target
from barewire.model.objects import IPAddress
from barewire.places.place import Command, Sandbox

_START_SECONDS = 10.0
_SLACK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What iperf3 measured; `seconds` as the receiver counted them."""

    streams: int
    bits_per_s: float
    seconds: float
    retransmissions: int

    def record(self) -> dict[str, Any]:
        """As a trial's load keeps it."""
        return {
            "streams": self.streams,
            "bits_per_s": self.bits_per_s,
            "seconds": self.seconds,
            "retransmissions": self.retransmissions,
        }


def whole_seconds(seconds: float) -> int:
    """The seconds that iperf3 will take for a load asked to last `seconds`."""
    return max(1, math.ceil(seconds - 1e-9))


@dataclass(frozen=True, slots=True)
class Server:
    """A running `iperf3 -s` that serves one test."""

    process: int
    sandbox: Sandbox


def start(sandbox: Sandbox, namespace: str, address: IPAddress, port: int, cpus: tuple[int, ...]) -> Server:
    """`iperf3 -s -1 -B ADDRESS -p PORT`."""
    path = programs.require(["iperf3"])["iperf3"].path
    argv = (str(path), "-s", "-1", "-B", str(address), "-p", str(port))
    process = sandbox.spawn(Command(namespace, argv, cpus, listens=port))
    sandbox.wait_listening(process, _START_SECONDS)
    return Server(process, sandbox)


def run(
    server: Server, namespace: str, target: Target, cpus: tuple[int, ...], streams: int, seconds: float, congestion: str
) -> BulkResult:
    """`iperf3 -c TARGET -P STREAMS -t SECONDS -J`, then wait for the server; LoadError with iperf3's own words."""
    sandbox = server.sandbox
    path = programs.require(["iperf3"])["iperf3"].path
    duration = whole_seconds(seconds)
    argv = (str(path), "-c", str(target.address), "-p", str(target.port), "-P", str(streams), "-t", str(duration),
            "-i", "0", "-C", congestion, "-J")  # fmt: skip
    client = sandbox.spawn(Command(namespace, argv, cpus))
    done = sandbox.wait(client, duration + _SLACK_SECONDS)
    try:
        document = json.loads(done.stdout)
    except ValueError as error:
        raise LoadError("iperf3 gave no result", where=namespace, said=" ".join(done.stderr.split())) from error
    if "error" in document or done.status != 0:
        raise LoadError("iperf3 failed", where=namespace, said=str(document.get("error", f"status {done.status}")))
    sandbox.wait(server.process, _SLACK_SECONDS)
    received, sent = document["end"]["sum_received"], document["end"]["sum_sent"]
    return BulkResult(
        streams, float(received["bits_per_second"]), float(received["seconds"]), int(sent.get("retransmits", 0))
    )
