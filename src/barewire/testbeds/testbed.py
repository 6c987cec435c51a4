"""The interface between labs and testbeds: nodes, and the underlay that joins them.

A node is a machine, or network namespaces that stand for one. A lab works on its nodes and never on the study's own machine: a
program's path, facts of the machine, counters and files are a node's. `local` and `vm` make nodes of namespaces and join them by
veth; a testbed of other machines is another folder with the same operations, and brings the network cards that they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from barewire.model.network import Topology
from barewire.model.objects import DesiredState, IPAddress, LearnedRoute
from barewire.model.observed import ObservedLink
from barewire.model.reported import Convergence
from barewire.model.settings import Sysctl

if TYPE_CHECKING:
    # They bring the kernel's interfaces, which a report has no use for, and workloads import this module.
    from barewire.kernel.counters import Counters
    from barewire.kernel.daemon_usage import DaemonUsage
    from barewire.kernel.engine import Applied
    from barewire.kernel.features import Feature
    from barewire.kernel.machine import Machine
    from barewire.kernel.taps import Frame

LOCAL = "local"
"""The name of the testbed whose labs are on the study's own machine."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run in a namespace, pinned to `cpus` (none: wherever the kernel likes).

    A program without a slash is looked up on the node. A server names the port that it `listens` on, of TCP unless it has
    `datagrams` alone, so that another's on that port is not taken for it. A program `on_node` sees the node's own /run,
    /var/lib/cni and /sys, as a program of a machine does; others see those of the lab."""

    namespace: str
    argv: tuple[str, ...]
    cpus: tuple[int, ...] = ()
    listens: int = 0
    datagrams: bool = False
    stdin: bytes = b""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables beside those that the lab has."""

    on_node: bool = False
    file_bytes: int = 0
    """No file that it writes, its output among them, may be larger: the kernel ends it with SIGXFSZ then. 0 is no limit."""


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

    `failed` is the kernel's error message if the exchange failed; later exchanges of the same call are then skipped.
    """

    frames: tuple[Frame, ...]
    full_arrived: bool
    kinds: dict[str, dict[str, str]] = field(default_factory=dict)
    full_frames: tuple[Frame, ...] = ()
    sockets: tuple[str, str] = ("", "")
    """The client's address and port, as its own socket has them and as the server's sees them."""

    failed: str = ""
    dropped: tuple[str, ...] = ()
    """What the kernel counted as dropped, by `kernel_drops`' names and namespaces, when a failed exchange was tried again."""


class ProgramNode(Protocol):
    """A node by what programs on it need: the generator and servers ask for no more. Every method raises BarewireError with the
    kernel's words."""

    @property
    def name(self) -> str: ...

    def program(self, name: str, folders: str = "") -> str:
        """The path of a program on this node; PrerequisiteError with how to install it. `folders`, joined by colons, are searched
        instead of the usual ones."""
        ...

    def spawn(self, command: Command) -> int:
        """Start a program; its number for the other methods."""
        ...

    def wait_listening(self, process: int, seconds: float) -> None:
        """Wait until the server listens on its port; LoadError with its output when it ended instead."""
        ...

    def wait(self, process: int, seconds: float) -> Finished:
        """Wait for a program's end; LoadError, and the program is ended, when it takes longer than `seconds`."""
        ...

    def stop(self, process: int) -> Finished:
        """End a program: SIGTERM, then SIGKILL."""
        ...

    def write_file(self, name: str, content: bytes) -> str:
        """Write a file that goes with the lab; its path on the node."""
        ...


class LabNode(ProgramNode, Protocol):
    """One node of a lab, with its pods."""

    def machine(self) -> Machine:
        """The machine that the node is on, as it was when the lab was opened."""
        ...

    def apply(self, desired: DesiredState) -> Applied:
        """Make namespaces of this node hold exactly what `desired` wants; namespaces that it does not name stay as they are."""
        ...

    def counters(self) -> Counters:
        """Those of the machine, and of this node's namespaces."""
        ...

    def offloads(self, namespace: str, dev: str) -> dict[str, bool]: ...
    def without_offloads(self, namespace: str, dev: str) -> None:
        """Switch segmentation, checksum and receive offloads of a device off."""
        ...

    def sysctl(self, namespace: str, key: str) -> str: ...
    def inherited(self, namespace: str) -> dict[str, str]:
        """What `namespace` has of the settings that it would have inherited from its machine (`kernel.inherited`)."""
        ...


class LabNodes(Protocol):
    """The nodes of an open lab."""

    @property
    def privilege(self) -> str:
        """`root` or `user namespace`."""
        ...

    @property
    def init_pid(self) -> int:
        """The lab's first process, as the caller's pid namespace numbers it."""
        ...

    def node(self, namespace: str) -> LabNode:
        """The node that `namespace` is on: `n1` for `n1` and for its pod `n1-p1`."""
        ...

    def apply(self, desired: DesiredState) -> Applied:
        """As `LabNode.apply`, for several nodes at once. Where they share a kernel all links are made before all addresses."""
        ...

    def await_daemons(self, seconds: float) -> Convergence:
        """Return once every daemon of what was applied is ready, the routes that they must learn are in the kernel, and they
        report what they must; KernelError with its log when one does not."""
        ...

    def await_learned(self, wanted: Mapping[str, Sequence[LearnedRoute]], seconds: float) -> dict[str, int]:
        """Return once the kernel has exactly these routes of daemons in each namespace: when, in nanoseconds of CLOCK_MONOTONIC.
        KernelError after `seconds`."""
        ...

    def daemon_usage(self) -> tuple[DaemonUsage, ...]:
        """What every daemon that runs has used."""
        ...

    def kill_daemons(self, namespace: str) -> None:
        """End the daemons of a namespace at once, as when their machine dies."""
        ...

    def probe(self, names: Iterable[str]) -> dict[str, Feature]:
        """Probe which of these features the nodes support."""
        ...

    def links(self) -> dict[str, tuple[ObservedLink, ...]]:
        """Every link in every namespace of the lab, no matter what made it, except loopbacks."""
        ...

    def keep_settings(self, wanted: Sequence[Sysctl]) -> None:
        """Write these sysctls in each namespace that a program adds to the lab from now on, unless it has set them itself."""
        ...

    def exchange(self, wanted: Sequence[Exchange]) -> tuple[Seen, ...]:
        """Capture at every node while marked packets are sent. Frames are in order within a namespace, and not between two."""
        ...

    def counters(self) -> Counters:
        """Those of all nodes."""
        ...


class Underlay(Protocol):
    """What joins the nodes: their namespaces, each with its end of the wire and its addresses on it."""

    def __call__(self, topology: Topology, *, wants_switch: bool) -> DesiredState: ...


class Testbed(Protocol):
    """Opens labs, possibly on other machines than the study's."""

    name: str

    def machine(self) -> Machine:
        """The machine that its labs are on, as it is now."""
        ...

    def machines(self) -> tuple[Machine, ...]:
        """Those of the nodes, in their order, where each node has its own; empty where they share one."""
        ...

    def underlay(self, topology: Topology, *, wants_switch: bool) -> DesiredState:
        """An `Underlay`: links that the testbed makes, or cards that it has."""
        ...

    def refusal(self, name: str, desired: DesiredState, *, programs: bool) -> Feature | None:
        """Why its nodes must not have what the network `name` wants, apart from what kernels lack; None if they may. `programs`
        says whether some of it is built by programs."""
        ...

    def open(self) -> AbstractContextManager[LabNodes]: ...

    def restart(self) -> None:
        """Restart whatever outlives a lab, so that the next lab shares no state with earlier ones."""
        ...
