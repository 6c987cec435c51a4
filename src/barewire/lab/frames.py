"""Parse captured frames: addresses, ports, encapsulation with the inner packet, fragments.

dpkt reads Ethernet, IP, UDP and TCP; what stands around a packet is read by the files of `networks/encapsulation`, all of
which are tried, whatever the network under proof uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

import dpkt

from barewire.model.expectation import Decapsulated, Encapsulation, Outer
from barewire.model.objects import IPAddress
from barewire.networks.encapsulations import encapsulations

_IP6_FRAGMENT = 44
_IPV4_FRAME, _UDP, _UDP_FRAME_BYTES = b"\x08\0", 17, 42
_KEPT = 4096
"""Frames whose headers are kept: a packet is the same bytes at most taps, and several claims ask about each."""


@dataclass(frozen=True, slots=True)
class Headers:
    """The addresses on a frame; the inner ones are None without encapsulation, and where what is inside is encrypted."""

    source: IPAddress
    destination: IPAddress
    encapsulation: Encapsulation | None = None
    inner_source: IPAddress | None = None
    inner_destination: IPAddress | None = None

    def __str__(self) -> str:
        text = f"{self.source} > {self.destination}"
        if self.encapsulation:
            text += f", {self.encapsulation}"
        if self.inner_source:
            text += f" [{self.inner_source} > {self.inner_destination}]"
        return text


@lru_cache(_KEPT)
def headers(data: bytes) -> Headers | None:
    """The headers of a frame that starts with Ethernet; None when it carries no IP."""
    packet = _framed(data)
    if packet is None:
        return None
    source, destination = ip_address(packet.src), ip_address(packet.dst)
    found = _inside(packet)
    if found is None:
        return Headers(source, destination)
    encapsulation, inner = found
    if inner is None:
        return Headers(source, destination, encapsulation)
    return Headers(source, destination, encapsulation, ip_address(inner.src), ip_address(inner.dst))


def sealed(data: bytes) -> tuple[Encapsulation, int] | None:
    """The encapsulation of an encrypted frame and the length of its message; None for any other frame."""
    packet = _framed(data)
    found = _decapsulated(packet) if packet is not None else None
    return (found.encapsulation, found.sealed) if found and found.sealed else None


@lru_cache(_KEPT)
def ports(data: bytes) -> tuple[int, int] | None:
    """Source and destination port of the innermost TCP or UDP; None when there is none."""
    packet = _framed(data)
    found = _inside(packet) if packet is not None else None
    if found and found[1] is not None:
        packet = found[1]
    transport = packet.data if packet is not None else None
    return (transport.sport, transport.dport) if isinstance(transport, dpkt.tcp.TCP | dpkt.udp.UDP) else None


def is_fragment(data: bytes) -> bool:
    """Whether the frame holds a fragment of an IP packet, the outer one where there are two."""
    packet = _framed(data)
    if isinstance(packet, dpkt.ip.IP):
        return bool(packet.mf or packet.offset)
    return isinstance(packet, dpkt.ip6.IP6) and _IP6_FRAGMENT in getattr(packet, "extension_hdrs", {})


@lru_cache(_KEPT)
def hops_left(data: bytes) -> int | None:
    """The TTL or hop limit of the innermost packet; None for a frame without IP."""
    packet = _framed(data)
    found = _inside(packet) if packet is not None else None
    if found and found[1] is not None:
        packet = found[1]
    if packet is None:
        return None
    return int(packet.ttl if isinstance(packet, dpkt.ip.IP) else packet.hlim)


def _inside(packet: dpkt.ip.IP | dpkt.ip6.IP6) -> tuple[Encapsulation, dpkt.ip.IP | dpkt.ip6.IP6 | None] | None:
    """The encapsulation of a packet, and the packet within, which is None where it is encrypted."""
    found = _decapsulated(packet)
    return (found.encapsulation, _inner(found)) if found else None


def _decapsulated(packet: dpkt.ip.IP | dpkt.ip6.IP6) -> Decapsulated | None:
    family = 4 if isinstance(packet, dpkt.ip.IP) else 6
    outer = Outer(family, packet.p, bytes(packet.data))
    for one in encapsulations():
        found = one.parse(outer)
        if found and (not found.packet or _inner(found) is not None):
            return found
    return None


def _inner(found: Decapsulated) -> dpkt.ip.IP | dpkt.ip6.IP6 | None:
    if not found.packet:
        return None
    return _framed(found.packet) if found.framed else _bare(found.packet)


def _framed(data: bytes) -> dpkt.ip.IP | dpkt.ip6.IP6 | None:
    """The IP packet in an Ethernet frame."""
    try:
        packet = dpkt.ethernet.Ethernet(_with_whole_length(data)).data
    except dpkt.UnpackError:
        return None
    return packet if isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6) else None


def _with_whole_length(data: bytes) -> bytes:
    """A frame of UDP over IPv4 with the IP length that it was sent with. The kernel's receiver of Foo over UDP takes the bytes
    that it unpacks off that length (`fou_recv_pull`) in memory that veth and taps share with the sender."""
    if data[12:14] != _IPV4_FRAME or len(data) < _UDP_FRAME_BYTES or data[23] != _UDP:
        return data
    header = (data[14] & 0x0F) * 4
    whole = header + int.from_bytes(data[14 + header + 4 : 14 + header + 6], "big")
    if not int.from_bytes(data[16:18], "big") < whole <= len(data) - 14:
        return data
    return data[:16] + whole.to_bytes(2, "big") + data[18:]


def _bare(data: bytes) -> dpkt.ip.IP | dpkt.ip6.IP6 | None:
    """The IP packet that `data` is."""
    kind = dpkt.ip.IP if data[0] >> 4 == 4 else dpkt.ip6.IP6
    try:
        packet: dpkt.ip.IP | dpkt.ip6.IP6 = kind(data)
        return packet
    except dpkt.UnpackError:
        return None
