"""Addresses, routes, rules, neighbours and forwarding entries: one netlink request each."""

from __future__ import annotations

from barewire.errors import KernelError
from barewire.kernel import rtnetlink
from barewire.kernel.channel import Channel
from barewire.kernel.present import TUNNEL_CSUM
from barewire.kernel.pyroute import ENCAP_IP, ENCAP_IP6
from barewire.model.commands import command
from barewire.model.objects import (
    ROUTE_PROTOCOL,
    Address,
    FdbEntry,
    KernelObject,
    Neighbour,
    Route,
    RouteEncap,
    RoutingRule,
)

_EEXIST, _ENOENT, _ESRCH, _ENODEV, _EADDRNOTAVAIL = 17, 2, 3, 19, 99
_ONLINK = 4


def write(channel: Channel, thing: KernelObject, *, remove: bool = False) -> None:
    """Add an object, or remove it; one that is there, or gone, already is done. KernelError if the kernel refuses it."""

    def tried() -> str:
        return command(thing).replace(" add ", " del ", 1) if remove else command(thing)

    gone: tuple[int, ...] = (_ENOENT, _ESRCH, _ENODEV, _EADDRNOTAVAIL) if remove else ()
    there = gone or (_EEXIST,)
    tolerate: tuple[int, ...]
    match thing:
        case Address():
            request, tolerate = rtnetlink.address(thing, channel.index(thing.dev), remove=remove), there
        case Route(encap=None):
            index = channel.index(thing.dev) if thing.dev else 0
            request, tolerate = rtnetlink.route(thing, index, remove=remove), gone
        case Route(encap=RouteEncap() as encap):
            _encapsulated_route(channel, thing, encap, tried(), remove=remove, gone=gone)
            return
        case RoutingRule():
            request, tolerate = rtnetlink.rule(thing, remove=remove), there
        case Neighbour():
            request, tolerate = rtnetlink.neighbour(thing, channel.index(thing.dev), remove=remove), gone
        case FdbEntry():
            request, tolerate = rtnetlink.fdb(thing, channel.index(thing.dev), remove=remove), there
        case _:
            raise KernelError(f"cannot do `{tried()}`", where=channel.namespace, said="not a netlink object")
    channel.send(request, tried, tolerate=tolerate)


def _encapsulated_route(
    channel: Channel, route: Route, encap: RouteEncap, tried: str, *, remove: bool, gone: tuple[int, ...]
) -> None:
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
    channel.call("route", "del" if remove else "replace", tried, tolerate=gone, **arguments)


def _tunnel_key(encap: RouteEncap) -> list[tuple[str, object]]:
    return [
        ("LWTUNNEL_IP_ID", encap.id),
        ("LWTUNNEL_IP_DST", str(encap.dst)),
        ("LWTUNNEL_IP_TTL", encap.ttl),
        ("LWTUNNEL_IP_FLAGS", TUNNEL_CSUM if encap.checksum else 0),
    ]
