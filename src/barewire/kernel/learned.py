"""Routes that daemons put into the kernel: read, and waited for.

They are read without pyroute2, which takes 0.3 ms to decode a route: a full mesh of 200 nodes learns 40,000, and they are read
again until all are there.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from barewire.errors import KernelError
from barewire.kernel import rtnetlink
from barewire.kernel.daemons import Daemons
from barewire.kernel.namespaces import Namespaces
from barewire.model.objects import IPAddress, IPNetwork, LearnedRoute

_ROUTE, _HOP = struct.Struct("=BBBBBBBBI"), struct.Struct("=HBBi")
"""struct rtmsg and rtnexthop (linux/rtnetlink.h)."""

_RTM_GETROUTE, _RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_MULTIPATH = 26, 1, 4, 5, 9
_FAMILIES: Mapping[int, tuple[int, type[IPAddress], type[IPNetwork]]] = {
    4: (socket.AF_INET, IPv4Address, IPv4Network),
    6: (socket.AF_INET6, IPv6Address, IPv6Network),
}
_POLL_SECONDS = 0.01
_ALL = {(4, 12), (6, 12)}
"""Where no route is left that could say which daemon to look for."""


def read(kinds: Iterable[tuple[int, int]]) -> Iterator[LearnedRoute]:
    """The routes of the caller's namespace for each of `kinds`: the IP version, and the number of the daemon that made them."""
    with rtnetlink.open_socket() as link:
        names = dict(socket.if_nameindex())
        for version, protocol in sorted(set(kinds)):
            yield from _dumped(link, version, protocol, names)


def await_routes(
    namespaces: Namespaces, daemons: Daemons, wanted: Mapping[str, Sequence[LearnedRoute]], seconds: float
) -> dict[str, int]:
    """Wait until the kernel has exactly the wanted routes of daemons; by namespace, when it had them, in nanoseconds of
    CLOCK_MONOTONIC. KernelError if a daemon ends, or after `seconds`."""
    deadline = time.monotonic() + seconds
    left = {name: _by_destination(routes) for name, routes in wanted.items()}
    every = {(route.dst.version, route.protocol) for routes in wanted.values() for route in routes}
    kinds = {name: {(route.dst.version, route.protocol) for route in wanted[name]} or every or _ALL for name in left}
    done: dict[str, int] = {}
    while left:
        begun = time.monotonic()
        for name, routes in list(left.items()):
            with namespaces.enter(name):
                found = _by_destination(read(kinds[name]))
            if found == routes:
                done[name] = time.monotonic_ns()
                del left[name]
            elif time.monotonic() > deadline:
                raise KernelError(
                    f"daemons have not learned their routes after {seconds:g} s",
                    where=name,
                    said=f"{_lacking(routes, found)}; {daemons.log(name)}",
                    remedy="Give them more CPU, or fewer nodes; if that is not it, please report it",
                )
        if left:
            daemons.require_alive()
            # As long as it took to look: the daemons want the CPU.
            time.sleep(max(_POLL_SECONDS, time.monotonic() - begun))
    return done


_Routes = Mapping[tuple[IPNetwork, int], frozenset[tuple[str, IPAddress]]]


def _by_destination(routes: Iterable[LearnedRoute]) -> _Routes:
    return {(route.dst, route.protocol): frozenset(route.hops) for route in routes}


def _lacking(wanted: _Routes, found: _Routes) -> str:
    lacking = [key for key, hops in wanted.items() if found.get(key) != hops]
    strange = [key for key in found if key not in wanted]
    said = []
    if lacking:
        key = lacking[0]
        said.append(f"{len(lacking)} of {len(wanted)} are lacking; {key[0]} should be {_words(wanted[key])}, and is ")
        said[-1] += _words(found[key]) if key in found else "not there"
    if strange:
        said.append(f"{len(strange)} should not be there, {strange[0][0]} for one")
    return "; ".join(said)


def _words(hops: Iterable[tuple[str, IPAddress]]) -> str:
    return " and ".join(sorted(f"via {via} dev {dev}" for dev, via in hops))


def _dumped(link: socket.socket, version: int, protocol: int, names: Mapping[int, str]) -> Iterator[LearnedRoute]:
    family, address, network = _FAMILIES[version]
    for message in rtnetlink.dumped(link, _RTM_GETROUTE, _ROUTE.pack(family, 0, 0, 0, 0, protocol, 0, 0, 0)):
        if message[5] == protocol:
            found = dict(rtnetlink.attributes(message, _ROUTE.size, len(message)))
            dst = network((found.get(_RTA_DST, bytes(4 if version == 4 else 16)), message[1]))
            yield LearnedRoute(dst, _hops(found, address, names), protocol)


def _hops(
    found: Mapping[int, bytes], address: type[IPAddress], names: Mapping[int, str]
) -> tuple[tuple[str, IPAddress], ...]:
    if several := found.get(_RTA_MULTIPATH):
        hops: list[tuple[str, IPAddress]] = []
        offset = 0
        while offset + _HOP.size <= len(several):
            length, _, _, index = _HOP.unpack_from(several, offset)
            inside = dict(rtnetlink.attributes(several, offset + _HOP.size, offset + length))
            if via := inside.get(_RTA_GATEWAY):
                hops.append((names.get(index, ""), address(via)))
            offset += (length + 3) & ~3
        return tuple(hops)
    via, index = found.get(_RTA_GATEWAY), int.from_bytes(found.get(_RTA_OIF, b""), sys.byteorder)
    return ((names.get(index, ""), address(via)),) if via else ()
