"""Neighbours that the kernel learned, by ARP or IPv6's neighbour discovery, forgotten.

All namespaces of a machine share one table of them for each IP version, of 1024 entries by default. When it is full, the kernel
makes room only of entries that are older than five seconds, and until then drops what wants another one.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from barewire.errors import KernelError
from barewire.kernel import rtnetlink
from barewire.kernel.rtnetlink import RouteRequest

_NEIGHBOUR = struct.Struct("=BxxxiHBB")
_GETNEIGH, _DELNEIGH, _NDA_DST = 30, 29, 1
_NOT_LEARNED = 0x80 | 0x40
"""NUD_PERMANENT and NUD_NOARP (linux/neighbour.h)."""

_GONE = {errno.ENOENT, errno.ENODEV}


def forget(networks: Sequence[IPv4Network | IPv6Network] | None = None) -> None:
    """`ip neighbour flush` in the caller's namespace, of those with an address in `networks` if there are some given; permanent
    ones stay. KernelError if the kernel refuses it."""
    with rtnetlink.open_socket() as link:
        # A list, because a dump and its socket's next request must not meet.
        known = list(rtnetlink.dumped(link, _GETNEIGH, _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0)))
        refused = rtnetlink.send_all(link, [one for message in known for one in _removal(message, networks)])
    for _, error in refused:
        if error.code not in _GONE:
            raise KernelError("cannot forget a neighbour", said=error.said or os.strerror(error.code))


def _removal(message: bytes, networks: Sequence[IPv4Network | IPv6Network] | None) -> list[RouteRequest]:
    family, index, state, flags, _ = _NEIGHBOUR.unpack_from(message)
    address = dict(rtnetlink.attributes(message, _NEIGHBOUR.size, len(message))).get(_NDA_DST)
    if state & _NOT_LEARNED or address is None or family not in (socket.AF_INET, socket.AF_INET6):
        return []
    if networks is not None and not any(ip_address(address) in network for network in networks):
        return []
    body = _NEIGHBOUR.pack(family, index, state, flags, 0) + rtnetlink.attribute(_NDA_DST, address)
    return [RouteRequest(_DELNEIGH, 0, body)]
