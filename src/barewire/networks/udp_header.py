"""The UDP header in front of an encapsulation (RFC 768)."""

from __future__ import annotations

from barewire.model.expectation import Outer

UDP_BYTES = 8
_UDP = 17


def unpack_udp(outer: Outer) -> tuple[int, bytes] | None:
    """Destination port and what is behind the header; None for another protocol, or less than a header."""
    if outer.protocol != _UDP or len(outer.payload) < UDP_BYTES:
        return None
    return int.from_bytes(outer.payload[2:4], "big"), outer.payload[UDP_BYTES:]
