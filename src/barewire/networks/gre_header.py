"""The header of GRE (RFC 2784, RFC 2890): 4 bytes, or 8 with a key; the same over IPv4 and IPv6."""

from __future__ import annotations

from barewire.model.expectation import IP_HEADER_BYTES, Outer

_GRE = 47
_CHECKSUM, _KEY, _SEQUENCE, _OTHER = 0x8000, 0x2000, 0x1000, 0x4FFF
"""Bits of the first two bytes; those of `_OTHER` (routing, version, reserved) are zero."""

_PROTOCOLS = (0x0800, 0x86DD)
"""What is inside, by Ethernet's numbers: IPv4 or IPv6."""


def header_bytes(family: int, key: int | None) -> int:
    """Outer IP and GRE, without checksum and sequence number."""
    return IP_HEADER_BYTES[family] + (4 if key is None else 8)


def read_header(outer: Outer) -> tuple[int | None, bytes] | None:
    """Key and packet of GRE that holds an IP packet; None for anything else."""
    payload = outer.payload
    flags, protocol = int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:4], "big")
    if outer.protocol != _GRE or flags & _OTHER or protocol not in _PROTOCOLS:
        return None
    first = 8 if flags & _CHECKSUM else 4
    length = first + (4 if flags & _KEY else 0) + (4 if flags & _SEQUENCE else 0)
    if len(payload) < length:
        return None
    key = int.from_bytes(payload[first : first + 4], "big") if flags & _KEY else None
    return key, payload[length:]
