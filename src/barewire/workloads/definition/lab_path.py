"""A lab as a path under test: from the first pod of its first node to a pod of another node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barewire.kernel.counters import Counters
from barewire.lab import usage
from barewire.lab.lab import Lab
from barewire.lab.pinning import Pinning
from barewire.model.expectation import Target
from barewire.records import MachineRecord
from barewire.workloads.definition.path import PathClient
from barewire.workloads.servers import server as servers
from barewire.workloads.servers.service import Service


@dataclass(frozen=True, slots=True)
class LabPath:
    """See `PathUnderTest` for the operations. `family` is the IP version of the workloads, the lab's first one if 0."""

    lab: Lab
    family: int = 0

    @property
    def name(self) -> str:
        return self.lab.network.name

    @property
    def server(self) -> str:
        """The server's namespace."""
        return self.lab.namespace(self.lab.topology.ends[1])

    @property
    def congestion(self) -> str:
        return self.lab.congestion

    @property
    def client(self) -> PathClient:
        pod = self.lab.topology.ends[0]
        return PathClient(self.lab.node(pod), self.lab.namespace(pod))

    @property
    def _family(self) -> int:
        return self.family or self.lab.topology.addresses.families[0]

    def target(self, port: int) -> Target:
        topology = self.lab.topology
        return self.lab.network.target(topology, topology.ends[1], port, self._family)

    def serve(self, server: str, services: Sequence[Service], cpus: tuple[int, ...]) -> servers.Running:
        """In the server pod, on its own address."""
        topology = self.lab.topology
        pod = topology.ends[1]
        address = self.lab.network.pod_address(topology, pod, self._family)
        return servers.start(server, self.lab.node(pod), self.lab.namespace(pod), address, cpus, services)

    def counters(self) -> Counters:
        return self.lab.nodes.counters()

    def usage(self, before: Counters, after: Counters, pinning: Pinning) -> MachineRecord:
        return usage.difference(before, after, pinning, f"n{self.lab.topology.ends[1].node}")

    def without_offloads(self) -> None:
        self.lab.without_offloads()
