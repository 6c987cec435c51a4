"""The outside of the sandbox: starts it, speaks to its init, ends it.

The holder is exec'd rather than forked, because the study may have threads by then (a progress display) and a fork of
threads is undefined behaviour waiting for its day. Requests are (method, arguments) and answers (value, error), pickled
over a socket pair: both ends are the same program. The socket pair is also the life line: when the outside is gone, init
reads end-of-file and ends, and with it every process and namespace of the sandbox.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from barewire.errors import BarewireError, MeasurementError, PrerequisiteError
from barewire.kernel.counters import Counters
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.model.objects import Plan
from barewire.places.local.init import Inside
from barewire.places.place import Command, Exchange, Finished, Seen

_STARTUP_SECONDS = 30

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


class LocalPlace:
    """Sandboxes on this machine, as root or in a user namespace."""

    name = "local"

    @contextmanager
    def open(self) -> Iterator[LocalSandbox]:
        """A sandbox for the body of the `with`."""
        sandbox = LocalSandbox()
        try:
            yield sandbox
        finally:
            sandbox.close()


class LocalSandbox:
    """One sandbox; see `places.place.Sandbox` for the operations."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._holder = subprocess.Popen(
                [sys.executable, "-P", "-m", "barewire.places.local.holder", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())
        try:
            self.init_pid: int = self._receive(_STARTUP_SECONDS)
            self.privilege: str = self._receive(_STARTUP_SECONDS)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the sandbox and wait until the kernel has taken everything away."""
        self._connection.close()
        if self._holder.poll() is None:
            # Killing init ends its pid namespace before its death is reported; the holder only waits for that.
            try:
                os.kill(self.init_pid, signal.SIGKILL)
            except (AttributeError, ProcessLookupError):
                self._holder.kill()
            self._holder.wait()

    def converge(self, plan: Plan) -> Applied:
        return self._ask(Inside.converge, plan)

    def probe(self, names: Iterable[str]) -> dict[str, Feature]:
        return self._ask(Inside.probe, tuple(names))

    def exchange(self, wanted: Sequence[Exchange]) -> tuple[Seen, ...]:
        return self._ask(Inside.exchange, tuple(wanted))

    def counters(self) -> Counters:
        return self._ask(Inside.counters)

    def offloads(self, namespace: str, dev: str) -> dict[str, bool]:
        return self._ask(Inside.offloads, namespace, dev)

    def sysctl(self, namespace: str, key: str) -> str:
        return self._ask(Inside.sysctl, namespace, key)

    def write_file(self, name: str, content: bytes) -> str:
        """Write a file on the sandbox's own tmpfs; its path inside."""
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
        try:
            self._connection.send((operation.__name__, args))
        except (BrokenPipeError, ConnectionResetError, OSError) as error:
            raise self._lost() from error
        return cast("_Answer", self._receive(None))

    def _receive(self, seconds: float | None) -> Any:
        try:
            if not self._connection.poll(seconds):
                raise PrerequisiteError("the sandbox did not start", said=f"no answer within {seconds} s")
            value, error = self._connection.recv()
        except (EOFError, ConnectionResetError, OSError) as lost:
            raise self._lost() from lost
        if error is not None:
            assert isinstance(error, BarewireError)
            raise error
        return value

    def _lost(self) -> MeasurementError:
        status = self._holder.wait()
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return MeasurementError(
            "the lab's sandbox ended in the middle of its work", said=f"its first process ended with {how}",
            remedy="Nothing is left behind; start again, with --resume for a study",
        )  # fmt: skip
