"""What a captured frame says: addresses, ports, whether it is a fragment, and for VXLAN the port, the VNI and what is inside.

dpkt reads Ethernet, IP, UDP and TCP; the VXLAN header (RFC 7348, 8 bytes, the VNI in the fifth to seventh) is read here. It is
looked for behind every UDP port, so that a tunnel on the wrong one is called what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

import dpkt

from barewire.model.expectation import Encapsulation
from barewire.model.objects import IPAddress

_VXLAN_HEADER_BYTES = 8
_VXLAN_FLAGS = b"\x08\0\0\0"
"""The I flag and three reserved bytes, which are zero."""

_IP6_FRAGMENT = 44


@dataclass(frozen=True, slots=True)
class Headers:
    """The addresses on a frame; the inner ones are None without encapsulation."""

    source: IPAddress
    destination: IPAddress
    encapsulation: Encapsulation | None = None
    inner_source: IPAddress | None = None
    inner_destination: IPAddress | None = None

    def __str__(self) -> str:
        text = f"{self.source} > {self.destination}"
        if self.encapsulation:
            text += f", {self.encapsulation} [{self.inner_source} > {self.inner_destination}]"
        return text


def headers(data: bytes) -> Headers | None:
    """The headers of a frame that starts with Ethernet; None when it carries no IP."""
    packet = _ip(data)
    if packet is None:
        return None
    source, destination = ip_address(packet.src), ip_address(packet.dst)
    inside = _vxlan(packet)
    inner = _ip(inside[1]) if inside else None
    if inside is None or inner is None:
        return Headers(source, destination)
    return Headers(source, destination, inside[0], ip_address(inner.src), ip_address(inner.dst))


def ports(data: bytes) -> tuple[int, int] | None:
    """Source and destination port of the innermost TCP or UDP; None when there is none."""
    packet = _ip(data)
    inside = _vxlan(packet) if packet is not None else None
    if inside and (inner := _ip(inside[1])) is not None:
        packet = inner
    transport = packet.data if packet is not None else None
    return (transport.sport, transport.dport) if isinstance(transport, dpkt.tcp.TCP | dpkt.udp.UDP) else None


def is_fragment(data: bytes) -> bool:
    """Whether the frame holds a fragment of an IP packet, the outer one where there are two."""
    packet = _ip(data)
    if isinstance(packet, dpkt.ip.IP):
        return bool(packet.mf or packet.offset)
    return isinstance(packet, dpkt.ip6.IP6) and _IP6_FRAGMENT in getattr(packet, "extension_hdrs", {})


def _vxlan(packet: dpkt.ip.IP | dpkt.ip6.IP6) -> tuple[Encapsulation, bytes] | None:
    """The VXLAN header behind UDP, and the frame in it."""
    udp = packet.data
    if not isinstance(udp, dpkt.udp.UDP):
        return None
    payload = bytes(udp.data)
    if len(payload) < _VXLAN_HEADER_BYTES or payload[:4] != _VXLAN_FLAGS or payload[7] != 0:
        return None
    return Encapsulation("vxlan", udp.dport, int.from_bytes(payload[4:7], "big")), payload[_VXLAN_HEADER_BYTES:]


def _ip(data: bytes) -> dpkt.ip.IP | dpkt.ip6.IP6 | None:
    try:
        packet = dpkt.ethernet.Ethernet(data).data
    except dpkt.UnpackError:
        return None
    return packet if isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6) else None
