"""Whether this kernel can sign the packets of a TCP connection (RFC 2385), as BGP sessions with a password need."""

from __future__ import annotations

import socket
import struct

_TCP_MD5SIG, _KEY_BYTES = 14, 80
_SIGNATURE = struct.Struct("=HH4s120xBBHi80s")
"""struct tcp_md5sig (linux/tcp.h): sockaddr_storage, flags, prefix length, key length, interface, key."""


def attempt() -> None:
    """Give a socket a key for packets of one address. OSError if the kernel has no TCP_MD5SIG."""
    key = b"probe"
    option = _SIGNATURE.pack(socket.AF_INET, 0, socket.inet_aton("127.0.0.1"), 0, 0, len(key), 0, key)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as end:
        end.setsockopt(socket.IPPROTO_TCP, _TCP_MD5SIG, option)
