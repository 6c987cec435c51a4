"""The program in the guest: opens labs on request, describes its machine, ends with the VM.

Requests come as a lab's do, pickled (method, arguments) on a virtio-serial port. `open` forks: the child makes the lab
and answers on the port from then on, until it is asked to `close`; so modules are imported once, which takes ten seconds in an
emulated guest.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from barewire.errors import BarewireError, KernelError, PrerequisiteError, remedy_for
from barewire.kernel import inherited, lab_modules, pyroute_library, syscalls  # noqa: F401  imported once for all labs
from barewire.kernel.machine import Machine, describe
from barewire.testbeds.inside import holder
from barewire.testbeds.vm.port import HELLO, NAME, Ended

_DEBUG = Path("/sys/kernel/debug")
_KHUGEPAGED = Path("/sys/kernel/mm/transparent_hugepage/khugepaged")
_REACHABLE_MS = 1_000_000_000
"""Eleven days."""

_CROWD, _NEIGHBOURS = "crowd", 2000


def main() -> int:
    """Answer until the other end is gone; the exit status ends the guest, as every first process's does."""
    if os.environ.get("BAREWIRE_CLOCK") == "counted":
        _take_turns()
        _remember_neighbours()
        _spread_neighbours()
        _leave_pages_alone()
    lab_modules.own_kernel()
    connection = Connection(os.open(_port(), os.O_RDWR | os.O_CLOEXEC))
    connection.send((HELLO, None))
    while True:
        try:
            method, arguments = connection.recv()
        except EOFError:
            return 0
        connection.send(_answered(method, arguments, connection))


def _answered(method: str, arguments: tuple[Any, ...], connection: Connection) -> tuple[Any, BarewireError | None]:
    try:
        return getattr(Guest(connection), method)(*arguments), None
    except BarewireError as error:
        return None, error
    except Exception as error:  # A bug of ours must not end the VM without a word.
        said = f"{type(error).__name__}: {error}"
        return None, KernelError(f"the guest could not do {method}", said=said, remedy=remedy_for(error))


class Guest:
    """The operations of the guest as a whole."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self) -> Ended:
        """A lab that answers on the port until it is closed."""
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                status = holder.hold(self._connection)
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        # Whatever a killed program left behind became a child of this process.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        lab_modules.unload()
        return Ended(os.waitstatus_to_exitcode(status))

    def machine(self) -> Machine:
        """What machine this is, to its own kernel."""
        return describe()

    def symbols(self) -> str:
        """The kernel's symbols with those of its modules: /proc/kallsyms."""
        return Path("/proc/kallsyms").read_text()


def _take_turns() -> None:
    """Have a woken program wait until the other sleeps, for all programs to come.

    On one CPU a server that is woken by a request may run at once, or when the client has gone to sleep; the scheduler decides by
    what both have used before, so one round trip takes two ways, some 2,000 instructions apart, in another mixture each time.
    Batch processes never preempt: then it is always the same way. Kernels from 6.12 on may leave a sleeper in the queue for a
    while, by the same accounts, and two ways again; they are asked not to, where they can be.
    """
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with contextlib.suppress(OSError, BarewireError):
        syscalls.mount("debugfs", str(_DEBUG), "debugfs")
        (_DEBUG / "sched" / "features").write_text("NO_DELAY_DEQUEUE")


def _leave_pages_alone() -> None:
    """Have khugepaged sleep.

    It wakes every ten seconds to join pages of programs, and as an idle guest's time jumps, a scan of some 1.5 million
    instructions fell into one load of many. Pages that a program touches are as large as before.
    """
    for key in ("scan_sleep_millisecs", "alloc_sleep_millisecs"):
        with contextlib.suppress(OSError):  # a kernel without it
            (_KHUGEPAGED / key).write_text(str((1 << 32) - 1))


def _remember_neighbours() -> None:
    """Have neighbours be reachable from the first packets on and stay so, as they do on a network that is in use.

    An idle guest's time jumps, and half a minute later an entry is stale, so that each packet's Ethernet header is written anew:
    90 instructions more for each hop, as long as nobody confirms the entry. One that was learnt from a question waits five
    seconds before it asks for itself. Devices of all namespaces copy what the first namespace has when they are made.
    """
    for key, value in (("base_reachable_time_ms", _REACHABLE_MS), ("delay_first_probe_time", 0)):
        inherited.state_neighbours(key, str(value))
        for file in Path("/proc/sys/net").glob(f"ipv[46]/neigh/default/{key}"):
            file.write_text(str(value))


def _spread_neighbours() -> None:
    """Have the kernel's table of neighbours be so wide that two hardly ever share a row.

    All namespaces have one table, of eight rows at first, and the kernel draws at boot which address falls into which: a hop's
    look-up took a dozen instructions more or less with each VM. A table that was full once stays wide.
    """
    lines = [
        f"link add {_CROWD} type bridge", f"link set {_CROWD} up",
        *(f"neigh add 10.0.{i >> 8}.{i & 255} lladdr 02:00:00:00:00:01 dev {_CROWD} nud permanent" for i in range(_NEIGHBOURS)),
        f"link del {_CROWD}",
    ]  # fmt: skip
    done = subprocess.run(
        ["ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        print(f"barewire: the table of neighbours stays as it was: {done.stderr.strip()}", flush=True)


def _port() -> str:
    for folder in Path("/sys/class/virtio-ports").glob("*"):
        if (folder / "name").read_text().strip() == NAME:
            return f"/dev/{folder.name}"
    raise PrerequisiteError(f"the guest has no virtio-serial port {NAME}")


if __name__ == "__main__":
    sys.exit(main())
