"""Receive and transmit packet steering of a link's queues, set from within its namespace.

These are files of sysfs, and a sysfs shows the links of the namespace that mounted it. So the lab mounts one for the
moment, in its own mount namespace: the machine's /sys shows none of a lab's links. The kernel lets only root steer, not
the root of a user namespace, and refuses the latter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from barewire.errors import KernelError
from barewire.kernel import syscalls
from barewire.model.commands import command, steering_files
from barewire.model.settings import Steering

_MOUNTED = Path("/run/barewire/sys")


def write(wanted: Steering, namespace: str) -> None:
    """Write the files of every queue. KernelError with the equivalent command if the kernel refuses."""
    try:
        with _queues(wanted.dev) as queues:
            for pattern, text in steering_files(wanted).items():
                for file in sorted(queues.glob(pattern)):
                    file.write_text(text)
    except OSError as error:
        raise KernelError(
            f"cannot do `{command(wanted)}`", where=namespace, said=error.strerror or str(error)
        ) from error


def holds(wanted: Steering) -> bool:
    """Whether every queue is as `wanted`."""
    with _queues(wanted.dev) as queues:
        return all(
            _number(file.read_text()) == _number(text)
            for pattern, text in steering_files(wanted).items()
            for file in queues.glob(pattern)
        )


@contextmanager
def _queues(dev: str) -> Iterator[Path]:
    _MOUNTED.mkdir(parents=True, exist_ok=True)
    syscalls.mount("sysfs", str(_MOUNTED), "sysfs", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    try:
        yield _MOUNTED / "class" / "net" / dev / "queues"
    finally:
        syscalls.unmount(str(_MOUNTED))


def _number(text: str) -> int:
    return int(text.strip().replace(",", "") or "0", 16)
