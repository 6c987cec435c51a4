"""What a peer answers: a type for each request of `messages`, and `Failed` for any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from barewire.records import Finding
from barewire.records.environment import PeerRecord
from barewire.workloads.servers.counts import ServeCounts


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a request was not done: an error in its four parts."""

    type: Literal["failed"]
    kind: Literal["LoadError", "PrerequisiteError", "KernelError"]
    what: str
    where: str = ""
    said: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """An endpoint as the peer has it: the link that holds its address. `lacking` is why it cannot be served."""

    lacking: str = ""
    remedy: str = ""
    dev: str = ""
    kind: str = ""
    mtu: int = 0


@dataclass(frozen=True, slots=True)
class Joined:
    """The peer's machine; `cores` has the CPUs of each core, `interrupted` the CPU that devices interrupt most."""

    type: Literal["joined"]
    version: str
    machine: PeerRecord
    cpus: tuple[int, ...]
    cores: tuple[tuple[int, ...], ...]
    interrupted: int | None
    programs: tuple[str, ...]
    captures: bool
    endpoints: dict[str, EndpointFacts]


@dataclass(frozen=True, slots=True)
class Served:
    """What a `Serve` started, for `Stop`."""

    type: Literal["served"]
    number: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """It has ended."""

    type: Literal["stopped"]
    counts: ServeCounts


@dataclass(frozen=True, slots=True)
class ReadingAnswer:
    """`Counters` of the peer, but for its clock."""

    type: Literal["reading"]
    cpu: dict[str, dict[str, float]]
    context_switches: int
    backlog_drops: int
    retransmissions: int
    drops: tuple[tuple[str, str, str, str, int], ...]
    kernel_drops: tuple[tuple[str, str, int], ...]
    throttled_ns: int | None


@dataclass(frozen=True, slots=True)
class Watching:
    """Marked connections are awaited."""

    type: Literal["watching"]
    captures: bool


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """A frame that carries a mark, or is encrypted: base64; `ns` by the peer's clock, for differences alone."""

    dev: str
    direction: str
    ns: int
    data: str


@dataclass(frozen=True, slots=True)
class Collected:
    """The peer's end of the exchange; `kinds` of its links by name."""

    type: Literal["collected"]
    frames: tuple[CapturedFrame, ...]
    sockets: tuple[str, ...]
    datagram_bytes: int
    failed: str
    kinds: dict[str, str]


@dataclass(frozen=True, slots=True)
class Cleared:
    """None is left."""

    type: Literal["cleared"]


@dataclass(frozen=True, slots=True)
class Examined:
    """What the rules of the pre-flight found there."""

    type: Literal["examined"]
    reasons: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()
    busy: dict[str, float] = field(default_factory=dict)


Answer = Annotated[
    Failed | Joined | Served | Stopped | ReadingAnswer | Watching | Collected | Cleared | Examined,
    Field(discriminator="type"),
]

ANSWER: TypeAdapter[Any] = TypeAdapter(Answer)
