"""Ask the kernel for a family of generic netlink, which loads the module that has it."""

from __future__ import annotations

import os
import socket
import struct

from barewire.errors import KernelError

_NETLINK_GENERIC, _CONTROL, _GET_FAMILY, _FAMILY_NAME, _REQUEST, _ERROR = 16, 16, 3, 2, 1, 2
"""Of linux/netlink.h and linux/genetlink.h."""


def require_family(name: str) -> None:
    """Return if the kernel has the family; KernelError if it has not."""
    text = name.encode() + b"\0"
    attribute = struct.pack("=HH", 4 + len(text), _FAMILY_NAME) + text + bytes(-len(text) % 4)
    body = struct.pack("=BBH", _GET_FAMILY, 1, 0) + attribute
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_GENERIC) as link:
        link.bind((0, 0))
        link.send(struct.pack("=IHHII", 16 + len(body), _CONTROL, _REQUEST, 1, 0) + body)
        answer = link.recv(65536)
    _, kind, _, _, _, code = struct.unpack_from("=IHHIIi", answer)
    if kind == _ERROR and code:
        raise KernelError(f"there is no family {name} of generic netlink", said=os.strerror(-code))
