"""The instruction-counting plugin of a running QEMU: matched to QEMU's version, started and stopped around each load.

The plugin connects to a Unix socket that this side listens on; so a QEMU that cannot take the plugin is known by its own word.
The socket's name is an abstract one, which is no file: nothing stays behind, whatever kills us. Who connects must be of our user.
Counting begins and ends with the recorded time of a load, to the instruction: the load marks both (csrc/load/marks.h).
"""

from __future__ import annotations

import os
import secrets
import socket
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

from barewire.errors import MeasurementError, PrerequisiteError
from barewire.explain.counts import Counts, parse
from barewire.kernel import programs
from barewire.testbeds.vm.machine import qemu_version

_PLUGIN = "barewire-count-{}.so"
_ANSWER_SECONDS = 60.0
"""A guest answers with its next instruction, so within its next timer."""


def plugin(program: str) -> Path:
    """The plugin for the version of QEMU's plugin interface that `program` has; PrerequisiteError without one."""
    version = qemu_version(program)
    if not version:
        raise PrerequisiteError(
            f"{program} is not there", remedy=f"Type `{programs.install_line([Path(program).name])}`"
        )
    numbers = [int(word) for word in version.split(".")[:2]]
    if numbers < [6, 0] or numbers == [9, 0]:
        raise PrerequisiteError(
            f"instructions cannot be counted in QEMU {version}", said="barewire has no plugin for its plugin interface",
            remedy="Use QEMU 6.0 to 8.2, or 9.1 and later; Debian's are 7.2 and 10.0",
        )  # fmt: skip
    name = _PLUGIN.format(1 if numbers < [9, 0] else 3)
    return Path(programs.built_path(name, "the plugin for QEMU", "BAREWIRE_PLUGIN"))


class Counter:
    """Give `arguments` to a QEMU, `connect` when it runs, then `start` and `stop` around each load. A context manager."""

    def __init__(self, program: str) -> None:
        """PrerequisiteError when nothing counts in this QEMU."""
        path = plugin(program)
        name = f"barewire/count/{secrets.token_hex(8)}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"\0{name}")
        self._listener.listen(1)
        # QEMU takes a comma within a value if it is doubled.
        self.arguments: tuple[str, ...] = ("-plugin", f"{str(path).replace(',', ',,')},control={name}")
        self._connection: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        if self._connection is not None:
            self._connection.close()

    def connect(self) -> None:
        """Accept the plugin's connection; the guest must be running."""
        self._listener.settimeout(_ANSWER_SECONDS)
        try:
            self._connection, _ = self._listener.accept()
        except TimeoutError as error:
            raise MeasurementError("the plugin did not connect", said=f"nothing in {_ANSWER_SECONDS:g} s") from error
        _, user, _ = struct.unpack("3i", self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if user != os.geteuid():
            raise MeasurementError("another process connected in place of the plugin", said=f"user {user}")
        self._connection.settimeout(_ANSWER_SECONDS)

    def start(self) -> None:
        """Count the recorded time of the next load."""
        self._order("start")

    def stop(self) -> Counts:
        """Stop counting and return the counts."""
        counts = parse(self._order("stop"))
        if not counts.total:
            raise MeasurementError(
                "nothing was counted", said="the load did not mark its recorded time",
                remedy="Generator and plugin must be of one version: build both again (scripts/setup)",
            )  # fmt: skip
        return counts

    def _order(self, order: str) -> str:
        assert self._connection is not None, "connect() first"
        try:
            with self._connection.makefile("rwb") as stream:
                stream.write(f"{order}\n".encode())
                stream.flush()
                words = stream.readline().decode().split()
                size = int(words[1]) if words[:1] == ["ok"] and len(words) > 1 else 0
                text = stream.read(size)
        except (OSError, ValueError) as error:
            raise MeasurementError(f"the plugin did not {order} counting", said=str(error)) from error
        if words[:1] != ["ok"] or len(text) != size:
            raise MeasurementError(f"the plugin did not {order} counting", said=" ".join(words) or "it is gone")
        return text.decode()
