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


def write_all(channel: Channel, things: Sequence[WRITTEN], *, remove: bool = False) -> None:
    """Add objects of one namespace, or remove them; one that is there, or gone, already is done. KernelError with the first that
    the kernel refuses."""
    indexes: dict[str, int] = {}
    batch: list[tuple[RouteRequest, Callable[[], str], tuple[int, ...]]] = []
    for thing in things:
        tried = partial(_tried, thing, remove)
        if isinstance(thing, Route) and thing.encap:
            _encapsulated_route(channel, thing, thing.encap, tried(), remove=remove)
            continue
        if thing.dev and thing.dev not in indexes:
            indexes[thing.dev] = channel.index(thing.dev)
        replaced = isinstance(thing, Route | Neighbour)
        tolerate = _GONE if remove else () if replaced else (_EEXIST,)
        batch.append((_request(thing, indexes.get(thing.dev, 0), remove=remove), tried, tolerate))
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
