"""Holders of labs out of one process, which forks one for each lab.

barewire forks the holder of a lab where it has one thread. A worker of pytest-xdist has several, and would start Python and
import all anew for each of hundreds of labs. While `forked_holders` is active, labs that the tests open in their own process have
a holder that a process with one thread has forked, with the folder and the environment of that moment. Commands of barewire
start theirs themselves.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

from barewire.testbeds.local import testbed
from barewire.testbeds.local.start import HolderProcess, start_holder
from tests.support.zygote import read_at_start

PROGRAM = Path(__file__).with_name("holder_server.py")


class _Server:
    """The process that forks; one request at a time."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(PROGRAM), str(theirs.fileno())], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self._socket, self._connection, self._lock = ours, Connection(os.dup(ours.fileno())), threading.Lock()
        self.environment = read_at_start(os.environ)

    def fork(self, fd: int, shared: bool) -> int:
        with self._lock:
            socket.send_fds(self._socket, [b"f"], [fd])
            self._connection.send((str(Path.cwd()), dict(os.environ), shared))
            return int(self._connection.recv())

    def status(self, pid: int) -> int:
        """Of a process that has ended."""
        with self._lock:
            self._socket.send(b"s")
            self._connection.send(pid)
            return int(self._connection.recv())

    def end(self) -> None:
        self._connection.close()
        self._socket.close()
        self._process.wait()


class _Holder:
    """As `HolderProcess`."""

    def __init__(self, server: _Server, pid: int) -> None:
        self._server, self.pid, self.returncode = server, pid, None
        self._end = os.pidfd_open(pid)

    returncode: int | None

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self) -> int:
        status = self._ended(None)
        assert status is not None
        return status

    def kill(self) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._end, signal.SIGKILL)

    def _ended(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._end], [], [], seconds)[0]:
            self.returncode = self._server.status(self.pid)
            os.close(self._end)
        return self.returncode


@contextmanager
def forked_holders() -> Iterator[None]:
    """Until the end of the body labs of this process get forked holders."""
    servers: list[_Server] = []

    def start(line: socket.socket, handed_on: Collection[int], *, shared: bool) -> HolderProcess:
        if not servers:
            servers.append(_Server())
        if handed_on or read_at_start(os.environ) != servers[0].environment:
            return start_holder(line, handed_on, shared=shared)
        return _Holder(servers[0], servers[0].fork(line.fileno(), shared))

    try:
        with mock.patch.object(testbed, "start_holder", start):
            yield
    finally:
        for server in servers:
            server.end()


@contextmanager
def usual_holders() -> Iterator[None]:
    """Until the end of the body labs are begun as outside of tests."""
    with mock.patch.object(testbed, "start_holder", start_holder):
        yield
