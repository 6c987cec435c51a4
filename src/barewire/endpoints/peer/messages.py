"""What a study asks its peer for: one JSON document a message, of bounded size, parsed into these types; `answers` has replies.

A message is four bytes with its length and as many of UTF-8 JSON. Everything that a peer can be asked for is a type here, with
bounds on every value; there is no field for a command, a path or a name of a program. Numbers of the two machines' clocks never
meet: times are durations, measured by the machine that sends them.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, with_config

from barewire.errors import LoadError
from barewire.records import why

PROTOCOL = 1
"""Changes with every message type; both ends must have the same, and the same version of barewire."""

MOST_REQUEST_BYTES, MOST_ANSWER_BYTES = 64 << 10, 4 << 20
LEAST_PORT, MOST_SERVICES, MOST_FLOWS, MOST_ENDPOINTS = 1024, 16, 16, 32
MOST_IDLE_S = 4000.0
"""A load lasts an hour at most, and the peer hears nothing meanwhile."""

_EXACT = ConfigDict(extra="forbid")

Port = Annotated[int, Field(ge=LEAST_PORT, le=65_535)]
Bytes = Annotated[int, Field(ge=1, le=1 << 20)]
Cpus = Annotated[tuple[Annotated[int, Field(ge=0, lt=1 << 16)], ...], Field(max_length=1024)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Address = IPv4Address | IPv6Address


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Hello:
    """The client's first message."""

    type: Literal["hello"]
    protocol: int
    nonce: Hex


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Challenge:
    """The peer's answer."""

    type: Literal["challenge"]
    protocol: int
    nonce: Hex


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class ClientProof:
    """That the client has the token."""

    type: Literal["proof"]
    mac: Hex


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Welcome:
    """That the peer has it too."""

    type: Literal["welcome"]
    mac: Hex
    version: Name


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class JoinStudy:
    """The first request: the addresses to serve on by the study's names, and how long the connection may be silent."""

    type: Literal["join"]
    version: Name
    endpoints: Annotated[dict[Name, Address], Field(min_length=1, max_length=MOST_ENDPOINTS)]
    idle_s: Annotated[float, Field(gt=0, le=MOST_IDLE_S)]


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class AskedService:
    """A `Service`, with its bounds."""

    kind: Literal["http", "tcp", "udp", "sink", "iperf3"]
    port: Port
    sizes: Annotated[tuple[Bytes, ...], Field(max_length=64)] = ()
    request_bytes: Annotated[int, Field(ge=0, le=65_000)] = 0
    response_bytes: Annotated[int, Field(ge=0, le=1 << 20)] = 0
    takes_bodies: bool = False


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Serve:
    """Start servers on an endpoint's address."""

    type: Literal["serve"]
    endpoint: Name
    server: Literal["nginx", "serve"]
    services: Annotated[tuple[AskedService, ...], Field(min_length=1, max_length=MOST_SERVICES)]
    cpus: Cpus


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Stop:
    """Stop what a `Serve` started, by its number."""

    type: Literal["stop"]
    number: int


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class ReadCounters:
    """The machine's counters."""

    type: Literal["counters"]


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Watch:
    """Await marked connections on an endpoint's address."""

    type: Literal["watch"]
    endpoint: Name
    port: Port
    flows: Annotated[int, Field(ge=1, le=MOST_FLOWS)]
    token_bytes: Annotated[int, Field(ge=16, le=128)]


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Collect:
    """What came of a `Watch`."""

    type: Literal["collect"]


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Clear:
    """End every server that this study has started: a trial is over."""

    type: Literal["clear"]


@with_config(_EXACT)
@dataclass(frozen=True, slots=True)
class Examine:
    """The pre-flight on CPUs, for some seconds."""

    type: Literal["examine"]
    cpus: Cpus
    seconds: Annotated[float, Field(gt=0, le=10)]


Request = Annotated[
    JoinStudy | Serve | Stop | ReadCounters | Watch | Collect | Clear | Examine, Field(discriminator="type")
]


REQUEST: TypeAdapter[Any] = TypeAdapter(Request)
HELLO, CHALLENGE = TypeAdapter(Hello), TypeAdapter(Challenge)
PROOF, WELCOME = TypeAdapter(ClientProof), TypeAdapter(Welcome)

T = TypeVar("T")


def encode(message: object, most: int) -> bytes:
    """A message with its length before it; LoadError where it is larger than `most` bytes."""
    body = _adapter(message).dump_json(message)
    if len(body) > most:
        raise LoadError(f"a message of {len(body)} bytes is larger than the {most} that a peer takes")
    return len(body).to_bytes(4, "big") + body


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _adapter(message: object) -> TypeAdapter[Any]:
    kind = type(message)
    if kind.__name__ not in _ADAPTERS:
        _ADAPTERS[kind.__name__] = TypeAdapter(kind)
    return _ADAPTERS[kind.__name__]


def decode(body: bytes, kind: TypeAdapter[T]) -> T:
    """A message of the given type; ValueError, in one line, for anything else."""
    try:
        return kind.validate_json(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(why(error) if isinstance(error, ValueError) else "nested too deeply") from None
