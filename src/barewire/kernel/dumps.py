"""What is in a namespace, read from rtnetlink by hand: a node of a large lab has hundreds of routes, neighbours and fdb entries.

pyroute2 takes 0.3 ms to decode one of them, and an event loop in each namespace; all nodes of a lab are read before the lab is
changed. Layouts are those of linux/rtnetlink.h, neighbour.h, if_addr.h, fib_rules.h, lwtunnel.h and pkt_sched.h.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_address

from barewire.kernel import rtnetlink
from barewire.model.objects import (
    ROUTE_PROTOCOL,
    Address,
    FdbEntry,
    IPNetwork,
    Neighbour,
    Route,
    RouteEncap,
    RoutingRule,
)

_LINK, _ADDRESS, _ROUTE, _NEIGHBOUR, _QDISC = (
    struct.Struct(text) for text in ("=BxHiII", "=BBBBI", "=BBBBBBBBI", "=BxxxiHBB", "=BxxxiIII")
)
_GETLINK, _GETADDR, _GETROUTE, _GETNEIGH, _GETRULE, _GETQDISC = 18, 22, 26, 30, 34, 38
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_MASTER, _IFLA_LINKINFO, _IFLA_EXT_MASK, _IFLA_PROP_LIST = (
    1, 3, 4, 10, 18, 29, 52,
)  # fmt: skip
_IFLA_ALT_IFNAME, _INFO_KIND, _INFO_DATA, _SKIP_STATISTICS = 53, 1, 2, 8
_IFA_ADDRESS, _IFA_LOCAL, _SCOPE_LINK = 1, 2, 253
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC, _RTA_TABLE, _RTA_ENCAP_TYPE, _RTA_ENCAP = 1, 4, 5, 7, 15, 21, 22
_ENCAPS, _ENCAP_ID, _ENCAP_DST, _ENCAP_TTL, _ENCAP_FLAGS, _ENCAP_CSUM = (2, 4), 1, 2, 4, 6, 1
_ONLINK, _BLACKHOLE, _THROW, _MAIN = 4, 6, 9, 254
_FRA_SRC, _FRA_PRIORITY, _FRA_FWMARK, _FRA_TABLE, _FRA_PROTOCOL = 2, 6, 10, 15, 21
_NDA_DST, _NDA_LLADDR, _PERMANENT, _AF_BRIDGE, _TCA_KIND = 1, 2, 0x80, 7, 1
_ROUTE_PROTOCOL_AT = 5
"""Its place in `_ROUTE`: most routes of a namespace are the kernel's, and are not unpacked."""
_VERSIONS = ((4, socket.AF_INET), (6, socket.AF_INET6))
_DECODED = 1 << 14
"""Routes, neighbours and fdb entries of which the decoded form is kept: the nodes of a large lab hold nearly the same ones."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link; `data` are the attributes of its kind, undecoded."""

    index: int
    name: str
    altnames: tuple[str, ...]
    kind: str
    mtu: int
    mac: str
    master: int
    data: bytes


def links(link: socket.socket) -> Iterator[LinkRow]:
    """Every link."""
    body = _LINK.pack(0, 0, 0, 0, 0) + rtnetlink.attribute(_IFLA_EXT_MASK, struct.pack("=I", _SKIP_STATISTICS))
    for message in rtnetlink.dumped(link, _GETLINK, body):
        found = _attributes(message, _LINK.size)
        info = _attributes(found.get(_IFLA_LINKINFO, b""), 0)
        properties = found.get(_IFLA_PROP_LIST, b"")
        yield LinkRow(
            _LINK.unpack_from(message)[2],
            rtnetlink.text(found[_IFLA_IFNAME]),
            tuple(rtnetlink.text(value) for _, value in rtnetlink.attributes(properties, 0, len(properties))),
            rtnetlink.text(info.get(_INFO_KIND, b"")),
            _number(found.get(_IFLA_MTU, b"")),
            _mac(found.get(_IFLA_ADDRESS, b"")),
            _number(found.get(_IFLA_MASTER, b"")),
            info.get(_INFO_DATA, b""),
        )


def addresses(link: socket.socket, ours: Mapping[int, str]) -> Iterator[Address]:
    """Addresses of the links `ours`, by index; without the kernel's own of IPv6."""
    for message in rtnetlink.dumped(link, _GETADDR, _ADDRESS.pack(0, 0, 0, 0, 0)):
        family, prefix, _, scope, index = _ADDRESS.unpack_from(message)
        if index in ours and scope != _SCOPE_LINK:
            found = _attributes(message, _ADDRESS.size)
            address = found.get(_IFA_LOCAL) or found[_IFA_ADDRESS]
            interface = IPv4Interface if family == socket.AF_INET else IPv6Interface
            yield Address(ours[index], interface((address, prefix)))


def routes(link: socket.socket, names: Mapping[int, str]) -> Iterator[Route]:
    """Routes with our protocol; `names` are those of all links by index."""
    for version, family in _VERSIONS:
        wanted = _ROUTE.pack(family, 0, 0, 0, 0, ROUTE_PROTOCOL, 0, 0, 0)
        for message in rtnetlink.dumped(link, _GETROUTE, wanted):
            if message[_ROUTE_PROTOCOL_AT] == ROUTE_PROTOCOL:
                yield _route(message, version, names.get(_outgoing(message), ""))


def rules(link: socket.socket) -> Iterator[RoutingRule]:
    """Routing rules with our protocol."""
    for version, family in _VERSIONS:
        for message in rtnetlink.dumped(link, _GETRULE, _ROUTE.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)):
            found = _attributes(message, _ROUTE.size)
            if _number(found.get(_FRA_PROTOCOL, b"")) == ROUTE_PROTOCOL:
                source = found.get(_FRA_SRC)
                yield RoutingRule(
                    version,
                    _number(found.get(_FRA_TABLE, b"")),
                    _number(found.get(_FRA_PRIORITY, b"")),
                    _network(version, source, _ROUTE.unpack_from(message)[2]) if source else None,
                    _number(found.get(_FRA_FWMARK, b"")),
                )


def neighbours(link: socket.socket, ours: Mapping[int, str]) -> Iterator[Neighbour]:
    """Permanent neighbours of the links `ours`."""
    for _, family in _VERSIONS:
        for name, found in _neighbours(link, family, ours):
            yield _neighbour(name, found[_NDA_DST], found.get(_NDA_LLADDR, b""))


def fdb(link: socket.socket, ours: Mapping[int, str]) -> Iterator[FdbEntry]:
    """Permanent fdb entries of the links `ours` that name a destination."""
    for name, found in _neighbours(link, _AF_BRIDGE, ours):
        if dst := found.get(_NDA_DST):
            yield _fdb_entry(name, found.get(_NDA_LLADDR, b""), dst)


def qdiscs(link: socket.socket, names: Mapping[int, str]) -> Iterator[tuple[str, str, str]]:
    """Device, kind and handle of each qdisc."""
    for message in rtnetlink.dumped(link, _GETQDISC, _QDISC.pack(0, 0, 0, 0, 0)):
        _, index, handle, _, _ = _QDISC.unpack_from(message)
        yield names.get(index, ""), rtnetlink.text(_attributes(message, _QDISC.size)[_TCA_KIND]), f"{handle >> 16:x}:"


def _neighbours(link: socket.socket, family: int, ours: Mapping[int, str]) -> Iterator[tuple[str, dict[int, bytes]]]:
    for message in rtnetlink.dumped(link, _GETNEIGH, _NEIGHBOUR.pack(family, 0, 0, 0, 0)):
        _, index, state, _, _ = _NEIGHBOUR.unpack_from(message)
        if index in ours and state & _PERMANENT:
            yield ours[index], _attributes(message, _NEIGHBOUR.size)


@lru_cache(_DECODED)
def _outgoing(route: bytes) -> int:
    """The index of a route's link."""
    return _number(_attributes(route, _ROUTE.size).get(_RTA_OIF, b""))


@lru_cache(_DECODED)
def _route(message: bytes, version: int, dev: str) -> Route:
    _, length, _, _, _, _, _, kind, flags = _ROUTE.unpack_from(message)
    found = _attributes(message, _ROUTE.size)
    via, src, table = found.get(_RTA_GATEWAY), found.get(_RTA_PREFSRC), _number(found.get(_RTA_TABLE, b""))
    return Route(
        _network(version, found.get(_RTA_DST), length),
        "" if kind in (_BLACKHOLE, _THROW) else dev,
        ip_address(via) if via else None,
        bool(flags & _ONLINK),
        ip_address(src) if src else None,
        _encap(found),
        0 if table in (0, _MAIN) else table,
        kind == _THROW,
    )


@lru_cache(_DECODED)
def _neighbour(dev: str, address: bytes, mac: bytes) -> Neighbour:
    return Neighbour(dev, ip_address(address), _mac(mac))


@lru_cache(_DECODED)
def _fdb_entry(dev: str, mac: bytes, dst: bytes) -> FdbEntry:
    return FdbEntry(dev, _mac(mac), ip_address(dst))


def _encap(found: Mapping[int, bytes]) -> RouteEncap | None:
    if _number(found.get(_RTA_ENCAP_TYPE, b"")) not in _ENCAPS:
        return None
    key = _attributes(found[_RTA_ENCAP], 0)
    checksum = bool(int.from_bytes(key[_ENCAP_FLAGS], "big") & _ENCAP_CSUM)
    return RouteEncap(ip_address(key[_ENCAP_DST]), int.from_bytes(key[_ENCAP_ID], "big"), key[_ENCAP_TTL][0], checksum)


def _attributes(data: bytes, offset: int) -> dict[int, bytes]:
    return dict(rtnetlink.attributes(data, offset, len(data)))


def _network(version: int, address: bytes | None, length: int) -> IPNetwork:
    network = IPv4Network if version == 4 else IPv6Network
    return network((address or bytes(4 if version == 4 else 16), length))


def _number(data: bytes) -> int:
    return int.from_bytes(data, sys.byteorder)


def _mac(data: bytes) -> str:
    return data.hex(":")
