"""What the proof expects of a transport's packets, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from barewire.model.objects import IPAddress

IP_HEADER_BYTES = {4: 20, 6: 40}
"""Of an outer IP header without options, by family."""

ETHERNET_BYTES = 14
"""Of a frame's header, without a VLAN."""

MARK = b"barewire/"
"""How what a packet of a proof carries begins; that of an answer is the request's turned around."""


@dataclass(frozen=True, slots=True)
class Outer:
    """An IP packet as an encapsulation sees it: family (4 or 6), number of the protocol within, and that protocol's bytes."""

    family: int
    protocol: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Decapsulated:
    """What an encapsulation found: itself with the fields of its header, and the packet in it, which is a frame if `framed`.
    The packet is empty where it is encrypted; `sealed` is then the length of the message that holds it."""

    encapsulation: Encapsulation
    packet: bytes
    framed: bool = False
    sealed: int = 0


class Encapsulation(Protocol):
    """What stands around a pod's packet on the wire. Its text is what a claim of the proof prints."""

    name: ClassVar[str]
    link: ClassVar[str]
    """The kind of the link that adds it; empty for none."""
    families: ClassVar[frozenset[int]]
    """Families of the outer addresses."""
    carries: ClassVar[frozenset[int]]
    """Families of the packets inside."""

    def header_bytes(self, family: int) -> int:
        """Bytes on the wire before the pod's IP packet, without the outer Ethernet header, over outer `family`."""
        ...

    @classmethod
    def parse(cls, outer: Outer) -> Decapsulated | None:
        """The header with what is inside; None for anything else."""
        ...


@runtime_checkable
class EncryptedEncapsulation(Encapsulation, Protocol):
    """One whose inside nobody on the wire can read."""

    def sealed_bytes(self, packet: int, mtu: int) -> int:
        """The length of the message that holds a packet of so many bytes, sent by a link with that MTU."""
        ...


@dataclass(frozen=True, slots=True)
class WireExpectation:
    """Addresses on the wire; the inner ones are None without encapsulation, and where it encrypts. `routed_by` names the
    namespace of a router on the wire that the packet must pass, and `switched_by` that of one that must not route it; or both are
    empty."""

    source: IPAddress
    destination: IPAddress
    encapsulation: Encapsulation | None = None
    inner_source: IPAddress | None = None
    inner_destination: IPAddress | None = None
    routed_by: str = ""
    switched_by: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a client connects to."""

    address: IPAddress
    port: int
