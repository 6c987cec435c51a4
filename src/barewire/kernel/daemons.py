"""Daemons of a desired state: start them, compare them with what is wanted, stop them.

A daemon runs in its namespace, in a folder with its configuration files and its log. It counts as present while it runs with the
wanted arguments and files; if one of them changes, it is restarted. Waiting for readiness has a timeout, and every error shows
the end of the log.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from barewire.errors import KernelError
from barewire.kernel import programs
from barewire.kernel.namespaces import Namespaces
from barewire.model.daemons import Daemon, Exists, Listens, Prints
from barewire.model.objects import DesiredState
from barewire.model.reported import Reported

FOLDER = Path("/run/barewire/daemons")
_TERM_SECONDS = 2.0
_POLL_SECONDS = 0.01
_LOG_BYTES = 2000
_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class _Running:
    wanted: Daemon
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log"


class Daemons:
    """The daemons of one engine, by namespace and name."""

    def __init__(self, namespaces: Namespaces, folder: Path = FOLDER) -> None:
        self._namespaces = namespaces
        self._folder = folder
        self._running: dict[tuple[str, str], _Running] = {}
        self.begun = 0
        """When the last change of daemons began (a start, a stop, a reload), in nanoseconds of CLOCK_MONOTONIC; 0 before one."""

    def present(self, namespace: str) -> frozenset[Daemon]:
        """The daemons that run in `namespace`, as they were started."""
        return frozenset(
            one.wanted for (where, _), one in self._running.items() if where == namespace and one.process.poll() is None
        )

    def start(self, daemon: Daemon, namespace: str) -> None:
        """Write its files and start it, after stopping one of the same name; one that differs in its files alone and can reload
        them does that instead. KernelError if the program cannot be run, or refuses its files."""
        running = self._running.get((namespace, daemon.name))
        if running and running.process.poll() is None and self._can_reload(running, daemon, namespace):
            self._reload(running, daemon, namespace)
            return
        self.stop(daemon.name, namespace)
        self.begun = self.begun or time.monotonic_ns()
        folder = self._folder / namespace / daemon.name
        shutil.rmtree(folder, ignore_errors=True)
        _write(folder, daemon)
        with self._namespaces.enter(namespace), (folder / "log").open("wb") as log:
            try:
                process = subprocess.Popen(
                    [programs.resolve(daemon.argv[0]), *daemon.argv[1:]], stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log, cwd=folder, close_fds=True, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise KernelError(
                    f"cannot run the daemon {daemon.name}", where=namespace, said=f"{daemon.argv[0]}: {error.strerror}"
                ) from error
        self._running[namespace, daemon.name] = _Running(daemon, process, folder)

    def _can_reload(self, running: _Running, daemon: Daemon, namespace: str) -> bool:
        same = replace(running.wanted, files=daemon.files) == daemon
        return daemon.reload is not None and same and self._readiness(running, namespace)()

    def _reload(self, running: _Running, daemon: Daemon, namespace: str) -> None:
        assert daemon.reload is not None
        self.begun = self.begun or time.monotonic_ns()
        _write(running.folder, daemon)
        if lacking := self._lacking(running, namespace, daemon.reload):
            raise KernelError(f"the daemon {daemon.name} did not take its new files", where=namespace, said=lacking)
        self._running[namespace, daemon.name] = replace(running, wanted=daemon)

    def expect(self, desired: DesiredState) -> None:
        """Take what daemons must report from now on: what others do changes that, and is no reason to start one anew."""
        for namespace, wanted in desired.objects.items():
            for daemon in wanted:
                running = self._running.get((namespace, daemon.name)) if isinstance(daemon, Daemon) else None
                if running and running.wanted == daemon:
                    self._running[namespace, daemon.name] = replace(running, wanted=daemon)

    def processes(self) -> dict[tuple[str, str], int]:
        """The process of each daemon that runs, by namespace and name."""
        return {key: one.process.pid for key, one in self._running.items() if one.process.poll() is None}

    def kill(self, namespace: str) -> None:
        """End all daemons of a namespace at once, by SIGKILL, as when their machine dies."""
        for where, name in list(self._running):
            if where == namespace:
                running = self._running.pop((where, name))
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.process.pid, signal.SIGKILL)
                running.process.wait()

    def stop(self, name: str, namespace: str) -> None:
        """Stop a daemon and its children: SIGTERM, then SIGKILL."""
        running = self._running.pop((namespace, name), None)
        if running is None:
            return
        self.begun = self.begun or time.monotonic_ns()
        for number, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.process.pid, number)
            try:
                running.process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue

    def forget(self, namespace: str) -> None:
        """Stop all daemons of a namespace that is being removed."""
        for where, name in list(self._running):
            if where == namespace:
                self.stop(name, where)

    def await_ready(self, seconds: float) -> None:
        """Wait until every daemon is ready. KernelError with the end of its log if one ends, or is not ready within `seconds`."""
        deadline = time.monotonic() + seconds
        for (namespace, name), one in self._running.items():
            ready = self._readiness(one, namespace)
            while not ready():
                self._require(one, namespace, "before it was ready")
                if time.monotonic() > deadline:
                    raise KernelError(
                        f"the daemon {name} was not ready after {seconds:g} s ({one.wanted.ready})",
                        where=namespace, said=_end(one.log),
                    )  # fmt: skip
                time.sleep(_POLL_SECONDS)

    def log(self, namespace: str) -> str:
        """The end of the logs of a namespace's daemons."""
        return "; ".join(
            f"{name}: {_end(one.log)}" for (where, name), one in self._running.items() if where == namespace
        )

    def require_alive(self) -> None:
        """KernelError with the end of its log if a daemon has ended."""
        for (namespace, _), one in self._running.items():
            self._require(one, namespace, "before its network had converged")

    def reported(self, seconds: float) -> Iterator[tuple[str, str]]:
        """Wait until every daemon reports what it must, and yield each claim with its namespace. KernelError with what it reports
        and the end of its log if it does not within `seconds`."""
        deadline = time.monotonic() + seconds
        for (namespace, name), one in self._running.items():
            for wanted in one.wanted.reports:
                while lacking := self._lacking(one, namespace, wanted):
                    self._require(one, namespace, "before its network had converged")
                    if time.monotonic() > deadline:
                        raise KernelError(
                            f"the daemon {name} does not report after {seconds:g} s that {wanted.claim}",
                            where=namespace, said=f"{lacking}; {_end(one.log)}",
                        )  # fmt: skip
                    time.sleep(_POLL_SECONDS)
                yield namespace, wanted.claim

    def _lacking(self, one: _Running, namespace: str, wanted: Reported) -> str:
        """What a daemon reports instead; empty if it reports what it must."""
        argv = [programs.resolve(wanted.argv[0]), *wanted.argv[1:]]
        with self._namespaces.enter(namespace):
            done = subprocess.run(argv, cwd=one.folder, capture_output=True, text=True, errors="replace", check=False)
        paragraphs = deque(done.stdout.split("\n\n"))
        for pattern in wanted.patterns:
            # Mostly in the order of the patterns, and each search from the start would be quadratic in a daemon's sessions.
            for _ in range(len(paragraphs)):
                found = re.search(pattern, paragraphs[0], re.DOTALL)
                paragraphs.rotate(-1)
                if found:
                    break
            else:
                said = " ".join((done.stdout + done.stderr)[-_LOG_BYTES:].split())
                return f"nothing like {pattern!r} in the output of {' '.join(wanted.argv)}: {said}"
        return ""

    def _require(self, one: _Running, namespace: str, when: str) -> None:
        status = one.process.poll()
        if status is not None:
            how = f"signal {-status}" if status < 0 else f"status {status}"
            raise KernelError(
                f"the daemon {one.wanted.name} ended {when}", where=namespace, said=f"{how}; {_end(one.log)}"
            )

    def _readiness(self, one: _Running, namespace: str) -> Callable[[], bool]:
        match one.wanted.ready:
            case Prints(text):
                return lambda: text in one.log.read_text(errors="replace")
            case Exists(path):
                return lambda: (one.folder / path).exists()
            case Listens(port):
                return lambda: self._listens(namespace, port)

    def _listens(self, namespace: str, port: int) -> bool:
        with self._namespaces.enter(namespace):
            tables = [Path("/proc/self/net", name) for name in ("tcp", "tcp6")]
            rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
        return any(row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port for row in rows)


def _write(folder: Path, daemon: Daemon) -> None:
    """The daemon's files, in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in daemon.files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def _end(log: Path) -> str:
    """The last of what a daemon printed, on one line."""
    text = log.read_bytes()[-_LOG_BYTES:].decode(errors="replace")
    return "its log: " + (" ".join(text.split()) or "empty")
