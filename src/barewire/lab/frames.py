"""What a captured frame says: outer addresses, and for VXLAN the port, the VNI and the inner addresses.

dpkt reads Ethernet, IP, UDP and TCP; the VXLAN header (RFC 7348, 8 bytes, the VNI in the fifth to seventh) is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

import dpkt

from barewire.model.expectation import Encapsulation
from barewire.model.objects import IPAddress

_VXLAN_HEADER_BYTES = 8
_VXLAN_FLAGS = 0x08


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


def headers(data: bytes, vxlan_port: int | None) -> Headers | None:
    """The headers of a frame that starts with Ethernet; None when it carries no IP. UDP to `vxlan_port` is VXLAN."""
    packet = _ip(data)
    if packet is None:
        return None
    source, destination = ip_address(packet.src), ip_address(packet.dst)
    udp = packet.data
    if not isinstance(udp, dpkt.udp.UDP) or udp.dport != vxlan_port:
        return Headers(source, destination)
    payload = bytes(udp.data)
    if len(payload) < _VXLAN_HEADER_BYTES or payload[0] != _VXLAN_FLAGS:
        return Headers(source, destination)
    inner = _ip(payload[_VXLAN_HEADER_BYTES:])
    if inner is None:
        return Headers(source, destination)
    vni = int.from_bytes(payload[4:7], "big")
    return Headers(
        source, destination, Encapsulation("vxlan", udp.dport, vni), ip_address(inner.src), ip_address(inner.dst)
    )


def _ip(data: bytes) -> dpkt.ip.IP | dpkt.ip6.IP6 | None:
    try:
        packet = dpkt.ethernet.Ethernet(data).data
    except dpkt.UnpackError:
        return None
    return packet if isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6) else None
