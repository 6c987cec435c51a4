"""Daemons as plain data: programs that run in a namespace while a desired state holds them, and when each is ready."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from barewire.model.reported import Reported


@dataclass(frozen=True, slots=True)
class Listens:
    """Ready when something listens on a TCP port of the namespace."""

    port: int

    def __str__(self) -> str:
        return f"listens on port {self.port}"


@dataclass(frozen=True, slots=True)
class Prints:
    """Ready when the daemon has printed a text."""

    text: str

    def __str__(self) -> str:
        return f"prints {self.text!r}"


@dataclass(frozen=True, slots=True)
class Exists:
    """Ready when a file exists: a path, or one relative to the daemon's folder."""

    path: str

    def __str__(self) -> str:
        return f"makes {self.path}"


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program that runs in the namespace while it is wanted: a routing daemon, an agent. It starts in a folder of its own that
    holds `files` (name and content); what it prints goes into its log."""

    name: str
    argv: tuple[str, ...]
    ready: Listens | Prints | Exists
    files: tuple[tuple[str, str], ...] = ()
    reports: tuple[Reported, ...] = field(default=(), compare=False)
    """What it must report before a lab is proved; not a reason to restart it."""

    reload: Reported | None = None
    """How it reads changed files without a restart, and what that must print."""

    peers: tuple[IPv4Address | IPv6Address, ...] = field(default=(), compare=False)
    """The other daemons that it keeps a session with."""

    waits_seconds: int = field(default=0, compare=False)
    """How long its configuration has it wait before it begins."""
