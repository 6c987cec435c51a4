"""A way between two pods of a cluster as a path under test. The pods are there; servers and generators are new for each trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from barewire.errors import PlanError
from barewire.kernel.counters import MODES, Counters
from barewire.lab import usage
from barewire.lab.pinning import Pinning
from barewire.model.expectation import Target
from barewire.model.objects import IPAddress
from barewire.records import Built, EnvironmentRecord, MachineRecord, ProofRecord
from barewire.testbeds.kubernetes import counters
from barewire.testbeds.kubernetes.node import PodNode
from barewire.workloads.definition.path import PathClient
from barewire.workloads.servers import server as servers
from barewire.workloads.servers.service import Service

SERVERS = ("serve",)
"""Of a plan's servers those that run in any image."""

_NOT_IDLE = ("user", "system", "steal")


@dataclass(frozen=True, slots=True)
class PodPath:
    """See `CandidatePath` for the operations. `ports` gives the port to connect to for one that is served, where they differ."""

    name: str
    client_node: PodNode
    server_node: PodNode
    address: IPAddress
    """What the client connects to."""
    listen: IPAddress
    """What the server listens on."""
    ports: Mapping[int, int]
    described: Callable[[], EnvironmentRecord]
    observed: ProofRecord

    @property
    def server(self) -> str:
        return f"pod {self.server_node.name} on node {self.server_node.host}"

    @property
    def congestion(self) -> str:
        """The pods' own: another one may not be allowed to them."""
        return ""

    @property
    def client(self) -> PathClient:
        return PathClient(self.client_node, self.client_node.name)

    def target(self, port: int) -> Target:
        return Target(self.address, self.ports.get(port, port))

    def serve(self, server: str, services: Sequence[Service], cpus: tuple[int, ...]) -> servers.Running:
        if server not in SERVERS:
            raise PlanError(
                f"{server} cannot serve in a pod", said="any image may be the pod's", remedy="Use --server serve"
            )
        return servers.start(server, self.server_node, self.server_node.name, self.listen, cpus, services)

    def counters(self) -> Counters:
        reading = counters.read(self.client_node, self.server_node)
        return reading.counters([self.client_node.name, self.server_node.name])

    def usage(self, before: Counters, after: Counters, pinning: Pinning) -> MachineRecord:
        """`cpu` has what the control groups of both pods used, each within the time of its node's CPUs; nothing where they
        cannot be read."""
        first, last = (replace(one, cpu={"all": one.cpu["nodes"]}) for one in (before, after))
        record = usage.difference(first, last, Pinning((), (), pinning.timing))
        node = record.cpu["all"]
        cpu: dict[str, dict[str, float]] = {
            side: {mode: round(after.cpu[side][mode] - before.cpu[side][mode], 6) for mode in MODES}
            for side in ("all", "server", "client")
            if side in after.cpu and side in before.cpu
        }
        if "all" in cpu:
            # Of all the nodes' time the rest is not the study's, so that shares of it are of the whole.
            used = {**cpu["all"], "steal": node["steal"]}
            cpu["all"] = {**used, "idle": max(0.0, sum(node.values()) - sum(used[mode] for mode in _NOT_IDLE))}
        return replace(record, cpu=cpu)

    def without_offloads(self) -> None:
        raise PlanError("offloads of a cluster's links cannot be switched off", remedy="Measure without them in a lab")

    def verify(self) -> ProofRecord:
        """What was observed when the study began: nothing can be expected of a network that others made."""
        return self.observed

    def setup(self) -> Built | None:
        return None

    def environment(self) -> EnvironmentRecord:
        return self.described()


def address_of(addresses: Sequence[str], family: int) -> IPAddress | None:
    """The first address of an IP version."""
    return next((one for one in map(ip_address, addresses) if one.version == family), None)
