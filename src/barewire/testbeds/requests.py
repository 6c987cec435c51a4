"""The outside of a lab whose nodes are network namespaces: each operation is a request to the lab's first process.

Requests are (method, arguments) and answers (value, error), pickled over a connection: both ends are the same program of
the same version. The code that opens a lab (a socket pair to a process of this machine, a port of a VM) gives the connection
and says what it means when the other end is gone; the operations are the same everywhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from barewire.errors import BarewireError, KernelError, MeasurementError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernel.counters import Counters
from barewire.kernel.daemon_usage import DaemonUsage
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.kernel.machine import Machine
from barewire.model.objects import DesiredState, LearnedRoute
from barewire.model.observed import ObservedLink
from barewire.model.reported import Convergence
from barewire.model.settings import Sysctl
from barewire.testbeds.inside.init import Inside
from barewire.testbeds.inside.one_sided import MarkedCalls, MarkedListener, OneSided
from barewire.testbeds.testbed import Command, Exchange, Finished, Seen

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


class LabLine(Protocol):
    """What a lab is asked over: a `Connection`, or a part of one that carries more."""

    def send(self, request: Any, /) -> None: ...
    def poll(self, seconds: float | None, /) -> bool: ...
    def recv(self) -> Any: ...
    def close(self) -> None: ...


class LabNamespaces(ABC):
    """Nodes that are network namespaces of one kernel, at the other end of `_connection`."""

    _connection: LabLine
    _machine: Callable[[], Machine]

    @abstractmethod
    def _lost(self) -> MeasurementError:
        """The error for a connection whose other end is gone."""

    def node(self, namespace: str) -> NamespaceNode:
        """The node that `namespace` is on: the part of its name before the first dash."""
        return NamespaceNode(namespace.partition("-")[0], self)

    def apply(self, desired: DesiredState) -> Applied:
        return self._ask(Inside.apply, desired)

    def await_daemons(self, seconds: float) -> Convergence:
        return self._ask(Inside.await_daemons, seconds)

    def await_learned(self, wanted: Mapping[str, Sequence[LearnedRoute]], seconds: float) -> dict[str, int]:
        return self._ask(Inside.await_learned, {name: tuple(routes) for name, routes in wanted.items()}, seconds)

    def daemon_usage(self) -> tuple[DaemonUsage, ...]:
        return self._ask(Inside.daemon_usage)

    def kill_daemons(self, namespace: str) -> None:
        self._ask(Inside.kill_daemons, namespace)

    def probe(self, names: Iterable[str]) -> dict[str, Feature]:
        return self._ask(Inside.probe, tuple(names))

    def exchange(self, wanted: Sequence[Exchange]) -> tuple[Seen, ...]:
        return self._ask(Inside.exchange, tuple(wanted))

    def counters(self, node: str = "") -> Counters:
        """Those of one node's namespaces, or of all."""
        return self._ask(Inside.counters, node)

    def machine(self) -> Machine:
        return self._machine()

    def program(self, name: str, folders: str = "") -> str:
        """Where a program is: all namespaces see the root of the study's machine, a guest's too."""
        return programs.resolve_in(name, folders) if folders else programs.resolve(name)

    def links(self) -> dict[str, tuple[ObservedLink, ...]]:
        return self._ask(Inside.links)

    def keep_settings(self, wanted: Sequence[Sysctl]) -> None:
        self._ask(Inside.keep_settings, tuple(wanted))

    def offloads(self, namespace: str, dev: str) -> dict[str, bool]:
        return self._ask(Inside.offloads, namespace, dev)

    def without_offloads(self, namespace: str, dev: str) -> None:
        return self._ask(Inside.without_offloads, namespace, dev)

    def sysctl(self, namespace: str, key: str) -> str:
        return self._ask(Inside.sysctl, namespace, key)

    def inherited(self, namespace: str) -> dict[str, str]:
        return self._ask(Inside.inherited, namespace)

    def listen(self, wanted: MarkedListener) -> bool:
        """See `Inside.listen`; so are the three others, for the one end of an exchange whose other end is on another machine."""
        return self._ask(Inside.listen, wanted)

    def collect(self) -> OneSided:
        return self._ask(Inside.collect)

    def call(self, wanted: MarkedCalls) -> bool:
        return self._ask(Inside.call, wanted)

    def hear(self) -> OneSided:
        return self._ask(Inside.hear)

    def write_file(self, name: str, content: bytes) -> str:
        return self._ask(Inside.write_file, name, content)

    def spawn(self, command: Command) -> int:
        return self._ask(Inside.spawn, replace(command, argv=(self.program(command.argv[0]), *command.argv[1:])))

    def wait_listening(self, process: int, seconds: float) -> None:
        self._ask(Inside.wait_listening, process, seconds)

    def wait(self, process: int, seconds: float) -> Finished:
        return self._ask(Inside.wait, process, seconds)

    def stop(self, process: int) -> Finished:
        return self._ask(Inside.stop, process)

    def _ask(
        self,
        operation: Callable[Concatenate[Inside, _Arguments], _Answer],
        *args: _Arguments.args,
        **_: _Arguments.kwargs,
    ) -> _Answer:
        """Do `operation` inside; keywords are not sent."""
        return cast("_Answer", self._request(operation.__name__, args, None))

    def _request(self, method: str, arguments: tuple[Any, ...], seconds: float | None) -> Any:
        try:
            self._connection.send((method, arguments))
        except (BrokenPipeError, ConnectionResetError, OSError) as error:
            raise self._lost() from error
        return self._receive(seconds)

    def _receive(self, seconds: float | None) -> Any:
        try:
            if not self._connection.poll(seconds):
                raise PrerequisiteError("the lab did not start", said=f"no answer within {seconds} s")
            value, error = self._connection.recv()
        except (EOFError, ConnectionResetError, OSError) as lost:
            raise self._lost() from lost
        if error is not None:
            assert isinstance(error, BarewireError)
            raise error
        return value


@dataclass(frozen=True, slots=True)
class NamespaceNode:
    """A node of `LabNamespaces`: the namespace `name`, and those of its pods, `name-...`. See `testbeds.testbed.LabNode`."""

    name: str
    lab: LabNamespaces

    def machine(self) -> Machine:
        return self.lab.machine()

    def apply(self, desired: DesiredState) -> Applied:
        for namespace in desired.objects:
            self._require(namespace)
        return self.lab.apply(desired)

    def counters(self) -> Counters:
        return self.lab.counters(self.name)

    def program(self, name: str, folders: str = "") -> str:
        return self.lab.program(name, folders)

    def spawn(self, command: Command) -> int:
        self._require(command.namespace)
        return self.lab.spawn(command)

    def wait_listening(self, process: int, seconds: float) -> None:
        self.lab.wait_listening(process, seconds)

    def wait(self, process: int, seconds: float) -> Finished:
        return self.lab.wait(process, seconds)

    def stop(self, process: int) -> Finished:
        return self.lab.stop(process)

    def write_file(self, name: str, content: bytes) -> str:
        return self.lab.write_file(name, content)

    def offloads(self, namespace: str, dev: str) -> dict[str, bool]:
        return self.lab.offloads(namespace, dev)

    def without_offloads(self, namespace: str, dev: str) -> None:
        self.lab.without_offloads(namespace, dev)

    def sysctl(self, namespace: str, key: str) -> str:
        return self.lab.sysctl(namespace, key)

    def inherited(self, namespace: str) -> dict[str, str]:
        return self.lab.inherited(namespace)

    def _require(self, namespace: str) -> None:
        """KernelError for a namespace that is not on this node."""
        if namespace.partition("-")[0] != self.name:
            raise KernelError(f"namespace {namespace} is not on node {self.name}", where=self.name)
