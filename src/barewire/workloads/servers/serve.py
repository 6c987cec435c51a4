"""barewire-serve as the server under test: HTTP, TCP, UDP and a sink at minimal cost, with its counters at the end.

With nginx a network's overhead is that of users of a web server. With this one it is closer to the cost of the network itself,
because the server's time, the same for host and candidate, hides less of it. Limit: a thread for each CPU shares each port with
the others by the kernel's hash of addresses and ports, so that few connections may fall on few threads.
"""

from __future__ import annotations

from collections.abc import Sequence

from barewire.errors import LoadError
from barewire.kernel import programs
from barewire.model.objects import IPAddress
from barewire.records import why
from barewire.testbeds.testbed import Command, ProgramNode
from barewire.workloads.servers import counts
from barewire.workloads.servers.counts import ServeCounts
from barewire.workloads.servers.service import Service

PROGRAM = "barewire-serve"
_START_SECONDS = 10.0


def program() -> str:
    """The path of the server: `$BAREWIRE_SERVE`, or the one that was built with this package."""
    return programs.built(PROGRAM)


def start(
    node: ProgramNode, namespace: str, address: IPAddress, cpus: tuple[int, ...], services: Sequence[Service]
) -> int:
    """Start it in `namespace` and wait until it serves all of `services`; the process's number."""
    # All sockets have their addresses before the first one listens, and they listen in the order of the command line.
    streams = [service for service in services if service.stream]
    last = (streams or list(services))[-1]
    command = Command(namespace, argv(PROGRAM, address, cpus, services), cpus, listens=last.port, datagrams=not streams)
    process = node.spawn(command)
    node.wait_listening(process, _START_SECONDS)
    return process


def stop(node: ProgramNode, process: int) -> ServeCounts:
    """Stop the server and return its counters. LoadError if it had already ended, or its output is no document."""
    done = node.stop(process)
    if done.status != 0:
        said = " ".join(done.stderr.split()) or f"status {done.status}"
        raise LoadError("the server ended before it was stopped", said=said)
    try:
        return counts.parse(done.stdout)
    except ValueError as error:
        raise LoadError(
            "the server's counters are incomplete", said=why(error),
            remedy="Its version must be that of barewire: build both again (scripts/setup)",
        ) from error  # fmt: skip


def argv(path: str, address: IPAddress, cpus: tuple[int, ...], services: Sequence[Service]) -> tuple[str, ...]:
    """The command line of the server."""
    pinned = (f"--cpus={','.join(map(str, cpus))}",) if cpus else ()
    return (path, f"--bind={address}", *pinned, *(f"--{service.kind}={service.words()}" for service in services))
