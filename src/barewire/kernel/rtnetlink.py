"""The requests that a lab sends most, encoded by hand: veth pairs, altnames, addresses, routes, rules that lead to them,
neighbours, fdb entries; and how requests are sent and dumps are read, for `link_requests` and `dumps` too.

pyroute2 takes 0.2 to 0.4 ms of CPU for a request or a link that it decodes, nearly all of what a node of a lab costs; this
takes 0.01 ms, and opens no event loop for each namespace. Everything else (some kinds of links, encapsulations of routes) is
pyroute2's. Layouts are those of linux/netlink.h, rtnetlink.h, if_link.h, if_addr.h and neighbour.h.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from barewire.errors import KernelError
from barewire.model.objects import ROUTE_PROTOCOL, Address, FdbEntry, IPAddress, Link, Neighbour, Route, RoutingRule

_HEADER, _LINK, _ADDRESS, _ROUTE, _NEIGHBOUR, _ATTRIBUTE = (
    struct.Struct(text) for text in ("=IHHII", "=BxHiII", "=BBBBI", "=BBBBBBBBI", "=BxxxiHBB", "=HH")
)
_ERROR, _NUMBER = struct.Struct("=i"), struct.Struct("=I")
_REQUEST, _REQUEST_ACK, _REPLACE, _EXCLUSIVE, _CREATE, _APPEND, _DUMP = 0x1, 0x5, 0x100, 0x200, 0x400, 0x800, 0x301
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NEWLINK, _NEWADDR, _DELADDR, _NEWROUTE, _DELROUTE, _NEWNEIGH, _DELNEIGH, _NEWLINKPROP = 16, 20, 21, 24, 25, 28, 29, 108
_IFF_UP, _AF_BRIDGE = 1, 7
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_MASTER, _IFLA_LINKINFO, _IFLA_NET_NS_FD = 1, 3, 4, 10, 18, 28
_IFLA_PROP_LIST, _IFLA_ALT_IFNAME, _INFO_KIND, _INFO_DATA, _VETH_PEER, _NESTED = 52, 53, 1, 2, 1, 0x8000
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS, _IFA_F_NODAD = 1, 2, 8, 2
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC, _RTA_TABLE, _MAIN, _ONLINK = 1, 4, 5, 7, 15, 254, 4
_NEWRULE, _DELRULE, _TO_TABLE, _INVERTED = 32, 33, 1, 2
_FRA_SRC, _FRA_PRIORITY, _FRA_FWMARK, _FRA_TABLE, _FRA_FWMASK, _FRA_PROTOCOL = 2, 6, 10, 15, 16, 21
_UNICAST, _BLACKHOLE, _THROW, _SCOPE_LINK = 1, 6, 9, 253
_NDA_DST, _NDA_LLADDR, _PERMANENT, _NTF_SELF = 1, 2, 0x80, 2
_SOL_NETLINK, _SOCKET_OPTIONS = 270, (10, 11, 12)
"""NETLINK_CAP_ACK, NETLINK_EXT_ACK and NETLINK_GET_STRICT_CHK: short answers, with the kernel's words, to exact questions."""

_ACK_TLVS, _TLV_MESSAGE, _ACK_BYTES, _BUFFER_BYTES = 0x200, 1, 20, 1 << 17
_BATCH = 100
"""Requests in one write. Refusals of all of them, of some 100 bytes, fit into the socket's buffer."""


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """One request: the type of its message, flags, and what follows the header."""

    kind: int
    flags: int
    body: bytes


class RequestError(Exception):
    """What the kernel answered: an errno, and its own words if it has any."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(code, said)
        self.code, self.said = code, said


def open_socket() -> socket.socket:
    """A socket for requests in the caller's namespace."""
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    for option in _SOCKET_OPTIONS:
        link.setsockopt(_SOL_NETLINK, option, 1)
    return link


def send(link: socket.socket, request: RouteRequest) -> None:
    """Send one request and wait for the kernel's answer; RequestError if it refuses."""
    for _, error in send_all(link, [request]):
        raise error


def send_all(link: socket.socket, requests: Sequence[RouteRequest]) -> list[tuple[int, RequestError]]:
    """Send requests, many in one write; the place and the kernel's answer of each that it refuses. Only the last of a write asks
    for an answer, which then comes after all refusals."""
    refused: list[tuple[int, RequestError]] = []
    for first in range(0, len(requests), _BATCH):
        some = requests[first : first + _BATCH]
        last = first + len(some) - 1
        link.send(
            b"".join(
                _HEADER.pack(
                    _HEADER.size + len(one.body),
                    one.kind,
                    one.flags | (_REQUEST_ACK if number == last else _REQUEST),
                    number,
                    0,
                )
                + one.body
                for number, one in enumerate(some, first)
            )
        )
        while True:
            answer = link.recv(_BUFFER_BYTES)
            _, _, flags, number, _ = _HEADER.unpack_from(answer)
            if code := -_ERROR.unpack_from(answer, _HEADER.size)[0]:
                inside = dict(attributes(answer, _HEADER.size + _ACK_BYTES, len(answer))) if flags & _ACK_TLVS else {}
                refused.append((number, RequestError(code, text(inside.get(_TLV_MESSAGE, b"")))))
            if number == last:
                break
    return refused


def dumped(link: socket.socket, kind: int, body: bytes) -> Iterator[bytes]:
    """What follows the header of each message of a dump. KernelError if the kernel refuses it."""
    try:
        yield from messages(link, kind, body)
    except RequestError as error:
        raise KernelError("cannot read", said=os.strerror(error.code)) from error


def messages(link: socket.socket, kind: int, body: bytes) -> Iterator[bytes]:
    """The same of a socket of any netlink family. RequestError if the kernel refuses it."""
    link.send(_HEADER.pack(_HEADER.size + len(body), kind, _DUMP, 1, 0) + body)
    while True:
        data, offset = link.recv(_BUFFER_BYTES), 0
        while offset < len(data):
            length, found = _HEADER.unpack_from(data, offset)[:2]
            if found == _NLMSG_DONE:
                return
            if found == _NLMSG_ERROR:
                raise RequestError(-_ERROR.unpack_from(data, offset + _HEADER.size)[0], "")
            yield data[offset + _HEADER.size : offset + length]
            offset += (length + 3) & ~3


def attributes(data: bytes, offset: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Type and content of each attribute between two places."""
    while offset + _ATTRIBUTE.size <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < _ATTRIBUTE.size:
            return
        yield kind & 0x3FFF, data[offset + _ATTRIBUTE.size : offset + length]
        offset += (length + 3) & ~3


def link_up(index: int, master: int = 0) -> RouteRequest:
    """`ip link set ... up`, perhaps with a master."""
    body = _LINK.pack(0, 0, index, _IFF_UP, _IFF_UP)
    return RouteRequest(_NEWLINK, 0, body + (attribute(_IFLA_MASTER, _NUMBER.pack(master)) if master else b""))


def altname(index: int, name: str) -> RouteRequest:
    """`ip link property add ... altname NAME`."""
    body = _LINK.pack(0, 0, index, 0, 0) + attribute(_IFLA_PROP_LIST | _NESTED, text_attribute(_IFLA_ALT_IFNAME, name))
    return RouteRequest(_NEWLINKPROP, _EXCLUSIVE | _CREATE | _APPEND, body)


def veth(link: Link, peer_fd: int, master: int) -> RouteRequest:
    """`ip link add ... type veth peer ...`, the first end up, with a master if that is not 0. The other end cannot be up
    already: the kernel has not joined the two then (ENOTCONN)."""
    assert link.peer is not None
    end = link.peer
    peer = _LINK.pack(0, 0, 0, 0, 0) + described(end.name, end.mtu, end.mac)
    peer += attribute(_IFLA_NET_NS_FD, _NUMBER.pack(peer_fd))
    info = text_attribute(_INFO_KIND, "veth") + attribute(_INFO_DATA | _NESTED, attribute(_VETH_PEER | _NESTED, peer))
    body = _LINK.pack(0, 0, 0, _IFF_UP, _IFF_UP) + described(link.name, link.mtu, link.mac)
    body += attribute(_IFLA_MASTER, _NUMBER.pack(master)) if master else b""
    return RouteRequest(_NEWLINK, _EXCLUSIVE | _CREATE, body + attribute(_IFLA_LINKINFO | _NESTED, info))


def address(thing: Address, index: int, *, remove: bool) -> RouteRequest:
    """`ip address add` or `del`."""
    interface = thing.interface
    family, packed = _family(interface.ip), interface.ip.packed
    body = _ADDRESS.pack(family, interface.network.prefixlen, 0, 0, index)
    body += attribute(_IFA_LOCAL, packed) + attribute(_IFA_ADDRESS, packed)
    if remove:
        return RouteRequest(_DELADDR, 0, body)
    if interface.version == 6:
        body += attribute(_IFA_FLAGS, _NUMBER.pack(_IFA_F_NODAD))
    return RouteRequest(_NEWADDR, _EXCLUSIVE | _CREATE, body)


def route(thing: Route, index: int, *, remove: bool) -> RouteRequest:
    """`ip route replace` or `del`, of a route without encapsulation; `index` 0 is a blackhole, or a throw."""
    dst, kind = thing.dst, _UNICAST if thing.dev else _THROW if thing.throw else _BLACKHOLE
    scope = _SCOPE_LINK if thing.dev and thing.via is None and dst.version == 4 else 0
    flags = _ONLINK if thing.onlink else 0
    # The header has a byte for the table, which an attribute overrides.
    body = _ROUTE.pack(_family(dst.network_address), dst.prefixlen, 0, 0, _MAIN, ROUTE_PROTOCOL, scope, kind, flags)
    if thing.table:
        body += attribute(_RTA_TABLE, _NUMBER.pack(thing.table))
    if dst.prefixlen:
        body += attribute(_RTA_DST, dst.network_address.packed)
    if index:
        body += attribute(_RTA_OIF, _NUMBER.pack(index))
    if thing.via is not None:
        body += attribute(_RTA_GATEWAY, thing.via.packed)
    if thing.src is not None:
        body += attribute(_RTA_PREFSRC, thing.src.packed)
    return RouteRequest(_DELROUTE, 0, body) if remove else RouteRequest(_NEWROUTE, _REPLACE | _CREATE, body)


def rule(thing: RoutingRule, *, remove: bool) -> RouteRequest:
    """`ip rule add [from SOURCE] [not fwmark MARK/MARK] lookup TABLE priority PRIORITY` or `del`; the header is that of a route
    (linux/fib_rules.h)."""
    family, source = socket.AF_INET if thing.family == 4 else socket.AF_INET6, thing.source
    length, flags = source.prefixlen if source else 0, _INVERTED if thing.unmarked else 0
    body = _ROUTE.pack(family, 0, length, 0, 0, 0, 0, _TO_TABLE, flags)
    if source:
        body += attribute(_FRA_SRC, source.network_address.packed)
    if thing.unmarked:
        body += attribute(_FRA_FWMARK, _NUMBER.pack(thing.unmarked)) + attribute(
            _FRA_FWMASK, _NUMBER.pack(thing.unmarked)
        )
    body += attribute(_FRA_TABLE, _NUMBER.pack(thing.table)) + attribute(_FRA_PRIORITY, _NUMBER.pack(thing.priority))
    body += attribute(_FRA_PROTOCOL, bytes([ROUTE_PROTOCOL]))
    return RouteRequest(_DELRULE, 0, body) if remove else RouteRequest(_NEWRULE, _EXCLUSIVE | _CREATE, body)


def neighbour(thing: Neighbour, index: int, *, remove: bool) -> RouteRequest:
    """`ip neighbour replace ... nud permanent` or `del`."""
    body = _NEIGHBOUR.pack(_family(thing.address), index, _PERMANENT, 0, 0)
    body += attribute(_NDA_DST, thing.address.packed) + attribute(_NDA_LLADDR, _mac(thing.mac))
    return RouteRequest(_DELNEIGH, 0, body) if remove else RouteRequest(_NEWNEIGH, _REPLACE | _CREATE, body)


def fdb(thing: FdbEntry, index: int, *, remove: bool) -> RouteRequest:
    """`bridge fdb append ... self permanent` or `del`."""
    body = _NEIGHBOUR.pack(_AF_BRIDGE, index, _PERMANENT, _NTF_SELF, 0)
    body += attribute(_NDA_LLADDR, _mac(thing.mac)) + attribute(_NDA_DST, thing.dst.packed)
    return RouteRequest(_DELNEIGH, 0, body) if remove else RouteRequest(_NEWNEIGH, _CREATE | _APPEND, body)


def described(name: str, mtu: int, mac: str) -> bytes:
    """Attributes of a link to be made: its name, MTU and, unless the kernel is to draw one, hardware address."""
    body = text_attribute(_IFLA_IFNAME, name) + attribute(_IFLA_MTU, _NUMBER.pack(mtu))
    return body + (attribute(_IFLA_ADDRESS, _mac(mac)) if mac else b"")


def attribute(kind: int, content: bytes) -> bytes:
    length = _ATTRIBUTE.size + len(content)
    return _ATTRIBUTE.pack(length, kind) + content + bytes(-length % 4)


def text_attribute(kind: int, content: str) -> bytes:
    return attribute(kind, content.encode() + b"\0")


def text(content: bytes) -> str:
    """The text of an attribute."""
    return content.rstrip(b"\0").decode(errors="replace")


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _family(one: IPAddress) -> int:
    return socket.AF_INET if one.version == 4 else socket.AF_INET6
