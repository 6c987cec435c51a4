"""Addresses, routes, rules, neighbours and forwarding entries: a netlink request each, those of a namespace sent together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from barewire.kernel import rtnetlink
from barewire.kernel.channel import Channel
from barewire.kernel.present import TUNNEL_CSUM
from barewire.kernel.pyroute import ENCAP_IP, ENCAP_IP6
from barewire.kernel.rtnetlink import RouteRequest
from barewire.model.commands import command
from barewire.model.objects import (
    ROUTE_PROTOCOL,
    Address,
    FdbEntry,
    Neighbour,
    Route,
    RouteEncap,
    RoutingRule,
)

WRITTEN = Address | Route | RoutingRule | Neighbour | FdbEntry
"""What is written here."""

_EEXIST, _ENOENT, _ESRCH, _ENODEV, _EADDRNOTAVAIL = 17, 2, 3, 19, 99
_GONE = (_ENOENT, _ESRCH, _ENODEV, _EADDRNOTAVAIL)
_ONLINK = 4


_Step = tuple[RouteRequest, Callable[[], str], tuple[int, ...]]
"""A request with what is tried by it and the errnos that count as done, as `Channel.send_all` takes it."""

_MOST_KEPT = 1 << 16


class Requests:
    """Requests for objects that several namespaces want: one that is the same object in all of them (in a lab of 1000 nodes, each
    has a route to every other one) is encoded once for each index that its link has. For one call of the engine, in which no
    object ends."""

    def __init__(self, *, remove: bool = False) -> None:
        self.remove = remove
        self._kept: dict[tuple[int, int], _Step] = {}

    def step(self, thing: WRITTEN, index: int) -> _Step:
        """The request to add or remove `thing`, on the link with that index."""
        key = id(thing), index
        found = self._kept.get(key)
        if found is None:
            found = self._encoded(thing, index)
            if len(self._kept) < _MOST_KEPT:
                self._kept[key] = found
        return found

    def _encoded(self, thing: WRITTEN, index: int) -> _Step:
        replaced = isinstance(thing, Route | Neighbour)
        tolerate = _GONE if self.remove else () if replaced else (_EEXIST,)
        return _request(thing, index, remove=self.remove), partial(_tried, thing, self.remove), tolerate


def write_all(channel: Channel, things: Sequence[WRITTEN], requests: Requests) -> None:
    """Add objects of one namespace, or remove them; one that is there, or gone, already is done. KernelError with the first that
    the kernel refuses."""
    indexes: dict[str, int] = {"": 0}
    batch: list[_Step] = []
    for thing in things:
        if isinstance(thing, Route) and thing.encap:
            tried = _tried(thing, requests.remove)
            _encapsulated_route(channel, thing, thing.encap, tried, remove=requests.remove)
            continue
        dev = thing.dev
        if dev not in indexes:
            indexes[dev] = channel.index(dev)
        batch.append(requests.step(thing, indexes[dev]))
    channel.send_all(batch)


def _tried(thing: WRITTEN, remove: bool) -> str:
    return command(thing).replace(" add ", " del ", 1) if remove else command(thing)


def _request(thing: WRITTEN, index: int, *, remove: bool) -> RouteRequest:
    match thing:
        case Address():
            return rtnetlink.address(thing, index, remove=remove)
        case Route():
            return rtnetlink.route(thing, index, remove=remove)
        case RoutingRule():
            return rtnetlink.rule(thing, remove=remove)
        case Neighbour():
            return rtnetlink.neighbour(thing, index, remove=remove)
        case FdbEntry():
            return rtnetlink.fdb(thing, index, remove=remove)


def _encapsulated_route(channel: Channel, route: Route, encap: RouteEncap, tried: str, *, remove: bool) -> None:
    arguments: dict[str, object] = {
        "dst": str(route.dst),
        "family": 2 if route.dst.version == 4 else 10,
        "proto": ROUTE_PROTOCOL,
    }
    if route.dev:
        arguments["oif"] = channel.index(route.dev)
    else:
        arguments["type"] = "blackhole"
    # The library finds an encapsulation's attributes by the type before it.
    arguments |= {"encap_type": ENCAP_IP if encap.dst.version == 4 else ENCAP_IP6}
    arguments |= {"encap": {"attrs": _tunnel_key(encap)}}
    if route.via:
        arguments["gateway"] = str(route.via)
    elif route.dst.version == 4 and route.dev:
        arguments["scope"] = "link"
    if route.src:
        arguments["prefsrc"] = str(route.src)
    if route.table:
        arguments["table"] = route.table
    if route.onlink:
        arguments["flags"] = _ONLINK
    channel.call("route", "del" if remove else "replace", tried, tolerate=_GONE if remove else (), **arguments)


def _tunnel_key(encap: RouteEncap) -> list[tuple[str, object]]:
    return [
        ("LWTUNNEL_IP_ID", encap.id),
        ("LWTUNNEL_IP_DST", str(encap.dst)),
        ("LWTUNNEL_IP_TTL", encap.ttl),
        ("LWTUNNEL_IP_FLAGS", TUNNEL_CSUM if encap.checksum else 0),
    ]
