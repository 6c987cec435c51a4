"""Changes of a namespace that were none of ours, as the kernel reports them: links, addresses and routes (rtnetlink groups).

A lab that changes while it is measured is another network. The events of neighbours are left out: tables of neighbours live, and
every message would cost the load that caused it. Without a subscriber the kernel makes no message, so nothing is subscribed
before the first reading of the counters.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from barewire.kernel import pyroute
from barewire.kernel.channel import Channel

_LINK, _IPV4_ADDRESS, _IPV4_ROUTE, _IPV6_ADDRESS, _IPV6_ROUTE = 0x1, 0x10, 0x40, 0x100, 0x400
"""RTMGRP_* of linux/rtnetlink.h."""
_BUFFER = 1 << 20
_READ = 1 << 16
_UP, _AF_BRIDGE = 0x1, 7
_LOCAL_TABLE, _CLONED, _SCOPE_LINK = 255, 0x200, 253
_KERNEL, _ROUTER_ADVERTISEMENT = 2, 9
"""Routes that the kernel itself makes with links and addresses (RTPROT_KERNEL, RTPROT_RA)."""


@dataclass(frozen=True, slots=True)
class _LinkState:
    name: str
    up: bool
    mtu: int
    master: int
    address: str


class Events:
    """The changes of one namespace since the last look. Must be made while inside it."""

    def __init__(self, channel: Channel) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE
        )
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.bind((0, _LINK | _IPV4_ADDRESS | _IPV4_ROUTE | _IPV6_ADDRESS | _IPV6_ROUTE))
        self._links = {int(link["index"]): _state(link) for link in channel.dump("get_links")}

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def changes(self) -> tuple[str, ...]:
        """What has changed, in order, as people say it: `link eth0 was set down`."""
        return tuple(change for message in self._messages() for change in self._changes(message))

    def _messages(self) -> Iterator[Any]:
        marshal = pyroute.MarshalRtnl()
        while True:
            try:
                data = self._socket.recv(_READ)
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    yield None
                    continue
                if error.errno in (errno.EAGAIN, errno.EINTR):
                    return
                raise
            yield from marshal.parse(data)

    def _changes(self, message: Any) -> Iterator[str]:
        if message is None:
            yield "more changes than the kernel could report"
            return
        event = str(message["event"])
        done = "was added" if event.startswith("RTM_NEW") else "was removed"
        match event.partition("_")[2][3:]:
            case "LINK" if message["family"] != _AF_BRIDGE:
                yield from self._link_changes(message, removed=event == "RTM_DELLINK")
            case "ADDR" if message["scope"] != _SCOPE_LINK:
                name = self._links[message["index"]].name if message["index"] in self._links else message["index"]
                yield f"address {message.get('address')}/{message['prefixlen']} of {name} {done}"
            case "ROUTE" if _is_foreign(message):
                target, length = message.get("dst"), message["dst_len"]
                yield f"route {f'{target}/{length}' if target else 'default'} {done}"

    def _link_changes(self, message: Any, *, removed: bool) -> Iterator[str]:
        index, now = int(message["index"]), _state(message)
        before = self._links.pop(index, None)
        if removed:
            yield f"link {now.name} was removed"
            return
        self._links[index] = now
        if before is None:
            yield f"link {now.name} was added"
            return
        if now.up != before.up:
            yield f"link {now.name} was set {'up' if now.up else 'down'}"
        for what, is_now, was in (
            ("name", now.name, before.name), ("MTU", now.mtu, before.mtu), ("address", now.address, before.address),
            ("bridge", self._name(now.master), self._name(before.master)),
        ):  # fmt: skip
            if is_now != was:
                yield f"link {before.name} has the {what} {is_now or 'none'} (was {was or 'none'})"

    def _name(self, index: int) -> str:
        return self._links[index].name if index in self._links else str(index or "")


def _state(link: Any) -> _LinkState:
    return _LinkState(
        str(link.get("ifname")), bool(link["flags"] & _UP), int(link.get("mtu") or 0), int(link.get("master") or 0),
        str(link.get("address") or ""),
    )  # fmt: skip


def _is_foreign(route: Any) -> bool:
    """Whether a route is one that somebody made: neither the kernel's own nor a copy in its cache."""
    table = route.get("table") or route["table"]
    return (
        table != _LOCAL_TABLE
        and not route["flags"] & _CLONED
        and route["proto"] not in (_KERNEL, _ROUTER_ADVERTISEMENT)
    )
