"""Labs on this machine: start and stop them.

The socket pair of requests and answers is also the life line: when the outside is gone, init reads end-of-file and ends,
and with it every process and namespace of the lab.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection

from barewire.errors import MeasurementError
from barewire.kernel.features import Feature
from barewire.kernel.machine import Machine, describe
from barewire.model.network import Topology
from barewire.model.objects import DesiredState
from barewire.testbeds import underlay
from barewire.testbeds.inside.init import Inside
from barewire.testbeds.local.start import start_holder
from barewire.testbeds.requests import LabNamespaces
from barewire.testbeds.testbed import LOCAL

_STARTUP_SECONDS = 30


class LocalTestbed:
    """Labs on this machine, as root or in a user namespace."""

    name = LOCAL

    def machine(self) -> Machine:
        """Read anew each time: tunings change some of it between two runs of a study."""
        return describe()

    def machines(self) -> tuple[Machine, ...]:
        return ()

    def underlay(self, topology: Topology, *, wants_switch: bool) -> DesiredState:
        return underlay.desired_state(topology, wants_switch=wants_switch)

    def refusal(self, name: str, desired: DesiredState, *, programs: bool) -> Feature | None:
        return None  # its namespaces are nobody else's

    def restart(self) -> None:
        """Nothing to do: no state of this machine outlives a lab."""

    @contextmanager
    def open(self) -> Iterator[LocalNamespaces]:
        """A lab for the body of the `with`."""
        nodes = LocalNamespaces()
        try:
            yield nodes
        finally:
            nodes.close()


class LocalNamespaces(LabNamespaces):
    """One lab; see `testbeds.testbed.LabNodes` for the operations.

    With `networks` it is on networks that are there: names by descriptor of a network namespace, or by None for this process's
    own. Nothing of them is changed, and nothing but the processes of the lab ends with it."""

    def __init__(self, networks: Mapping[str, int | None] | None = None) -> None:
        handed_on = [fd for fd in (networks or {}).values() if fd is not None]
        ours, theirs = socket.socketpair()
        with theirs:
            self._holder = start_holder(theirs, handed_on, shared=networks is not None)
        self._connection, self._machine = Connection(ours.detach()), describe
        try:
            self.init_pid: int = self._receive(_STARTUP_SECONDS)
            self.privilege: str = self._receive(_STARTUP_SECONDS)
            for name, fd in (networks or {}).items():
                self._ask(Inside.join_network, name, fd)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the lab and wait until the kernel has taken everything away."""
        self._connection.close()
        if self._holder.poll() is None:
            # Killing init ends its pid namespace before its death is reported; the holder only waits for that.
            try:
                os.kill(self.init_pid, signal.SIGKILL)
            except (AttributeError, ProcessLookupError):
                self._holder.kill()
            self._holder.wait()

    def _lost(self) -> MeasurementError:
        status = self._holder.wait()
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return MeasurementError(
            "the lab's first process ended unexpectedly", said=f"it ended with {how}",
            remedy="Nothing is left behind; start again, with --resume for a study",
        )  # fmt: skip
