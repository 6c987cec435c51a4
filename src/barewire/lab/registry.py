"""Registry of running labs, by name.

A lab's name is an abstract Unix socket, `@barewire/lab/UID/NAME`: the kernel frees it with its process, however that ends, so no
file can become stale, and binding it makes the name unique. `lab list` reads the names from /proc/net/unix. Abstract sockets have
no permissions; each side asks the kernel who the other one is (SO_PEERCRED).
"""

from __future__ import annotations

import json
import os
import re
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from barewire.errors import BarewireError, UsageError
from barewire.kernel.claims import CREDENTIALS
from barewire.kernel.readiness import wait_readable

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
_ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LabInfo:
    """Facts of a running lab; `init` is its PID 1, `holder` the process that `lab down` ends."""

    name: str
    network: str
    nodes: int
    pods: tuple[str, ...]
    namespaces: tuple[str, ...]
    init: int
    holder: int
    since: str
    routers: tuple[str, ...] = ()


class Registration:
    """A registered name, until this process ends or closes it."""

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} is not a lab's name", remedy="Use lower-case letters, digits, dots and dashes, 40 at most"
            )
        self.name = name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(_address(os.geteuid(), name))
        except OSError as error:
            self._socket.close()
            raise UsageError(
                f"there is a lab {name} already",
                said=error.strerror or str(error),
                remedy=f"Choose another name with --name, or end it with barewire lab down {name}",
            ) from error
        self._socket.listen(16)

    def close(self) -> None:
        """Release the name."""
        self._socket.close()

    def answer_until_down(self, info: LabInfo) -> None:
        """Answer `lab list`, `lab exec` and `lab down`; return on the last, or when the lab's first process has ended."""
        try:
            # Readable at its end, also where nobody buries orphans: a number would still answer to its zombie.
            life = os.pidfd_open(info.init)
        except ProcessLookupError:
            return
        asked = self._socket.fileno()
        try:
            while life not in (ready := wait_readable([asked, life])):
                if asked in ready and self._answer(info) == b"down":
                    return
        finally:
            os.close(life)

    def _answer(self, info: LabInfo) -> bytes:
        """Answer one client with the facts of the lab; return its request, or nothing if the user may not ask."""
        client, _ = self._socket.accept()
        with client:
            client.settimeout(_ANSWER_SECONDS)
            try:
                if _peer_uid(client) not in (os.geteuid(), 0):
                    return b""
                asked = client.recv(64).strip()
                client.sendall(json.dumps(asdict(info)).encode() + b"\n")
            except OSError:
                return b""
            return asked


def labs() -> list[LabInfo]:
    """Every lab of this user (for root: of everybody), by name."""
    found = []
    for uid, name in _names():
        if os.geteuid() in (0, uid):
            try:
                found.append(_ask(uid, name, "info"))
            except BarewireError:
                continue  # It ended between the listing and the question.
    return sorted(found, key=lambda info: info.name)


def find(name: str) -> LabInfo:
    """The lab of that name; UsageError with the names there are."""
    return _ask(_owner(name), name, "info")


def end(name: str) -> LabInfo:
    """`lab down NAME`: ask the holder to end, and wait for it."""
    uid = _owner(name)
    info = _ask(uid, name, "down")
    try:
        pidfd = os.pidfd_open(info.holder)
    except ProcessLookupError:
        return info
    try:
        wait_readable([pidfd], _ANSWER_SECONDS * 2)
    finally:
        os.close(pidfd)
    return info


def _owner(name: str) -> int:
    matches = [uid for uid, other in _names() if other == name and os.geteuid() in (0, uid)]
    if matches:
        return matches[0]
    there = ", ".join(sorted({other for uid, other in _names() if os.geteuid() in (0, uid)}))
    raise UsageError(
        f"there is no lab {name}", said=f"there are {there}" if there else "no lab is up",
        remedy="Make one with barewire lab up NETWORK",
    )  # fmt: skip


def _ask(uid: int, name: str, what: str) -> LabInfo:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_ANSWER_SECONDS)
        try:
            line.connect(_address(uid, name))
            if _peer_uid(line) not in (uid, 0):
                raise UsageError(f"lab {name} belongs to another user")
            line.sendall(what.encode() + b"\n")
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        except OSError as error:
            raise UsageError(f"lab {name} does not answer", said=error.strerror or str(error)) from error
    try:
        known: dict[str, Any] = json.loads(answer)
        known |= {key: tuple(value) for key, value in known.items() if isinstance(value, list)}
        return LabInfo(**known)
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(
            f"lab {name} is of another version of barewire", said=str(error), remedy="Use that version for it"
        ) from error


def _names() -> set[tuple[int, str]]:
    found = set()
    for line in Path("/proc/net/unix").read_text(errors="replace").splitlines():
        match = re.search(r" @barewire/lab/([0-9]+)/(\S+)$", line)
        if match:
            found.add((int(match[1]), match[2]))
    return found


def _address(uid: int, name: str) -> str:
    return f"\0barewire/lab/{uid}/{name}"


def _peer_uid(line: socket.socket) -> int:
    raw = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(raw)[1])
