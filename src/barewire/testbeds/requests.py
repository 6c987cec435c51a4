"""The outside of a lab: the operations of `testbeds.testbed.LabNodes`, asked of the process inside it.

Requests are (method, arguments) and answers (value, error), pickled over a connection: both ends are the same program of
the same version. Whoever opens a lab (a socket pair to a process of this machine, a port of a VM) gives the connection
and says what it means when the other end is gone; the operations are the same everywhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from barewire.errors import BarewireError, MeasurementError, PrerequisiteError
from barewire.kernel.counters import Counters
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.model.objects import DesiredState
from barewire.testbeds.inside.init import Inside
from barewire.testbeds.testbed import Command, Exchange, Finished, Seen

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


class LabNamespaces(ABC):
    """A lab at the other end of `_connection`."""

    _connection: Connection

    @abstractmethod
    def _lost(self) -> MeasurementError:
        """What to tell when the other end is gone."""

    def apply(self, desired: DesiredState) -> Applied:
        return self._ask(Inside.apply, desired)

    def probe(self, names: Iterable[str]) -> dict[str, Feature]:
        return self._ask(Inside.probe, tuple(names))

    def exchange(self, wanted: Sequence[Exchange]) -> tuple[Seen, ...]:
        return self._ask(Inside.exchange, tuple(wanted))

    def counters(self) -> Counters:
        return self._ask(Inside.counters)

    def offloads(self, namespace: str, dev: str) -> dict[str, bool]:
        return self._ask(Inside.offloads, namespace, dev)

    def without_offloads(self, namespace: str, dev: str) -> None:
        return self._ask(Inside.without_offloads, namespace, dev)

    def sysctl(self, namespace: str, key: str) -> str:
        return self._ask(Inside.sysctl, namespace, key)

    def inherited(self, namespace: str) -> dict[str, str]:
        return self._ask(Inside.inherited, namespace)

    def write_file(self, name: str, content: bytes) -> str:
        """Write a file on the lab's own tmpfs; its path inside."""
        return self._ask(Inside.write_file, name, content)

    def spawn(self, command: Command) -> int:
        """Start a program; a number that names it from now on."""
        return self._ask(Inside.spawn, command)

    def wait_listening(self, process: int, seconds: float) -> None:
        """Wait until the server listens on its port, or say how it ended instead."""
        self._ask(Inside.wait_listening, process, seconds)

    def wait(self, process: int, seconds: float) -> Finished:
        """Wait for a program to end by itself; LoadError when it does not within `seconds`."""
        return self._ask(Inside.wait, process, seconds)

    def stop(self, process: int) -> Finished:
        """End a program: SIGTERM, then SIGKILL."""
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
