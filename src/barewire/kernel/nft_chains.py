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

_NETFILTER = struct.Struct("!BBH")
_GETCHAIN, _CHAIN_TABLE, _CHAIN_NAME = 10 << 8 | 4, 1, 3
_NETLINK_NETFILTER = 12
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}


def chains(namespace: str) -> Iterator[tuple[str, str, str]]:
    """Family, table and name of every chain in the caller's namespace; none where the kernel has no nf_tables."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER) as link:
        try:
            for message in rtnetlink.messages(link, _GETCHAIN, _NETFILTER.pack(socket.AF_UNSPEC, 0, 0)):
                found = dict(rtnetlink.attributes(message, _NETFILTER.size, len(message)))
                family = _FAMILIES.get(message[0], str(message[0]))
                yield family, rtnetlink.text(found[_CHAIN_TABLE]), rtnetlink.text(found[_CHAIN_NAME])
        except rtnetlink.RequestError as error:
            if error.code not in (errno.EINVAL, errno.EOPNOTSUPP):
                said = os.strerror(error.code)
                raise KernelError("cannot read the chains of nft", where=namespace, said=said) from error
