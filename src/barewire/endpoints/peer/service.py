"""What a peer does for one study: it starts and stops servers on its endpoints, counts, captures marked packets, looks around.

Every request is a typed message (`messages.py`) whose values are in bounds; what is not for this study's endpoints and ports is
refused. Servers are those of `workloads/servers`, started as in a lab. All of it ends with the study: `close`.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from contextlib import ExitStack

from barewire import __version__
from barewire.endpoints.machine import SharedMachine, shared
from barewire.endpoints.peer import answers, messages
from barewire.endpoints.peer.machine_facts import describe_peer
from barewire.errors import BarewireError, KernelError, LoadError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernel.machine import Machine, describe
from barewire.kernel.processors import Processors
from barewire.kernel.taps import Frame
from barewire.lab.frames import sealed
from barewire.lab.proof import is_marked
from barewire.testbeds.inside.one_sided import MarkedListener
from barewire.workloads.servers import server as servers
from barewire.workloads.servers.counts import ServeCounts
from barewire.workloads.servers.service import Service

MOST_SERVERS, MOST_FRAMES, MOST_FRAME_BYTES = 8, 512, 2048
_KINDS: tuple[type[BarewireError], ...] = (LoadError, PrerequisiteError, KernelError)

Examine = Callable[[tuple[int, ...], float], answers.Examined]
"""The pre-flight of this machine on some CPUs, for some seconds."""


class PeerService:
    """One study. `ports` are those that servers may have; `examine` is the pre-flight."""

    def __init__(self, ports: range, examine: Examine) -> None:
        self._ports, self._examine = ports, examine
        self._stack = ExitStack()
        self._machine: SharedMachine | None = None
        self._endpoints: dict[str, messages.Address] = {}
        self._running: dict[int, servers.Running] = {}
        self._count = 0
        self.idle_s = 10.0

    def close(self) -> None:
        """End every server and forget the study."""
        self._running.clear()
        self._stack.close()

    def answer(self, request: object) -> object:
        """Do what is asked; `Failed` where it cannot be done."""
        try:
            return self._do(request)
        except BarewireError as error:
            kind = next((one.__name__ for one in _KINDS if isinstance(error, one)), "LoadError")
            return answers.Failed("failed", kind, error.what, error.where, error.said, error.remedy)  # type: ignore[arg-type]

    def _do(self, request: object) -> object:
        match request:
            case messages.JoinStudy():
                return self._join(request)
            case messages.Examine():
                return self._examine(request.cpus, request.seconds)
            case messages.ReadCounters():
                return self._counters()
            case messages.Serve():
                return self._serve(request)
            case messages.Stop():
                return answers.Stopped("stopped", self._stop(request.number))
            case messages.Watch():
                listener = MarkedListener(
                    self._namespace(request.endpoint), self._endpoints[request.endpoint], self._port(request.port),
                    request.flows, request.token_bytes,
                )  # fmt: skip
                return answers.Watching("watching", self._shared.lab.listen(listener))
            case messages.Clear():
                for number in list(self._running):
                    with contextlib.suppress(BarewireError):
                        self._stop(number)
                return answers.Cleared("cleared")
            case messages.Collect():
                return self._collect()
        raise LoadError("the peer does not know this request")

    @property
    def _shared(self) -> SharedMachine:
        if self._machine is None:
            raise LoadError("nothing can be asked of a peer before a study has joined it")
        return self._machine

    def _join(self, request: messages.JoinStudy) -> answers.Joined:
        if request.version != __version__:
            raise PrerequisiteError(
                "the peer has another version of barewire", said=f"{__version__} there, {request.version} here",
                remedy="Install the same version on both machines",
            )  # fmt: skip
        if self._machine is not None:
            raise LoadError("this study has joined the peer already")
        self._machine = self._stack.enter_context(shared(request.endpoints))
        self._endpoints = dict(request.endpoints)
        self.idle_s = request.idle_s
        machine = describe()
        return answers.Joined(
            "joined",
            __version__,
            describe_peer(machine, self._machine.lab.privilege),
            machine.cpus,
            cores_of(machine),
            machine.processors.most_interrupted,
            tuple(name for name in ("nginx", "iperf3") if programs.located(name)),
            self._machine.lab.privilege == "root",
            {name: self._facts(name) for name in self._endpoints},
        )

    def _facts(self, name: str) -> answers.EndpointFacts:
        home = self._shared.homes.get(name)
        if home is None:
            return answers.EndpointFacts(
                f"{self._endpoints[name]} is no address of the peer",
                "Give an address that the peer has; of a pod, run barewire serve as root, which may enter its namespace",
            )
        link = home.link
        return answers.EndpointFacts("", "", link.name, link.kind, link.mtu) if link else answers.EndpointFacts()

    def _namespace(self, endpoint: str) -> str:
        home = self._shared.homes.get(endpoint)
        if home is None:
            raise LoadError(f"the peer does not serve on {endpoint}")
        return home.namespace

    def _port(self, port: int) -> int:
        if port not in self._ports:
            raise LoadError(
                f"the peer serves on the ports {self._ports.start} to {self._ports.stop - 1}, and {port} was asked for",
                remedy="Choose --port here or --ports there",
            )
        return port

    def _serve(self, request: messages.Serve) -> answers.Served:
        if len(self._running) >= MOST_SERVERS:
            raise LoadError(f"the peer runs {MOST_SERVERS} servers already")
        namespace = self._namespace(request.endpoint)
        services = [
            Service(one.kind, self._port(one.port), one.sizes, one.request_bytes, one.response_bytes, one.takes_bodies)
            for one in request.services
        ]
        address = self._endpoints[request.endpoint]
        node = self._shared.node
        running = servers.start(request.server, node, namespace, address, request.cpus, services)
        self._count += 1
        self._running[self._count] = running
        return answers.Served("served", self._count)

    def _stop(self, number: int) -> ServeCounts:
        if number not in self._running:
            raise LoadError(f"the peer runs no server {number}")
        return self._running.pop(number).stop()

    def _counters(self) -> answers.ReadingAnswer:
        seen = self._shared.counters()
        return answers.ReadingAnswer(
            "reading",
            seen.cpu,
            seen.context_switches,
            seen.backlog_drops,
            seen.retransmissions,
            tuple((*key, count) for key, count in seen.drops.items()),
            tuple((*key, count) for key, count in seen.kernel_drops.items()),
            seen.throttled_ns,
        )

    def _collect(self) -> answers.Collected:
        found = self._shared.lab.collect()
        links = self._shared.lab.links()
        kinds = {f"{where}/{link.name}": link.kind for where, some in links.items() for link in some}
        return answers.Collected(
            "collected", packed(found.frames), found.sockets, found.datagram_bytes, found.failed, kinds
        )


def cores_of(machine: Machine) -> tuple[tuple[int, ...], ...]:
    """The CPUs of each core."""
    known: Processors = machine.processors
    return tuple(sorted({tuple(sorted(known.same_core(cpu) | {cpu})) for cpu in machine.cpus}))


def packed(frames: tuple[Frame, ...]) -> tuple[answers.CapturedFrame, ...]:
    """Frames with a mark, and encrypted ones, of which nobody sees a mark; nothing else that crossed a tap leaves the machine."""
    kept = [one for one in frames if is_marked(one.data) or sealed(one.data)][:MOST_FRAMES]
    return tuple(
        answers.CapturedFrame(
            f"{one.namespace}/{one.dev}",
            one.direction,
            one.nanoseconds,
            base64.b64encode(one.data[:MOST_FRAME_BYTES]).decode(),
        )
        for one in kept
    )
