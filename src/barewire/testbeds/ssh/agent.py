"""The program on each machine: `python -m barewire.testbeds.ssh.agent FOLDER`, with the study at standard input and output.

It claims the network card, opens labs as they are opened on any machine (`testbeds.inside`), passes their requests and answers
on, and describes its machine. It ends when the study has ended, has closed the connection, or is silent for `SILENCE_SECONDS`;
its guard then gives the card back, and its broom removes the folder.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import platform
import select
import shutil
import signal
import socket
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

from barewire.errors import BarewireError, KernelError, remedy_for
from barewire.kernel import (
    activity,
    cgroup,
    claims,
    nics,
    programs,
    pyroute_library,  # noqa: F401  imported while the folder is there
    settings,
    syscalls,
)
from barewire.kernel.card_facts import CardFacts, read_card
from barewire.kernel.machine import Machine, conntrack_max, describe
from barewire.testbeds.inside import holder
from barewire.testbeds.ssh import cards, own_namespace
from barewire.testbeds.ssh.broom import start_broom
from barewire.testbeds.ssh.frames import (
    ANSWER,
    ASK,
    BEAT,
    BEAT_SECONDS,
    ENDED,
    LAB,
    SILENCE_SECONDS,
    MachineActivity,
    MachineTuning,
)
from barewire.testbeds.ssh.guard import GuardLine, GuardLostError
from barewire.testbeds.ssh.machine_settings import MachineSettings
from barewire.testbeds.ssh.shared import SharedPart

_CARRIER_SECONDS = 15.0
_LOOK_SECONDS = 0.02


def main() -> int:
    """Serve one study; 0 when it has ended it."""
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)  # what anything prints must not get between the frames
    agent = Agent(Connection(source, writable=False), Connection(sink, readable=False), sys.argv[1])
    try:
        status = agent.serve()
        # Without its broom, which may have been killed. What is running needs nothing more of the folder.
        shutil.rmtree(sys.argv[1], ignore_errors=True)
        return status
    except GuardLostError:
        agent.restore()
        agent.say(ENDED, b"its guard was killed; the network card was given back")
        return 1
    except (EOFError, OSError):
        return 1


class Agent:
    """The operations that a study asks of a machine, by name."""

    def __init__(self, source: Connection, sink: Connection, folder: str) -> None:
        self._source, self._sink, self._folder = source, sink, folder
        self._guard: GuardLine | None = None
        self._lab: Connection | None = None
        self._holder = self._init = 0
        self._broom = start_broom(folder)
        self._settings = MachineSettings()
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    def serve(self) -> int:
        """Answer until the study ends it or is gone."""
        heard = said = time.monotonic()
        while True:
            ready = self._wait(max(0.0, said + BEAT_SECONDS - time.monotonic()))
            if self._source.fileno() in ready:
                frame = self._source.recv_bytes()
                if not self._heed(frame[:1], frame[1:]):
                    return 0
                heard = time.monotonic()  # also after a request that took longer than the silence which is allowed
            if self._lab is not None and self._lab.fileno() in ready:
                self._pass_on()
            if self._guard is not None and self._guard.connection.fileno() in ready:
                raise GuardLostError
            if time.monotonic() - heard > SILENCE_SECONDS:
                raise EOFError
            if time.monotonic() - said >= BEAT_SECONDS:
                self.say(BEAT, b"")
                said = time.monotonic()

    def say(self, kind: bytes, content: bytes) -> None:
        """Send a frame. A study that takes none for `SILENCE_SECONDS` is gone: the alarm ends this process."""
        signal.alarm(int(SILENCE_SECONDS))
        self._sink.send_bytes(kind + content)
        signal.alarm(0)

    def restore(self) -> None:
        """Give the card back without the guard, and the machine's settings."""
        self._end_lab()
        if self._guard is not None:
            self._guard.card.restore()
        self._settings.release()

    def claim(self, name: str, mode: str) -> CardFacts:
        """Take hold of the network card for the rest of the study; what is known of it."""
        found = read_card(name)
        self._settings.remember_card(name)
        syscalls.unshare(syscalls.CLONE_NEWNET)
        parking = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        syscalls.setns(self._home, syscalls.CLONE_NEWNET)
        reached_by = own_namespace.addresses_of(os.environ.get("SSH_CONNECTION", ""))[1:]
        self._guard = GuardLine(cards.claim(name, mode, self._folder, reached_by, self._home, parking, self._broom))
        return found

    def machine(self) -> Machine:
        """The machine, to its own kernel."""
        return describe()

    def sysctl(self, key: str) -> str:
        """A setting of the machine's own namespace."""
        return settings.read_sysctl(key)

    def mtu(self, name: str) -> int:
        """Of a network card that is in the machine's own namespace."""
        return nics.read_state(name).mtu

    def versions(self) -> dict[str, str]:
        """Of the programs that barewire runs, and of this Python."""
        return {"python": platform.python_version(), **programs.versions()}

    def watch(self, cpus: tuple[int, ...], seconds: float) -> MachineActivity:
        """What a pre-flight wants to know; `cpus` are claimed while it looks."""
        with claims.claimed(cpus) as taken:
            seen = activity.observe(cpus, seconds)
        return MachineActivity(seen, dict(taken), cgroup.cpu_quota(), conntrack_max())

    def tune(self, wanted: dict[str, object], profile: str) -> MachineTuning:
        """Change the machine's settings for the rest of the study, or until the next call."""
        return self._settings.apply(wanted, profile)

    def open(self, shared: bool = False) -> tuple[int, str]:  # from the other machine, by place
        """A lab; its first process and its privilege. A `shared` one begins in the machine's own network namespace."""
        ours, theirs = socket.socketpair()
        self._holder = os.fork()
        if self._holder == 0:
            ours.close()
            self._be_holder(Connection(theirs.detach()), shared=shared)
        theirs.close()
        lab = Connection(ours.detach())
        pid, error = lab.recv()
        if error is None:
            self._init = pid
            privilege, error = lab.recv()
        if error is not None:
            lab.close()
            self._reap()
            raise error
        self._lab = lab
        return pid, privilege

    def give(self, namespace: str, mtu: int) -> None:
        """Move the card into a namespace of the lab, as its wire."""
        if self._guard is None:
            raise KernelError("no network card was claimed")
        self._guard.give(f"/proc/{self._init}/root/run/netns/{namespace}", mtu)
        self._settings.renew()

    def share(self, wanted: SharedPart) -> None:
        """Lend the card to the lab that is in the machine's own namespace."""
        if self._guard is None:
            raise KernelError("no network card was claimed")
        own_namespace.require_settings(wanted)
        self._guard.share(self._init, wanted, own_namespace.addresses_of(os.environ.get("SSH_CONNECTION", "")))

    def await_carrier(self) -> bool:
        """Whether the card has a link, waited for as long as two cards may need to agree on a speed."""
        deadline = time.monotonic() + _CARRIER_SECONDS
        while self._guard is not None and not self._guard.card.has_carrier():
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    def card_drops(self) -> dict[str, int]:
        """Packets that the card threw away so far, by counter."""
        return self._guard.card.read_drops() if self._guard is not None else {}

    def close(self) -> None:
        """End the lab, the card taken out of it first."""
        left = self._guard.take_back() if self._guard is not None else []
        self._end_lab()
        if left:
            raise KernelError("a lab in the machine's own namespace could not be taken away", said="; ".join(left))

    def end(self) -> list[str]:
        """The study is over: give the card and the settings back; what could not be put back."""
        self._end_lab()
        left = self._settings.release()
        left += self._guard.end() if self._guard is not None else []
        self._guard = None
        return left

    def _wait(self, seconds: float) -> set[int]:
        poll = select.poll()
        for one in self._connections():
            poll.register(one.fileno(), select.POLLIN)
        return {fd for fd, _ in poll.poll(round(seconds * 1000))}

    def _connections(self) -> list[Connection]:
        """What is listened to."""
        found = [self._source, self._lab, self._guard.connection if self._guard else None]
        return [one for one in found if one is not None]

    def _heed(self, kind: bytes, content: bytes) -> bool:
        if kind == LAB and self._lab is not None:
            with contextlib.suppress(OSError):  # a lab that has ended is said by `_pass_on`
                self._lab.send_bytes(content)
        elif kind == ASK:
            method, arguments = pickle.loads(content)
            self.say(ANSWER, pickle.dumps(self._answer(method, arguments)))
            return bool(method != "end")
        return True

    def _answer(self, method: str, arguments: tuple[Any, ...]) -> tuple[Any, BarewireError | None]:
        try:
            return getattr(self, method)(*arguments), None
        except BarewireError as error:
            return None, error
        except Exception as error:  # A bug of ours must not end the study without a word.
            if isinstance(error, GuardLostError):
                raise
            said = f"{type(error).__name__}: {error}"
            return None, KernelError(f"the agent could not do {method}", said=said, remedy=remedy_for(error))

    def _pass_on(self) -> None:
        assert self._lab is not None
        try:
            content = self._lab.recv_bytes()
        except (EOFError, OSError):
            if self._guard is not None:
                self._guard.take_back()
            status = self._end_lab()
            self.say(ENDED, f"it ended with status {status}".encode())
        else:
            self.say(LAB, content)

    def _be_holder(self, lab: Connection, *, shared: bool) -> None:
        """Never returns. It must hold nothing by which others see that the agent is gone."""
        status = 1
        try:
            self._settings.abandon()
            for fd in (*(one.fileno() for one in (*self._connections(), self._sink)), self._broom):
                os.close(fd)
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            syscalls.die_with_parent()
            os.setsid()
            status = holder.hold(lab, shared=shared)
        finally:
            os._exit(status)

    def _end_lab(self) -> int:
        if self._lab is None:
            return 0
        self._lab.close()
        self._lab = None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._init, signal.SIGKILL)
        return self._reap()

    def _reap(self) -> int:
        _, status = os.waitpid(self._holder, 0)
        return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
