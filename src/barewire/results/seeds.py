"""Seeds by hash: of one thing among many, the same on every Python version and in a resumed study."""

from __future__ import annotations

from hashlib import blake2s


def derived_seed(*parts: object) -> int:
    """53 bits that depend on all parts and on nothing else."""
    digest = blake2s("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 11
