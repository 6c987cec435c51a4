"""Read every link of a lab with its addresses, and which link of which namespace is at its other end.

The kernel names the other end by its index and a number that stands for its namespace, which differs from namespace to
namespace. What number a namespace has in another one is asked with the namespace's descriptor (RTM_GETNSID); the nearest are
asked first, because in a lab of N namespaces there are N * N answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_interface
from typing import Any

from barewire.kernel.channel import Channel
from barewire.kernel.namespaces import Namespaces
from barewire.model.objects import IPInterface
from barewire.model.observed import ObservedLink

_UP = 1
_PAIRED = ("veth", "netkit")


def read(channels: Mapping[str, Channel], namespaces: Namespaces) -> dict[str, tuple[ObservedLink, ...]]:
    """The links of each namespace, loopbacks excepted."""
    found = {name: channel.dump("get_links") for name, channel in channels.items()}
    names = {where: {link["index"]: link.get("ifname") for link in links} for where, links in found.items()}
    return {where: tuple(_links(where, links, channels, namespaces, names)) for where, links in found.items()}


def _links(
    where: str,
    links: list[Any],
    channels: Mapping[str, Channel],
    namespaces: Namespaces,
    names: Mapping[str, Mapping[int, str]],
) -> Iterator[ObservedLink]:
    addresses = _addresses(channels[where])
    numbers: dict[int, str] | None = None
    for link in links:
        if link.get("ifname") == "lo":
            continue
        index, number = link.get("link"), link.get("link_netnsid")
        other: tuple[str, str] | None = None
        if index:
            if number is not None and numbers is None:
                wanted = {one.get("link_netnsid") for one in links} - {None}
                numbers = _numbers(where, channels[where], namespaces, wanted)
            owner = where if number is None else (numbers or {}).get(number)
            if owner and index in names[owner]:
                other = owner, names[owner][index]
        kind = link.get(("linkinfo", "kind")) or ""
        paired = kind in _PAIRED
        yield ObservedLink(
            link.get("ifname"), kind, link.get("mtu") or 0, bool(link["flags"] & _UP), addresses.get(link["index"], ()),
            other if paired else None, None if paired else other,
        )  # fmt: skip


def _addresses(channel: Channel) -> dict[int, tuple[IPInterface, ...]]:
    found: dict[int, tuple[IPInterface, ...]] = {}
    for one in channel.dump("get_addr"):
        # The local end of an address with a peer; IPv6 has no other attribute.
        text = one.get("local") or one.get("address")
        found[one["index"]] = (*found.get(one["index"], ()), ip_interface(f"{text}/{one['prefixlen']}"))
    return found


def _numbers(where: str, channel: Channel, namespaces: Namespaces, wanted: set[int]) -> dict[int, str]:
    """Which namespaces the numbers stand for that `where` has for them."""
    node = where.partition("-")[0]
    near = sorted((name for name in namespaces.names if name != where), key=lambda name: name.partition("-")[0] != node)
    found: dict[int, str] = {}
    for name in near:
        number = channel.namespace_number(namespaces.fd(name))
        if number in wanted:
            found[number] = name
            if len(found) == len(wanted):
                break
    return found
