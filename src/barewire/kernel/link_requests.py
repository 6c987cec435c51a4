"""Links by hand: how the kernel has the attributes of the kinds that large labs have one of in each namespace, and requests that
make such links, rename them and set hairpin mode.

As in `rtnetlink`: pyroute2 takes 0.3 ms of CPU for such a request, and some 5 ms for the first in a namespace, because it opens
an event loop for each. A kind or an attribute that is not here is pyroute2's. Layouts are those of linux/if_link.h.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from barewire.kernel.rtnetlink import RouteRequest, attribute, attributes, described, text_attribute
from barewire.model.objects import Link, Value

_LINK, _NUMBER = struct.Struct("=BxHiII"), struct.Struct("=I")
_NEWLINK, _SETLINK, _EXCLUSIVE, _CREATE, _NESTED = 16, 19, 0x200, 0x400, 0x8000
_IFNAME, _PARENT, _PROTINFO, _LINKINFO, _NET_NS_FD = 3, 5, 12, 18, 28
_INFO_KIND, _INFO_DATA, _AF_BRIDGE, _BRPORT_MODE = 1, 2, 7, 4


@dataclass(frozen=True, slots=True)
class _Coded:
    """An attribute of a kind: its number, and how the kernel has its value."""

    number: int
    encode: Callable[[Value], bytes]
    decode: Callable[[bytes], Value]


def _integer(number: int, bytes_: int, order: Literal["little", "big"] = sys.byteorder) -> _Coded:
    return _Coded(
        number, lambda value: int(value).to_bytes(bytes_, order), lambda data: int.from_bytes(data[:bytes_], order)
    )


def _ip(number: int) -> _Coded:
    return _Coded(number, lambda value: ip_address(str(value)).packed, lambda data: str(ip_address(data)))


_MACVLAN_MODES = {"private": 1, "vepa": 2, "bridge": 4, "passthru": 8}
_MACVLAN_NAMES = {number: name for name, number in _MACVLAN_MODES.items()}

_KINDS: Mapping[str, Mapping[str, _Coded]] = {
    "bridge": {"br_mcast_snooping": _integer(23, 1)},
    "ipvlan": {"ipvlan_mode": _integer(1, 2)},
    "macvlan": {
        "macvlan_mode": _Coded(
            1,
            lambda value: _MACVLAN_MODES[str(value)].to_bytes(4, sys.byteorder),
            lambda data: _MACVLAN_NAMES.get(int.from_bytes(data, sys.byteorder), ""),
        )
    },
    "veth": {},
    "vxlan": {
        "vxlan_id": _integer(1, 4), "vxlan_link": _integer(3, 4), "vxlan_local": _ip(4), "vxlan_learning": _integer(7, 1),
        "vxlan_port": _integer(15, 2, "big"), "vxlan_local6": _ip(17),
    },
    "wireguard": {},
}  # fmt: skip


def read_attributes(kind: str, data: bytes) -> dict[str, Value] | None:
    """The attributes of a link of `kind` in netlink's spelling, those of them that labs use; None for a kind that is not here."""
    known = _KINDS.get(kind)
    if known is None:
        return None
    found = dict(attributes(data, 0, len(data)))
    return {name: one.decode(found[one.number]) for name, one in known.items() if one.number in found}


def created(link: Link, name: str, *, parent: int = 0, underlay: int = 0, target_fd: int = -1) -> RouteRequest | None:
    """`ip link add NAME [link PARENT] [netns TARGET] type KIND ...`, down; `underlay` is the index of the link that a tunnel
    sends by. None for what is not encoded here."""
    known = _KINDS.get(link.kind)
    wanted = (*link.attributes, *(((f"{link.kind}_link", underlay),) if underlay else ()))
    if known is None or link.peer or any(key not in known for key, _ in wanted):
        return None
    data = b"".join(attribute(known[key].number, known[key].encode(value)) for key, value in wanted)
    info = text_attribute(_INFO_KIND, link.kind) + (attribute(_INFO_DATA | _NESTED, data) if data else b"")
    body = _LINK.pack(0, 0, 0, 0, 0) + described(name, link.mtu, link.mac)
    if parent:
        body += attribute(_PARENT, _NUMBER.pack(parent))
    if target_fd >= 0:
        body += attribute(_NET_NS_FD, _NUMBER.pack(target_fd))
    return RouteRequest(_NEWLINK, _EXCLUSIVE | _CREATE, body + attribute(_LINKINFO | _NESTED, info))


def renamed(index: int, name: str) -> RouteRequest:
    """`ip link set ... name NAME`."""
    return RouteRequest(_NEWLINK, 0, _LINK.pack(socket.AF_UNSPEC, 0, index, 0, 0) + text_attribute(_IFNAME, name))


def hairpin(index: int) -> RouteRequest:
    """`bridge link set dev ... hairpin on`."""
    port = attribute(_PROTINFO | _NESTED, attribute(_BRPORT_MODE, b"\1"))
    return RouteRequest(_SETLINK, 0, _LINK.pack(_AF_BRIDGE, 0, index, 0, 0) + port)
