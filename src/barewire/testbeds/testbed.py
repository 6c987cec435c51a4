"""What a lab needs of a testbed: nodes that reach a desired state, run programs and capture packets.

`local` gives it with namespaces of this machine. Another place (a VM, machines over SSH) is another folder with the same
operations; nothing above this layer changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from barewire.kernel.counters import Counters
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.kernel.machine import Machine
from barewire.kernel.taps import Frame
from barewire.model.objects import DesiredState, IPAddress

LOCAL = "local"
"""The name of the place whose labs are on the study's own machine."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run in a namespace, pinned to `cpus` (none: wherever the kernel likes). A server names the port that it
    `listens` on, of TCP unless it has `datagrams` alone, so that another's on that port is not taken for it."""

    namespace: str
    argv: tuple[str, ...]
    cpus: tuple[int, ...] = ()
    listens: int = 0
    datagrams: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: a negative `status` is the signal that ended it."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One marked exchange: who connects from where to what, and who answers where."""

    client: str
    server: str
    address: IPAddress
    port: int
    listen: IPAddress
    listen_port: int
    token: bytes
    full_bytes: int = 0
    """Payload of a datagram that exactly fills the pod's MTU, sent with don't-fragment; 0 leaves it out."""

    mark: bytes = b""
    """What that datagram begins with, so that taps know it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the taps saw of an exchange and of the full-size datagram, whether that arrived, and every link's kind.

    `failed` is the kernel's word when the exchange did not happen; later exchanges of the same call are then left out.
    """

    frames: tuple[Frame, ...]
    full_arrived: bool
    kinds: dict[str, dict[str, str]] = field(default_factory=dict)
    full_frames: tuple[Frame, ...] = ()
    sockets: tuple[str, str] = ("", "")
    """The client's address and port, as its own socket has them and as the server's sees them."""

    failed: str = ""


class LabNodes(Protocol):
    """An open place. Every method raises BarewireError with the kernel's words."""

    @property
    def privilege(self) -> str:
        """`root` or `user namespace`."""
        ...

    @property
    def init_pid(self) -> int:
        """The lab's first process, as the caller's pid namespace numbers it."""
        ...

    def apply(self, desired: DesiredState) -> Applied: ...
    def probe(self, names: Iterable[str]) -> dict[str, Feature]: ...
    def exchange(self, wanted: Sequence[Exchange]) -> tuple[Seen, ...]: ...
    def counters(self) -> Counters: ...
    def offloads(self, namespace: str, dev: str) -> dict[str, bool]: ...
    def without_offloads(self, namespace: str, dev: str) -> None:
        """Switch segmentation, checksum and receive offloads of a device off."""
        ...

    def sysctl(self, namespace: str, key: str) -> str: ...
    def inherited(self, namespace: str) -> dict[str, str]:
        """What `namespace` has of the settings that it would have inherited from its machine (`kernel.inherited`)."""
        ...

    def write_file(self, name: str, content: bytes) -> str: ...
    def spawn(self, command: Command) -> int: ...
    def wait_listening(self, process: int, seconds: float) -> None: ...
    def wait(self, process: int, seconds: float) -> Finished: ...
    def stop(self, process: int) -> Finished: ...


class Testbed(Protocol):
    """Opens labs, on a machine that may be another than the study's."""

    name: str

    def machine(self) -> Machine:
        """The machine that its labs are on, as it is now."""
        ...

    def open(self) -> AbstractContextManager[LabNodes]: ...

    def restart(self) -> None:
        """Begin anew with what outlives a lab, so that the next one shares nothing with those before."""
        ...
