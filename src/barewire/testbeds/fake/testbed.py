"""A fake testbed: nodes that store their desired state and run programs, without namespaces or packets.

Needs no privilege, QEMU or kernel feature, so that tests of a study's decisions do not depend on the machine: which features
lack, which machine it is and what a capture shows are given. Programs run on this machine, where they are; nothing that they send
crosses a network. The same contract as of other testbeds is tested, but for what takes a network.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from barewire.errors import KernelError, LoadError
from barewire.kernel import programs
from barewire.kernel.counters import Counters
from barewire.kernel.daemon_usage import DaemonUsage
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.kernel.machine import Machine, describe
from barewire.model.network import Topology
from barewire.model.objects import DesiredState, KernelObject, LearnedRoute, Link
from barewire.model.observed import ObservedLink
from barewire.model.reported import Convergence
from barewire.model.settings import Offloads, Sysctl
from barewire.testbeds import underlay
from barewire.testbeds.testbed import Command, Exchange, Finished, Seen

NO_NETWORK = "a fake testbed has no network"


class FakeTestbed:
    """`lacking` are features that its nodes do not have, `seen` is what an exchange shows.

    `restarts` counts restarts, and `opened` keeps the nodes of each lab, the newest last.
    """

    name = "fake"

    def __init__(
        self, lacking: Collection[str] = (), seen: Sequence[Seen] = (), machine: Machine | None = None
    ) -> None:
        self.lacking, self.seen = frozenset(lacking), tuple(seen)
        self._machine = machine or describe()
        self.restarts = 0
        self.opened: list[FakeNodes] = []

    def machine(self) -> Machine:
        return self._machine

    def machines(self) -> tuple[Machine, ...]:
        return ()

    def underlay(self, topology: Topology, *, wants_switch: bool) -> DesiredState:
        return underlay.desired_state(topology, wants_switch=wants_switch)

    def refusal(self, name: str, desired: DesiredState, *, programs: bool) -> Feature | None:
        return None  # its namespaces are nobody else's

    def restart(self) -> None:
        self.restarts += 1

    @contextmanager
    def open(self) -> Iterator[FakeNodes]:
        with tempfile.TemporaryDirectory(prefix="barewire-fake-") as folder:
            nodes = FakeNodes(self, Path(folder))
            self.opened.append(nodes)
            try:
                yield nodes
            finally:
                nodes.close()


class FakeNodes:
    """`desired` is what was asked for so far; see `testbeds.testbed.LabNodes` for the operations."""

    privilege = "none"
    init_pid = 0

    def __init__(self, testbed: FakeTestbed, folder: Path) -> None:
        self.testbed, self.folder = testbed, folder
        self.desired = DesiredState()
        self.processes: dict[int, subprocess.Popen[str]] = {}
        self.numbers = itertools.count(1)

    def close(self) -> None:
        """End the programs that still run."""
        for process in self.processes.values():
            process.kill()
            process.communicate()

    def node(self, namespace: str) -> FakeNode:
        return FakeNode(namespace.partition("-")[0], self)

    def apply(self, desired: DesiredState) -> Applied:
        begun = time.monotonic_ns()
        added, removed = {}, {}
        for name, wanted in desired.objects.items():
            before = self.desired.objects.get(name, ())
            added[name] = sum(thing not in before for thing in wanted)
            removed[name] = sum(thing not in wanted for thing in before)
        self.desired = DesiredState({**self.desired.objects, **desired.objects})
        return Applied(added, removed, time.monotonic_ns() - begun)

    def await_daemons(self, seconds: float) -> Convergence:
        """Daemons of a fake are ready at once: they are kept, not started, and learn nothing."""
        return Convergence()

    def await_learned(self, wanted: Mapping[str, Sequence[LearnedRoute]], seconds: float) -> dict[str, int]:
        return dict.fromkeys(wanted, time.monotonic_ns())

    def daemon_usage(self) -> tuple[DaemonUsage, ...]:
        return ()

    def kill_daemons(self, namespace: str) -> None:
        """Nothing runs in a fake."""

    def probe(self, names: Iterable[str]) -> dict[str, Feature]:
        return {
            name: Feature(name, False, f"no {name}", "Use another testbed")
            if name in self.testbed.lacking
            else Feature(name, True)
            for name in sorted(names)
        }

    def links(self) -> dict[str, tuple[ObservedLink, ...]]:
        return {
            name: tuple(ObservedLink(one.name, one.kind, one.mtu, True) for one in wanted if isinstance(one, Link))
            for name, wanted in self.desired.objects.items()
        }

    def keep_settings(self, wanted: Sequence[Sysctl]) -> None:
        """Nobody adds a namespace to a fake."""

    def exchange(self, wanted: Sequence[Exchange]) -> tuple[Seen, ...]:
        return self.testbed.seen[: len(wanted)] or (Seen((), False, failed=NO_NETWORK),)

    def counters(self) -> Counters:
        return Counters(time.monotonic_ns(), {}, 0, 0, 0, {})


class FakeNode:
    """See `testbeds.testbed.LabNode`."""

    def __init__(self, name: str, lab: FakeNodes) -> None:
        self.name, self.lab = name, lab

    def machine(self) -> Machine:
        return self.lab.testbed.machine()

    def apply(self, desired: DesiredState) -> Applied:
        for namespace in desired.objects:
            self._require(namespace)
        return self.lab.apply(desired)

    def counters(self) -> Counters:
        return self.lab.counters()

    def program(self, name: str, folders: str = "") -> str:
        return programs.resolve_in(name, folders) if folders else programs.resolve(name)

    def spawn(self, command: Command) -> int:
        self._require(command.namespace)
        self._known(command.namespace)
        path = self.program(command.argv[0])
        try:
            given = self.lab.folder / "stdin"
            given.write_bytes(command.stdin)
            with given.open("rb") as stdin:
                process = subprocess.Popen(
                    [path, *command.argv[1:]], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    text=True, errors="replace", env={**os.environ, **dict(command.environment)},
                )  # fmt: skip
        except OSError as error:
            raise LoadError(f"cannot run {path}", where=command.namespace, said=str(error)) from error
        number = next(self.lab.numbers)
        self.lab.processes[number] = process
        return number

    def wait_listening(self, process: int, seconds: float) -> None:
        raise LoadError("nothing listens", where=self.name, said=NO_NETWORK)

    def wait(self, process: int, seconds: float) -> Finished:
        running = self.lab.processes[process]
        try:
            out, err = running.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            done = self.stop(process)
            name = Path(str(running.args[0])).name  # type: ignore[index]
            said = " ".join(done.stderr.split())
            raise LoadError(f"{name} did not end within {seconds:g} s", where=self.name, said=said) from None
        del self.lab.processes[process]
        return Finished(running.returncode, out, err)

    def stop(self, process: int) -> Finished:
        running = self.lab.processes.pop(process)
        running.terminate()
        out, err = running.communicate()
        return Finished(running.returncode, out, err)

    def write_file(self, name: str, content: bytes) -> str:
        path = self.lab.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def offloads(self, namespace: str, dev: str) -> dict[str, bool]:
        wanted = [one for one in self._known(namespace) if isinstance(one, Offloads) and one.dev == dev]
        return {"tx-checksum-ip-generic": wanted[-1].enabled if wanted else True}

    def without_offloads(self, namespace: str, dev: str) -> None:
        wanted = (*self._known(namespace), Offloads(dev, False))
        self.lab.desired = DesiredState({**self.lab.desired.objects, namespace: wanted})

    def sysctl(self, namespace: str, key: str) -> str:
        for one in self._known(namespace):
            if isinstance(one, Sysctl) and one.key == key:
                return one.value
        raise KernelError(f"cannot read sysctl {key}", where=namespace, said="No such file or directory")

    def inherited(self, namespace: str) -> dict[str, str]:
        self._known(namespace)
        return {}

    def _require(self, namespace: str) -> None:
        if namespace.partition("-")[0] != self.name:
            raise KernelError(f"namespace {namespace} is not on node {self.name}", where=self.name)

    def _known(self, namespace: str) -> Sequence[KernelObject]:
        try:
            return self.lab.desired.objects[namespace]
        except KeyError:
            known = ", ".join(self.lab.desired.objects)
            raise KernelError(f"there is no namespace {namespace}", said=f"there are {known}") from None
