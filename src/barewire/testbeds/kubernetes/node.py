"""A pod as a node of a study: programs run in it, and its counters are read, through a session with its agent.

It has the operations of `testbeds.testbed.LabNode` that a pod can have; those that build a network it has not, because the
cluster's network is there already.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from barewire.errors import BarewireError, LoadError, PrerequisiteError
from barewire.kernel import programs
from barewire.testbeds.kubernetes.carried import FOLDER as CARRIED_FOLDER
from barewire.testbeds.kubernetes.carried import CarriedProgram
from barewire.testbeds.kubernetes.session import AgentSession
from barewire.testbeds.testbed import Command, Finished

FOLDER = "/barewire"
"""Where a pod has the programs."""
AGENT = "barewire-agent"
_POLL_SECONDS = 0.01
_TERM_SECONDS = 5.0
_TCP, _UDP = (("tcp", "tcp6"), "0A"), (("udp", "udp6"), "07")
"""Tables of sockets, and the state of one that serves: LISTEN, and for UDP that of every socket with an address."""


@dataclass(slots=True)
class PodNode:
    """A pod with its session. `name` is the pod's, `host` that of the machine that it is on."""

    name: str
    host: str
    session: AgentSession
    _commands: dict[int, Command] = field(default_factory=dict)
    """What was started and has not been waited for."""
    _carried: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def take(self, program: CarriedProgram) -> None:
        """Put a program into the pod."""
        for name, content in program.files.items():
            self.session.write(f"{CARRIED_FOLDER}/{name}", content)
        self._carried[program.name] = program.words

    def program(self, name: str, folders: str = "") -> str:
        """The path of a program in the pod; PrerequisiteError for one that no pod has."""
        return self._words(name)[-1]

    def _words(self, name: str) -> tuple[str, ...]:
        """What starts a program."""
        if name in self._carried:
            return self._carried[name]
        if name not in programs.IN_LABS:
            raise PrerequisiteError(
                f"{name} cannot run in a pod", said=f"pods get {' and '.join(programs.IN_LABS)}, and any image may be theirs",
                remedy="Choose workloads that need no other program",
            )  # fmt: skip
        return (f"{FOLDER}/{name}",)

    def spawn(self, command: Command) -> int:
        """Start a program; its number for the other methods."""
        if command.stdin or command.environment:
            raise PrerequisiteError(f"{command.argv[0]} cannot be given input or variables in a pod")
        number = self.session.start((*self._words(command.argv[0]), *command.argv[1:]), command.cpus)
        self._commands[number] = command
        return number

    def wait_listening(self, process: int, seconds: float) -> None:
        """Wait until the server listens on its port; LoadError with its output when it ended instead."""
        command = self._commands[process]
        tables, state = _UDP if command.datagrams else _TCP
        paths = [f"/proc/self/net/{table}" for table in tables]
        deadline = time.monotonic() + seconds
        while not self.session.ended(process):
            found = self.session.read(paths)
            rows = [line.split() for path in paths for line in found[path].text.splitlines()[1:]]
            if any(row[3] == state and int(row[1].rpartition(":")[2], 16) == command.listens for row in rows):
                # If it is another program's socket, ours ends at once.
                time.sleep(_POLL_SECONDS)
                if self.session.ended(process):
                    break
                return
            if time.monotonic() > deadline:
                done = self.stop(process)
                raise LoadError(f"nothing listens on port {command.listens} after {seconds:g} s", where=self.name,
                                said=" ".join(done.stderr.split()))  # fmt: skip
            time.sleep(_POLL_SECONDS)
        done = self.stop(process)
        raise LoadError("the server did not start", where=self.name,
                        said=" ".join(done.stderr.split()) or f"status {done.status}")  # fmt: skip

    def wait(self, process: int, seconds: float) -> Finished:
        """Wait for a program's end; LoadError, and the program is ended, when it takes longer than `seconds`."""
        done = self.session.wait(process, seconds)
        if done is None:
            name = self._commands[process].argv[0]
            said = " ".join(self.stop(process).stderr.split())
            raise LoadError(f"{name} did not end within {seconds:g} s", where=self.name, said=said)
        self._commands.pop(process, None)
        return done

    def stop(self, process: int) -> Finished:
        """End a program: SIGTERM, then SIGKILL."""
        self.session.signal(process, signal.SIGTERM)
        done = self.session.wait(process, _TERM_SECONDS)
        if done is None:
            self.session.signal(process, signal.SIGKILL)
            done = self.session.wait(process, _TERM_SECONDS)
        if done is None:
            raise LoadError("a program does not end", where=self.name, said=self._commands[process].argv[0])
        self._commands.pop(process, None)
        return done

    def end_programs(self) -> None:
        """End what was started and not waited for, which a load that failed leaves: the next one needs its ports. A session that
        has ended took it along."""
        left = [*self._commands]
        with contextlib.suppress(BarewireError):
            for process in left:
                self.session.signal(process, signal.SIGKILL)
            for process in left:
                self.session.wait(process, _TERM_SECONDS)
        self._commands.clear()

    def write_file(self, name: str, content: bytes) -> str:
        """No program of ours reads one."""
        raise PrerequisiteError(
            f"the file {name} cannot be written", where=self.name, said="a pod's image is read-only"
        )

    def texts(self, *paths: str) -> Mapping[str, str]:
        """Files of the pod; empty for those that it has not."""
        return {path: found.text for path, found in self.session.read(paths).items()}
