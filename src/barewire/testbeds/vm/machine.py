"""One running VM: start it, wait for it, send requests, stop it.

QEMU is a child of ours that the kernel kills with us, whatever ends us (`launch`). Requests and answers go over a socket pair,
the console into a file that has no name: nothing of a VM is left on the disk. A guest that does not come within its time, or
goes, is reported with the last lines of its console.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from multiprocessing.connection import Connection
from typing import Any, Self

from barewire.errors import BarewireError, MeasurementError
from barewire.kernel.readiness import wait_readable
from barewire.testbeds.vm import patience, qemu
from barewire.testbeds.vm.port import HELLO

BOOT_SECONDS, BOOT_CPU_SECONDS = 400.0, 120.0
"""A guest is there when QEMU has used some 20 s of CPU, most of it for Python's imports. One that hangs uses more, or nothing
at all; on a busy machine a good one may take minutes for it."""

_LOOK_SECONDS = 1.0
_CONSOLE_LINES = 6
_TERMINAL = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|c|\])|[\x00-\x08\x0b-\x1f]")


class VirtualMachine:
    """`connection` speaks to the guest's program. Use it as a context manager, or `close` it."""

    def __init__(self, machine: qemu.EmulatedMachine, seconds: float = BOOT_SECONDS) -> None:
        """Boot it; MeasurementError with what the console said when the guest does not answer within `seconds`."""
        self.machine = machine
        self._console = os.memfd_create("console")
        ours, theirs = socket.socketpair()
        arguments = qemu.command(machine, theirs.fileno(), self._console)
        with theirs:
            self._qemu = subprocess.Popen(
                [sys.executable, "-P", "-m", "barewire.testbeds.vm.launch", str(os.getpid()), *arguments],
                pass_fds=[theirs.fileno(), self._console],
                stdin=subprocess.DEVNULL,
                stdout=self._console,
                stderr=self._console,
                start_new_session=True,
            )
        self.connection = Connection(ours.detach())
        try:
            self._await(seconds)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """QEMU's process."""
        return self._qemu.pid

    @property
    def alive(self) -> bool:
        return self._qemu.poll() is None

    def record(self) -> dict[str, str | int]:
        """What it is made of, as `environment.vm` of a run keeps it."""
        made = self.machine
        return {
            "qemu": qemu_version(made.board.program),
            "cpu_model": made.cpu_model,
            "acceleration": made.acceleration,
            "clock": made.clock,
            "memory_bytes": made.memory_bytes,
            **({"shift": qemu.SHIFT} if made.clock == "counted" else {}),
        }

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Within the body the VM runs. Without, a counted one stands still: an idle guest's time jumps from timer to timer as
        fast as QEMU can, which takes a CPU of the host's and has gone for hours when the next request comes. One with a plugin
        runs on, because the plugin is spoken to past us."""
        stands = self.machine.clock == "counted" and not self.machine.extra
        if stands:
            self._qemu.send_signal(signal.SIGCONT)
        try:
            yield
        finally:
            if stands:
                self._qemu.send_signal(signal.SIGSTOP)

    def ask(self, method: str, *arguments: Any) -> Any:
        """One request to the guest's program; MeasurementError when the VM has died or hangs."""
        try:
            with self.running():
                self.connection.send((method, arguments))
                self.await_answer()
                value, error = self.connection.recv()
        except (EOFError, OSError) as lost:
            raise self.lost() from lost
        if error is not None:
            assert isinstance(error, BarewireError)
            raise error
        return value

    def await_answer(self, load_seconds: float = 0.0) -> None:
        """Wait until an answer can be received. A guest that hangs is ended: MeasurementError. `load_seconds` is how long a load
        lasts that the answer waits for, in the guest's time."""
        why = patience.wait(self.connection, lambda: patience.cpu_seconds(self.pid), self.machine.clock, load_seconds)
        if why:
            said = f"{why}; {self.last_words()}"
            self.close()
            raise MeasurementError(
                "the VM stopped answering", said=said,
                remedy="It was killed; a study continues in another VM, other commands must be repeated",
            )  # fmt: skip

    def lost(self) -> MeasurementError:
        """The error for a VM that went away."""
        status = self._ended(seconds=5)
        how = (
            "it is silent"
            if status is None
            else f"QEMU was ended by signal {-status}"
            if status < 0
            else f"QEMU ended with {status}"
        )
        return MeasurementError(
            "the VM ended unexpectedly", said=f"{how}; {self.last_words()}",
            remedy="Nothing is left behind; a study continues in another VM, other commands must be repeated",
        )  # fmt: skip

    def last_words(self) -> str:
        """The last lines of the console, and of what QEMU itself has said."""
        if self._console < 0:
            return "its console is closed"
        size = os.fstat(self._console).st_size
        text = os.pread(self._console, 16_384, max(0, size - 16_384)).decode(errors="replace")
        lines = [line.strip() for line in _TERMINAL.sub("", text.replace("\r", "\n")).splitlines() if line.strip()]
        # What follows a panic are registers; why it came stands before it.
        panic = next((number for number, line in enumerate(lines, start=1) if "Kernel panic" in line), len(lines))
        lines = lines[max(0, panic - _CONSOLE_LINES) : panic]
        return f"its console's last lines are: {' | '.join(lines)}" if lines else "its console says nothing"

    def close(self) -> None:
        """End it now. There is nothing in it to save."""
        self.connection.close()
        if self._qemu.poll() is None:
            self._qemu.send_signal(signal.SIGKILL)
        self._qemu.wait()
        if self._console >= 0:
            os.close(self._console)
        self._console = -1

    def _await(self, seconds: float) -> None:
        ended = os.pidfd_open(self._qemu.pid)
        try:
            deadline = time.monotonic() + seconds
            while True:
                ready = wait_readable([self.connection, ended], _LOOK_SECONDS)
                if not ready and time.monotonic() > deadline:
                    raise self._unborn(f"nothing within {seconds:g} s")
                if not ready and patience.cpu_seconds(self.pid) > BOOT_CPU_SECONDS:
                    raise self._unborn(f"nothing after {BOOT_CPU_SECONDS:g} s of CPU")
                if self.connection.fileno() in ready and self._said_hello():
                    return
                if ended in ready:
                    raise self._unborn(f"QEMU ended with {self._qemu.wait()}")
        finally:
            os.close(ended)

    def _said_hello(self) -> bool:
        try:
            hello, _ = self.connection.recv()
        except (EOFError, OSError):
            raise self._unborn(f"QEMU ended with {self._ended(5)}") from None
        return bool(hello == HELLO)

    def _unborn(self, how: str) -> MeasurementError:
        return MeasurementError(
            f"the VM with Linux {self.machine.image.release} did not boot", said=f"{how}; {self.last_words()}",
            remedy="Look whether this kernel boots: it needs virtio, 9p and overlayfs" + (
                "" if self.machine.image.modules else "; if they are modules, say where: --kernel PATH:MODULES"
            ),
        )  # fmt: skip

    def _ended(self, seconds: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._qemu.wait(seconds)
        return None


@cache
def qemu_version(program: str) -> str:
    """The version that `program` prints; empty when it prints none."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, errors="replace", check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"version ([0-9][0-9.]*)", done.stdout)
    return found[1] if found else ""
