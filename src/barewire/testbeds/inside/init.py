"""The inside of the lab: pid 1, one thread, one request at a time.

One thread because entering a namespace concerns the thread: a second one would have to be distinguished at every step.
Programs inherit namespace and CPU affinity from this thread at the moment they start, so no code runs between fork and
exec. When the life line ends, `serve` returns, pid 1 exits, and the kernel takes the whole lab away.
"""

from __future__ import annotations

import contextlib
import select
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from barewire.errors import BarewireError, KernelError, PrerequisiteError, remedy_for
from barewire.kernel import (
    counters,
    daemon_usage,
    dumps,
    features,
    inherited,
    lab_modules,
    learned,
    namespaces,
    observed_links,
    programs,
    settings,
    syscalls,
)
from barewire.kernel.added_namespaces import AddedNamespaces
from barewire.kernel.daemon_usage import DaemonUsage
from barewire.kernel.engine import Applied, Engine
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.wireguard import Owner
from barewire.model.objects import DesiredState, LearnedRoute
from barewire.model.observed import ObservedLink
from barewire.model.reported import Convergence
from barewire.model.settings import Offloads, Sysctl
from barewire.testbeds.inside import exchange, one_sided
from barewire.testbeds.inside.halves import Halves
from barewire.testbeds.inside.one_sided import MarkedCalls, MarkedListener, OneSided
from barewire.testbeds.inside.processes import Processes
from barewire.testbeds.testbed import Command, Exchange, Finished, Seen

FILES = Path("/run/barewire")
CLOSE = "close"
"""The request that ends a lab whose connection goes on."""


def serve(connection: Connection) -> int:
    """Answer requests until the other end is gone or says `CLOSE`; the exit status of pid 1."""
    inside: Inside | None = None
    failure: BarewireError | None = None
    try:
        inside = Inside()
    except OSError as error:
        failure = PrerequisiteError("cannot set up the lab's namespaces", said=str(error), remedy="Run it as root")
    except BarewireError as error:
        failure = error
    while True:
        try:
            method, arguments = _next(connection, inside)
        except (EOFError, ConnectionResetError):
            return 0
        if method == CLOSE:
            return 0
        value, error_out = None, failure
        if inside is not None:
            value, error_out = _answer(getattr(inside, method), arguments)
        try:
            connection.send((value, error_out))
        except (BrokenPipeError, ConnectionResetError):
            return 0


def _next(connection: Connection, inside: Inside | None) -> tuple[str, tuple[Any, ...]]:
    """The next request. Until it comes, namespaces that programs add to the lab are taken in."""
    if inside is not None:
        ready = select.poll()
        ready.register(connection.fileno(), select.POLLIN)
        ready.register(inside.added.mounts, select.POLLPRI)
        asked = False
        while not asked:
            events = dict(ready.poll())
            asked = connection.fileno() in events
            if inside.added.mounts in events:
                inside.added.update()
    request: tuple[str, tuple[Any, ...]] = connection.recv()
    return request


def _answer(method: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, BarewireError | None]:
    try:
        return method(*arguments), None
    except BarewireError as error:
        return None, error
    except OSError as error:
        return None, KernelError(
            f"the lab could not do {method.__name__}", where=str(error.filename or ""),
            said=error.strerror or str(error), remedy=remedy_for(error),
        )  # fmt: skip
    except Exception as error:  # A bug of ours must not end the nodes without a word.
        said = f"{type(error).__name__}: {error}"
        remedy = remedy_for(error) or "This is a bug in barewire; please report it"
        return None, KernelError(f"the lab could not do {method.__name__}", said=said, remedy=remedy)


class Inside:
    """The operations of `testbeds.testbed.LabNodes`, inside."""

    def __init__(self) -> None:
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
        quiet = syscalls.MS_NOSUID | syscalls.MS_NODEV
        # Inside a container the kernel may refuse a new /proc; the old one still serves, with foreign pids.
        with contextlib.suppress(OSError):
            syscalls.mount("proc", "/proc", "proc", quiet | syscalls.MS_NOEXEC)
        syscalls.mount("tmpfs", "/run", "tmpfs", quiet, "mode=755")
        FILES.mkdir()
        self._namespaces = Namespaces()
        namespaces.share()
        self._engine = Engine(self._namespaces)
        self.added = AddedNamespaces(self._namespaces, self._engine)
        self._processes = Processes(self._namespaces)
        self._halves = Halves(self._namespaces)
        self._listening: one_sided.Listening
        self._calling: one_sided.Calling

    def apply(self, desired: DesiredState) -> Applied:
        lab_modules.load_for(desired)
        return self._engine.converge(desired)

    def public_keys(self) -> dict[Owner, str]:
        return self._engine.wireguard.public_keys()

    def learn_keys(self, keys: dict[Owner, str]) -> None:
        self._engine.wireguard.learn(keys)

    def await_daemons(self, seconds: float) -> Convergence:
        return self._engine.await_daemons(seconds)

    def await_learned(self, wanted: dict[str, tuple[LearnedRoute, ...]], seconds: float) -> dict[str, int]:
        return learned.await_routes(self._namespaces, self._engine.daemons, wanted, seconds)

    def daemon_usage(self) -> tuple[DaemonUsage, ...]:
        return tuple(daemon_usage.read(self._engine.daemons.processes()))

    def kill_daemons(self, namespace: str) -> None:
        self._engine.daemons.kill(namespace)

    def probe(self, names: tuple[str, ...]) -> dict[str, features.Feature]:
        return features.probe(names)

    def links(self) -> dict[str, tuple[ObservedLink, ...]]:
        channels = {name: self._engine.channel(name) for name in self._namespaces.names}
        return observed_links.read(channels, self._namespaces)

    def keep_settings(self, wanted: tuple[Sysctl, ...]) -> None:
        self.added.keep(wanted)

    def exchange(self, wanted: tuple[Exchange, ...]) -> tuple[Seen, ...]:
        kinds = self.kinds()
        found = exchange.run(self._namespaces, wanted)
        if found and found[-1].failed:
            failed = wanted[len(found) - 1]
            found[-1] = replace(found[-1], dropped=exchange.dropped_again(self._namespaces, failed, self._kernel_drops))
        return tuple(replace(seen, kinds=kinds) for seen in found)

    def half(self, method: str, *arguments: Any) -> Any:
        """One step of an exchange whose other end is on another machine (`Halves`), and what its kernel said if it failed."""
        try:
            return getattr(self._halves, method)(*arguments), ""
        except OSError as error:
            return None, str(error) or type(error).__name__

    def kinds(self) -> dict[str, dict[str, str]]:
        """The kind of every link in every namespace."""
        return {
            name: {link.name: link.kind for link in dumps.links(self._engine.channel(name).socket)}
            for name in self._namespaces.names
        }

    def program(self, name: str, folders: str) -> str:
        """Where a program is on this machine."""
        return programs.resolve_in(name, folders) if folders else programs.resolve(name)

    def join_network(self, name: str, fd: int | None) -> None:
        """Take in a network that is there, by its descriptor or as this process's own, and change nothing of it."""
        if fd is None:
            self._namespaces.adopt_own(name)
        else:
            self._namespaces.adopt(name, f"/proc/self/fd/{fd}")

    def listen(self, wanted: MarkedListener) -> bool:
        """Wait for marked connections; whether their packets are captured. One at a time."""
        self._listening = one_sided.Listening(self._namespaces, wanted)
        return self._listening.captures

    def collect(self) -> OneSided:
        """Answer what has come since `listen`, and what the taps saw of it."""
        with self._listening as listening:
            return listening.collect()

    def call(self, wanted: MarkedCalls) -> bool:
        """Make marked connections and send on them; whether their packets are captured. `hear` has the answers."""
        self._calling = one_sided.Calling(self._namespaces, wanted)
        return self._calling.captures

    def hear(self) -> OneSided:
        """The answers to `call`, and what the taps saw."""
        with self._calling as calling:
            return calling.hear()

    def counters(self, node: str) -> counters.Counters:
        """Of all namespaces, or of those of one node."""
        names = tuple(name for name in self._namespaces.names if not node or name.partition("-")[0] == node)
        channels = {name: self._engine.channel(name) for name in names}
        found = counters.read_counters(self._namespaces, channels, names, self._engine.counting)
        changes = {name: self._engine.changes(name) for name in names}
        return replace(found, changes={name: some for name, some in changes.items() if some})

    def _kernel_drops(self) -> dict[tuple[str, str], int]:
        return self.counters("").kernel_drops

    def offloads(self, namespace: str, dev: str) -> dict[str, bool]:
        with self._namespaces.enter(namespace):
            return settings.read_offloads(dev)

    def without_offloads(self, namespace: str, dev: str) -> None:
        with self._namespaces.enter(namespace):
            settings.write_offloads(Offloads(dev, False), namespace)

    def sysctl(self, namespace: str, key: str) -> str:
        with self._namespaces.enter(namespace):
            return settings.read_sysctl(key)

    def inherited(self, namespace: str) -> dict[str, str]:
        with self._namespaces.enter(namespace):
            return inherited.read()

    def write_file(self, name: str, content: bytes) -> str:
        path = FILES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o644)
        return str(path)

    def spawn(self, command: Command) -> int:
        return self._processes.spawn(command)

    def wait_listening(self, process: int, seconds: float) -> None:
        self._processes.wait_listening(process, seconds)

    def wait(self, process: int, seconds: float) -> Finished:
        return self._processes.wait(process, seconds)

    def stop(self, process: int) -> Finished:
        return self._processes.stop(process)
