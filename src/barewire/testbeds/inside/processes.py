"""Programs inside the lab: started in a namespace on chosen CPUs, waited for, ended.

A child inherits the namespace and the affinity of the thread that starts it, so both are set before `Popen` and put back
after it. Output goes to files on the lab's tmpfs, never to pipes: a full pipe would stop a program in the middle of a
measurement.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from barewire.errors import LoadError
from barewire.kernel import programs
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.node_files import NodeFiles
from barewire.testbeds.testbed import Command, Finished

_OUTPUT = Path("/run/barewire/output")
_TCP, _UDP = (("tcp", "tcp6"), "0A"), (("udp", "udp6"), "07")
"""Tables of sockets, and the state of one that serves: LISTEN, and for UDP that of every socket with an address."""

_POLL_SECONDS = 0.001
_TERM_SECONDS = 2.0


_OPEN_FILES = 65536
_MOST_READ, _MOST_SHOWN = 64 << 20, 2000
"""Bytes that are read of what a program printed, and shown of it where it did not end."""


def _raise_open_files() -> None:
    """Let children have as many open files as the kernel allows: a server does not know how many clients will come."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return
    for wanted in (_OPEN_FILES, hard):  # the second for who may not raise the hard limit
        if soft >= wanted:
            return
        try:
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (wanted, hard if hard == resource.RLIM_INFINITY else max(wanted, hard))
            )
        except (OSError, ValueError):
            continue
        return


@dataclass(frozen=True, slots=True)
class _Process:
    popen: subprocess.Popen[bytes]
    command: Command
    stdout: Path
    stderr: Path


class Processes:
    """The programs of one lab, by number."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._node_files = NodeFiles()
        self._running: dict[int, _Process] = {}
        self._count = 0
        _OUTPUT.mkdir()
        _raise_open_files()

    def spawn(self, command: Command) -> int:
        """Start `command`; LoadError when the program cannot be run."""
        if command.listens and self._listening(command):
            raise LoadError(
                f"port {command.listens} is in use, and {Path(command.argv[0]).name} needs it",
                where=command.namespace,
                remedy="Choose other ports with --port",
            )
        self._count += 1
        given, out, err = (_OUTPUT / f"{self._count}.{end}" for end in ("in", "out", "err"))
        before = os.sched_getaffinity(0)
        with contextlib.ExitStack() as stack:
            stdin = stack.enter_context(_given(given, command.stdin))
            stdout, stderr = stack.enter_context(out.open("wb")), stack.enter_context(err.open("wb"))
            stack.enter_context(self._namespaces.enter(command.namespace))
            if command.on_node:
                stack.enter_context(self._node_files.enter(command.namespace.partition("-")[0]))
            try:
                if command.cpus:
                    os.sched_setaffinity(0, command.cpus)
                popen = subprocess.Popen(
                    command.argv, stdin=stdin, stdout=stdout, stderr=stderr, cwd="/", close_fds=True,
                    env=_environment(command),
                )  # fmt: skip
                if command.file_bytes:
                    resource.prlimit(popen.pid, resource.RLIMIT_FSIZE, (command.file_bytes, command.file_bytes))
            except OSError as error:
                where = command.namespace + (f", CPUs {list(command.cpus)}" if command.cpus else "")
                said = error.strerror or str(error)
                raise LoadError(
                    f"cannot run {command.argv[0]}",
                    where=where,
                    said=said,
                    remedy=_remedy(error.errno, command.argv[0]),
                ) from error
            finally:
                os.sched_setaffinity(0, before)
        self._running[self._count] = _Process(popen, command, out, err)
        return self._count

    def wait_listening(self, number: int, seconds: float) -> None:
        """Return once the port of the server is served in its namespace."""
        process = self._running[number]
        namespace, port = process.command.namespace, process.command.listens
        deadline = time.monotonic() + seconds
        while not self._listening(process.command):
            status = process.popen.poll()
            if status is not None:
                done = self._finished(number, status)
                name = Path(process.command.argv[0]).name
                raise LoadError(
                    f"{name} did not start on port {port}",
                    where=namespace,
                    said=" ".join(done.stderr.split()) or f"it ended with status {status}",
                )
            if time.monotonic() > deadline:
                self.stop(number)
                raise LoadError(f"nothing listens on port {port} after {seconds:g} s", where=namespace)
            time.sleep(_POLL_SECONDS)

    def wait(self, number: int, seconds: float) -> Finished:
        """The program's end; LoadError (and its death) when it takes longer than `seconds`."""
        process = self._running[number]
        try:
            return self._finished(number, process.popen.wait(seconds))
        except subprocess.TimeoutExpired:
            done = self.stop(number)
            name = Path(process.command.argv[0]).name
            where = process.command.namespace
            raise LoadError(
                f"{name} did not end within {seconds:g} s", where=where,
                said=" ".join(done.stderr[-_MOST_SHOWN:].split()),
            ) from None  # fmt: skip

    def stop(self, number: int) -> Finished:
        """SIGTERM, then SIGKILL; a program that has ended already is fine."""
        process = self._running[number].popen
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_TERM_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return self._finished(number, process.wait())

    def _finished(self, number: int, status: int) -> Finished:
        process = self._running.pop(number)
        done = Finished(status, _printed(process.stdout), _printed(process.stderr))
        process.stdout.unlink()
        process.stderr.unlink()
        return done

    def _listening(self, command: Command) -> bool:
        tables, state = _UDP if command.datagrams else _TCP
        with self._namespaces.enter(command.namespace):
            rows = [line.split() for table in tables for line in _lines(Path("/proc/self/net", table))]
        return any(row[3] == state and int(row[1].rpartition(":")[2], 16) == command.listens for row in rows)


def _remedy(number: int | None, path: str) -> str:
    """What to do about a program that the kernel does not start."""
    if number == errno.ENOEXEC:
        return "Begin a script with the line of its interpreter, like #!/bin/sh"
    if number == errno.ENOENT and Path(path).exists():
        return "The file is there: what its first line (#!) or the program's loader names is not"
    return f"Type chmod +x {path}" if number == errno.EACCES else ""


def _printed(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MOST_READ).decode(errors="replace")


def _given(path: Path, content: bytes) -> BinaryIO:
    """What a program reads as its standard input."""
    if not content:
        return Path(os.devnull).open("rb")
    path.write_bytes(content)
    stdin = path.open("rb")
    path.unlink()
    return stdin


def _environment(command: Command) -> dict[str, str] | None:
    """The lab's own, for most programs; one with variables of its own may call what is in the system's folders."""
    if not command.environment:
        return None
    return {**os.environ, "PATH": programs.search_path(), **dict(command.environment)}


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()[1:] if path.exists() else []
