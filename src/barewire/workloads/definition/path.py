"""The path under test: what workloads need of a network that is there, no matter what made it.

RFC 2544 calls the thing that a benchmark loads the device under test; here it is a path: a client that the load generator runs
on, a server whose services it asks for, and the way between them. A lab (`lab_path.py`), the addresses of a peer and two pods of
a cluster are paths. A workload sees no difference, so its figures mean the same on all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from barewire.records import MachineRecord

if TYPE_CHECKING:
    # They bring the kernel's interfaces, which a report has no use for.
    from barewire.kernel.counters import Counters
    from barewire.lab.pinning import Pinning
    from barewire.model.expectation import Target
    from barewire.testbeds.testbed import ProgramNode
    from barewire.workloads.servers.counts import ServeCounts
    from barewire.workloads.servers.service import Service


@dataclass(frozen=True, slots=True)
class PathClient:
    """Where the load generator runs: a node by its operations, and the namespace that a `Command` names there."""

    node: ProgramNode
    namespace: str


class Serving(Protocol):
    """Servers that were started."""

    def stop(self) -> ServeCounts:
        """End them; what barewire-serve counted, which is nothing where it did not serve. LoadError if one had already ended:
        what was measured against it is invalid."""
        ...


class PathUnderTest(Protocol):
    """A client, a server, and the way between them. Every method raises BarewireError with the words of what failed."""

    @property
    def name(self) -> str:
        """What the study calls it: a network, an endpoint."""
        ...

    @property
    def server(self) -> str:
        """Where the server is, for messages."""
        ...

    @property
    def congestion(self) -> str:
        """The congestion control of the client's sockets."""
        ...

    @property
    def client(self) -> PathClient: ...

    def target(self, port: int) -> Target:
        """What the client connects to, to reach `port` of the server."""
        ...

    def serve(self, server: str, services: Sequence[Service], cpus: tuple[int, ...]) -> Serving:
        """Serve `services`, pinned to `cpus` of the server's machine: HTTP by `server` (`nginx` or `serve`), the rest by what
        serves it. Returns when all are served. Values alone are given, never a command, so that the server may be far away."""
        ...

    def counters(self) -> Counters:
        """Of all machines of the path, as they are now."""
        ...

    def usage(self, before: Counters, after: Counters, pinning: Pinning) -> MachineRecord:
        """What the machines did between two readings; `cpu` has `all` of them, the CPUs of the `server` and of the `client`."""
        ...

    def without_offloads(self) -> None:
        """Switch segmentation, checksum and receive offloads of the path off for the rest of its life; LoadError where nobody
        may."""
        ...
