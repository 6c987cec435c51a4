"""The path to an endpoint of a peer: the generator runs here, the servers there.

Counters of the two machines are added up, each against its own earlier ones. The CPUs of the peer are `peer/N` among them, its
interfaces `peer/...`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from barewire.endpoints.machine import SharedMachine
from barewire.endpoints.peer import answers, messages
from barewire.endpoints.peer.connection import PeerConnection
from barewire.errors import LoadError
from barewire.kernel.counters import Counters
from barewire.lab import usage
from barewire.lab.pinning import Pinning
from barewire.model.expectation import Target
from barewire.model.objects import IPAddress
from barewire.records import MachineRecord
from barewire.workloads.definition.path import PathClient
from barewire.workloads.servers.counts import ServeCounts
from barewire.workloads.servers.service import Service

PEER = "peer"
_ALL = "all"


@dataclass(frozen=True, slots=True)
class PeerServing:
    """Servers at the peer."""

    connection: PeerConnection
    number: int

    def stop(self) -> ServeCounts:
        return self.connection.ask(messages.Stop("stop", self.number), answers.Stopped).counts


@dataclass(frozen=True, slots=True)
class PeerPath:
    """See `PathUnderTest` for the operations; `name` is the endpoint's, `netns` the network of the client on `here`."""

    name: str
    address: IPAddress
    congestion: str
    here: SharedMachine
    netns: str
    connection: PeerConnection

    @property
    def server(self) -> str:
        return f"{self.name}, {self.address}"

    @property
    def client(self) -> PathClient:
        return PathClient(self.here.node, self.netns)

    def target(self, port: int) -> Target:
        return Target(self.address, port)

    def serve(self, server: str, services: Sequence[Service], cpus: tuple[int, ...]) -> PeerServing:
        asked = tuple(map(_asked, services))
        wanted = messages.Serve("serve", self.name, server, asked, cpus)  # type: ignore[arg-type] # the peer checks the name
        return PeerServing(self.connection, self.connection.ask(wanted, answers.Served).number)

    def counters(self) -> Counters:
        there = self.connection.ask(messages.ReadCounters("counters"), answers.ReadingAnswer)
        return joined(self.here.counters(), there)

    def usage(self, before: Counters, after: Counters, pinning: Pinning) -> MachineRecord:
        whole = usage.difference(before, after, replace(pinning, server=()))
        cpus = [f"{PEER}/{cpu}" for cpu in pinning.server] or [f"{PEER}/{_ALL}"]
        return replace(whole, cpu={**whole.cpu, "server": usage.cpu_between(before, after, cpus)})

    def without_offloads(self) -> None:
        raise LoadError(
            "the offloads of an address that exists already are not switched off", where=self.name,
            remedy="They are part of the machines as they are: ethtool -K shows and sets them",
        )  # fmt: skip


def joined(here: Counters, there: answers.ReadingAnswer) -> Counters:
    """The counters of both machines; the time and the interrupts are those of here."""
    theirs = {f"{PEER}/{name}": modes for name, modes in there.cpu.items()}
    throttled = [one for one in (here.throttled_ns, there.throttled_ns) if one is not None]
    return replace(
        here,
        cpu={**here.cpu, **theirs, _ALL: _sum(here.cpu[_ALL], there.cpu[_ALL])},
        context_switches=here.context_switches + there.context_switches,
        backlog_drops=here.backlog_drops + there.backlog_drops,
        retransmissions=here.retransmissions + there.retransmissions,
        drops={
            **here.drops,
            **{(f"{PEER}/{where}", dev, direction, why): n for where, dev, direction, why, n in there.drops},
        },
        kernel_drops={
            **here.kernel_drops,
            **{(f"{PEER}/{where}".rstrip("/"), counter): n for where, counter, n in there.kernel_drops},
        },
        throttled_ns=sum(throttled) if throttled else None,
    )


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {mode: seconds + other.get(mode, 0.0) for mode, seconds in one.items()}


def _asked(service: Service) -> messages.AskedService:
    return messages.AskedService(
        service.kind,  # type: ignore[arg-type] # the peer checks the kind
        service.port,
        service.sizes,
        service.request_bytes,
        service.response_bytes,
        service.takes_bodies,
    )
