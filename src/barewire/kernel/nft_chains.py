"""The names of nft chains, read from nfnetlink by hand: to start `nft` takes 5 ms, and all nodes of a lab are asked before it is
changed. Layouts are those of linux/netfilter/nfnetlink.h and nf_tables.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator

from barewire.errors import KernelError
from barewire.kernel import rtnetlink

_HEADER, _NETFILTER, _ERROR = struct.Struct("=IHHII"), struct.Struct("!BBH"), struct.Struct("=i")
_GETCHAIN, _CHAIN_TABLE, _CHAIN_NAME, _DUMP, _NLMSG_ERROR, _NLMSG_DONE = 10 << 8 | 4, 1, 3, 0x301, 2, 3
_NETLINK_NETFILTER = 12
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_BUFFER_BYTES = 1 << 17


def chains(namespace: str) -> Iterator[tuple[str, str, str]]:
    """Family, table and name of every chain in the caller's namespace; none where the kernel has no nf_tables."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER) as link:
        body = _NETFILTER.pack(socket.AF_UNSPEC, 0, 0)
        link.send(_HEADER.pack(_HEADER.size + len(body), _GETCHAIN, _DUMP, 1, 0) + body)
        while True:
            data, offset = link.recv(_BUFFER_BYTES), 0
            while offset < len(data):
                length, kind = _HEADER.unpack_from(data, offset)[:2]
                content = data[offset + _HEADER.size : offset + length]
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR:
                    number = -_ERROR.unpack_from(content)[0]
                    if number in (errno.EINVAL, errno.EOPNOTSUPP):
                        return
                    raise KernelError("cannot read the chains of nft", where=namespace, said=os.strerror(number))
                found = dict(rtnetlink.attributes(content, _NETFILTER.size, len(content)))
                yield _FAMILIES.get(content[0], str(content[0])), _text(found[_CHAIN_TABLE]), _text(found[_CHAIN_NAME])
                offset += (length + 3) & ~3


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode(errors="replace")
