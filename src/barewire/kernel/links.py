"""Create, change and mark links.

A link is made in its final namespace under its final name by one request, so that nothing can strand half-way: a veth's
peer carries the other namespace's descriptor, and a link that rides on another (macvlan, ipvlan) is asked for where its
parent is, with the target's descriptor. The latter alone gets its name in a second request: older kernels (6.1, say) look for
the name where they are asked, and there the parent may have it. Every link gets an altname, which is how the engine
knows its own.
"""

from __future__ import annotations

from typing import Any

from barewire.errors import KernelError
from barewire.kernel import link_requests, rtnetlink
from barewire.kernel.channel import Channel
from barewire.kernel.present import ALTNAME_PREFIX
from barewire.model.commands import NEW_NAME, command, commands
from barewire.model.link_kinds import KINDS, is_fallback
from barewire.model.objects import Link

_EEXIST, _ENODEV = 17, 19


def add_link(link: Link, origin: Channel, target: Channel, target_fd: int, peer: Channel | None, peer_fd: int) -> None:
    """`ip link add ...; ip link set ... up`. `origin` is where the parent is (else the target itself)."""
    if link.kind == "veth" and link.peer and peer:
        master = target.index(link.master) if link.master else 0
        target.send(rtnetlink.veth(link, peer_fd, master), lambda: command(link, target.namespace))
        if link.hairpin:
            _hairpin(target, link.name)
        _raise_up(peer, link.peer.name, link.peer.master)
        return
    if is_fallback(link.kind, link.name):
        _adopt(link, target)
        return
    foreign = origin is not target
    request = link_requests.created(
        link,
        NEW_NAME if foreign else link.name,
        parent=origin.index(link.parent[1]) if link.parent else 0,
        underlay=origin.index(link.underlay) if link.underlay else 0,
        target_fd=target_fd if foreign else -1,
    )
    if request:
        origin.send(request, lambda: command(link, target.namespace))
    else:
        _add_by_library(link, origin, target, target_fd, peer_fd)
    if foreign:
        tried = commands(link, target.namespace)[1]
        target.send(link_requests.renamed(target.index(NEW_NAME), link.name), lambda: tried)
    _raise_up(target, link.name, link.master)
    if link.hairpin:
        _hairpin(target, link.name)
    if link.peer and peer:
        _raise_up(peer, link.peer.name, link.peer.master)


def _add_by_library(link: Link, origin: Channel, target: Channel, target_fd: int, peer_fd: int) -> None:
    """Links of kinds, or with attributes, that are not encoded by hand."""
    arguments: dict[str, Any] = {"ifname": link.name, "kind": link.kind, "mtu": link.mtu, **dict(link.attributes)}
    if link.mac:
        arguments["address"] = link.mac
    if link.parent:
        arguments["link"] = origin.index(link.parent[1])
    if link.underlay:
        arguments[f"{link.kind}_link"] = origin.index(link.underlay)
    if origin is not target:
        arguments |= {"net_ns_fd": target_fd, "ifname": NEW_NAME}
    if link.peer:
        end = link.peer
        words: dict[str, Any] = {"ifname": end.name, "mtu": end.mtu, "net_ns_fd": peer_fd}
        if end.mac:
            words["address"] = end.mac
        if link.kind == "veth":
            arguments["peer"] = words
        else:  # the library has a word for veth's alone
            attributes = [[f"IFLA_{key.upper()}", value] for key, value in words.items()]
            arguments[f"{link.kind}_peer_info"] = {"attrs": attributes}
    origin.call("link", "add", command(link, target.namespace), **arguments)


def _adopt(link: Link, channel: Channel) -> None:
    """Take the link that the kind's module puts into each namespace, after loading the module: nobody can make or remove it."""
    tried = command(link, channel.namespace)
    channel.call("link", "add", tried, tolerate=(_EEXIST,), ifname=link.name, kind=link.kind)
    channel.call("link", "set", tried, index=channel.index(link.name), mtu=link.mtu)
    _raise_up(channel, link.name, "")


def change_link(channel: Channel, link: Link) -> None:
    """`ip link set NAME mtu MTU master MASTER address MAC`."""
    arguments: dict[str, Any] = {"mtu": link.mtu, "master": channel.index(link.master) if link.master else 0}
    if link.mac:
        arguments["address"] = link.mac
    tried = f"ip link set {link.name} mtu {link.mtu}" + (f" master {link.master}" if link.master else "")
    channel.call("link", "set", tried, index=channel.index(link.name), **arguments)


def delete_link(channel: Channel, name: str) -> None:
    """`ip link del NAME`; one that has gone with its peer is done. A module's own link is let go of: it is set down."""
    try:
        index = channel.index(name)
    except KernelError:
        return
    if any(known.fallback == name for known in KINDS.values()):
        channel.call("link", "set", f"ip link set {name} down", index=index, state="down")
        altname = _altname(channel, name)
        channel.call(
            "link", "property_del", f"ip link property del dev {name} altname {altname}", index=index, altname=altname
        )
        return
    channel.call("link", "del", f"ip link del {name}", tolerate=(_ENODEV,), index=index)


def mark(channel: Channel, name: str) -> None:
    """`ip link property add dev NAME altname barewire:NAMESPACE/NAME`."""
    altname = _altname(channel, name)
    request = rtnetlink.altname(channel.index(name), altname)
    channel.send(request, lambda: f"ip link property add dev {name} altname {altname}", tolerate=(_EEXIST,))


def _altname(channel: Channel, name: str) -> str:
    return f"{ALTNAME_PREFIX}{channel.namespace}/{name}"


def _raise_up(channel: Channel, name: str, master: str) -> None:
    request = rtnetlink.link_up(channel.index(name), channel.index(master) if master else 0)
    channel.send(request, lambda: f"ip link set {name} up" + (f" master {master}" if master else ""))


def _hairpin(channel: Channel, name: str) -> None:
    channel.send(link_requests.hairpin(channel.index(name)), lambda: f"bridge link set dev {name} hairpin on")
