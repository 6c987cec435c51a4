"""The connection to one machine: an ssh process whose standard input and output are the agent's.

The user's own ssh with the user's own configuration, keys and agent; one process and one session a machine, which shares a
connection that the user's ControlMaster holds. `BAREWIRE_SSH` names another command, as GIT_SSH_COMMAND does for git.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import shlex
import socket
import subprocess
import tempfile
import threading
import time
from collections import deque
from multiprocessing.connection import Connection
from typing import Any

from barewire.errors import BarewireError, MeasurementError
from barewire.kernel.readiness import wait_readable
from barewire.testbeds.ssh import bundle, refusals
from barewire.testbeds.ssh.frames import ANSWER, ASK, BEAT, BEAT_SECONDS, ENDED, LAB, READY, SILENCE_SECONDS
from barewire.testbeds.ssh.target import SshTarget

VARIABLE = "BAREWIRE_SSH"
_OPTIONS = ("-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3",
            "-o", "ConnectTimeout=20")  # fmt: skip
_HELLO_SECONDS, _END_SECONDS = 60.0, 40.0
_MOST_GREETING = 1 << 20


class MachineLine:
    """A machine with an agent on it. `lab` speaks to the lab that is open there, as a `Connection` to its first process does."""

    def __init__(self, target: SshTarget) -> None:
        """Log in and start the agent; PrerequisiteError with what ssh said."""
        self.target = target
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 # closed by `close`
        ours, theirs = socket.socketpair()
        command = [*shlex.split(os.environ.get(VARIABLE) or "ssh"), *_OPTIONS, target.host, "--", bundle.command()]
        with theirs:
            try:
                # In a session of its own: Ctrl-C reaches the study alone, which ends the machines in order.
                self._ssh = subprocess.Popen(
                    command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._errors, start_new_session=True
                )
            except OSError as error:
                raise refusals.no_ssh(command[0], error) from error
        self._socket = Connection(ours.detach())
        self._over, self._lock = threading.Event(), threading.Lock()
        self._lab_frames: deque[bytes] = deque()
        self._lab_end = ""
        self._silent = False
        try:
            self.facts = self._greeted()
            refusals.refuse_unfit(target.host, self.facts)
            content = bundle.archive(str(self.facts["machine"]))
            self._write(b"%16d" % len(content) + content)
        except BaseException:
            self.close()
            raise
        self._beats = threading.Thread(target=self._beat, daemon=True)
        self._beats.start()

    def ask(self, method: str, *arguments: Any) -> Any:
        """One operation of the agent."""
        self._send(ASK, pickle.dumps((method, arguments)))
        while True:
            kind, content = self._next()
            if kind == ANSWER:
                break
        value, error = pickle.loads(content)
        if error is not None:
            assert isinstance(error, BarewireError)
            raise refusals.placed(error, self.target.host)
        return value

    def send(self, request: Any) -> None:
        """A request to the lab."""
        self._send(LAB, pickle.dumps(request))

    def poll(self, seconds: float | None) -> bool:
        """Whether the lab has answered within `seconds`."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._lab_frames and not self._lab_end:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            self._next(left)
        return True

    def recv(self) -> Any:
        """The lab's answer; EOFError if the lab has ended."""
        self.poll(None)
        if not self._lab_frames:
            raise EOFError
        return pickle.loads(self._lab_frames.popleft())

    def lost_lab(self) -> MeasurementError:
        """The error for a lab that has ended."""
        return refusals.lost_lab(self.target.host, self._lab_end)

    def new_lab(self) -> None:
        """Forget what an earlier lab has said."""
        self._lab_frames.clear()
        self._lab_end = ""

    def end(self) -> list[str]:
        """Have the agent give everything back; what it could not."""
        try:
            left: list[str] = self.ask("end")
            return left
        finally:
            self.close()

    def close(self) -> None:
        """End the connection. The machine gives back what it has, by itself."""
        self._over.set()
        self._socket.close()
        try:
            # An ssh through which nothing comes ends no sooner for being waited for.
            self._ssh.wait(0 if self._silent or self._ssh.poll() is not None else _END_SECONDS)
        except subprocess.TimeoutExpired:
            self._ssh.kill()
            self._ssh.wait()
        self._errors.close()

    def _greeted(self) -> dict[str, Any]:
        """What the machine says of itself first, after whatever its login shell prints."""
        said, deadline = b"", time.monotonic() + _HELLO_SECONDS
        while True:
            if not wait_readable([self._socket], max(0.0, deadline - time.monotonic())):
                raise refusals.no_connection(self.target.host, "no answer within a minute")
            piece = os.read(self._socket.fileno(), 1)
            if not piece or len(said) > _MOST_GREETING:
                raise self._broken()
            said += piece
            if piece == b"\n":
                line = said.splitlines()[-1].decode(errors="replace")
                if line.startswith(READY):
                    found: dict[str, Any] = json.loads(line.removeprefix(READY))
                    return found

    def _write(self, content: bytes) -> None:
        view = memoryview(content)
        try:
            while view:
                view = view[os.write(self._socket.fileno(), view) :]
        except OSError:
            raise self._broken() from None

    def _send(self, kind: bytes, content: bytes) -> None:
        if self._silent:
            raise refusals.silent(self.target.host)
        try:
            with self._lock:
                self._socket.send_bytes(kind + content)
        except OSError:
            raise self._broken() from None

    def _next(self, seconds: float | None = None) -> tuple[bytes, bytes]:
        """The next frame, or a beat after `seconds`. What the lab says is kept for `recv`."""
        limit = SILENCE_SECONDS if seconds is None else min(seconds, SILENCE_SECONDS)
        try:
            if not wait_readable([self._socket], limit):
                if seconds is not None and seconds <= SILENCE_SECONDS:
                    return BEAT, b""
                self._silent = True
                raise refusals.silent(self.target.host)
            frame = self._socket.recv_bytes()
        except (EOFError, OSError):
            raise self._broken() from None
        kind, content = frame[:1], frame[1:]
        if kind == LAB:
            self._lab_frames.append(content)
        elif kind == ENDED:
            self._lab_end = content.decode()
        return kind, content

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            with contextlib.suppress(OSError), self._lock:
                self._socket.send_bytes(BEAT)

    def _broken(self) -> BarewireError:
        """The error for a connection that has ended, from what ssh said."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._ssh.wait(5)
        if self._errors.closed:
            return refusals.broken(self.target.host)
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace")
        return refusals.of_ssh(self.target.host, self._ssh.poll(), self._lab_end or said)
