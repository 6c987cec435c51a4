"""Whether bytes are an IPv4 packet: where an encapsulation has no field that says so, or none at all."""

from __future__ import annotations

from struct import unpack

_LEAST = 20


def is_ipv4(data: bytes) -> bool:
    """Version, lengths and checksum of the header (RFC 791) are right, so other bytes are taken for one once in 2^40."""
    if len(data) < _LEAST or data[0] >> 4 != 4:
        return False
    header = (data[0] & 0x0F) * 4
    if not _LEAST <= header <= len(data) or int.from_bytes(data[2:4], "big") != len(data):
        return False
    total: int = sum(unpack(f">{header // 2}H", data[:header]))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF
