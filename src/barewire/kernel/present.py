"""Our objects in one namespace, read from the kernel as `model.objects`.

Ours means marked: a link by its altname, a route by its `proto`, an nft table by an empty chain; addresses, permanent neighbours
and fdb entries by the marked link that they are on. Everything else in a namespace belongs to others and is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from barewire.errors import KernelError
from barewire.kernel import dumps, fou_ports, ip_sets, link_requests, settings, steering
from barewire.kernel.channel import Channel
from barewire.model.daemons import Daemon
from barewire.model.data_path import BpfDataPath
from barewire.model.objects import (
    Address,
    FdbEntry,
    FouPort,
    IpSet,
    KernelObject,
    Neighbour,
    Nic,
    Route,
    RoutingRule,
    WireguardInterface,
    WireguardPeer,
)
from barewire.model.settings import Offloads, Steering, Sysctl

ALTNAME_PREFIX = "barewire:"
_TUNNEL_FLAGS, _TUNNEL_CAPABILITIES = {"ip6tnl_flags", "ip6gre_flags"}, 0x70000
"""Flags of IPv6 tunnels, in which the kernel notes what their addresses allow (IP6_TNL_F_CAP_* of linux/ip6_tunnel.h)."""

TUNNEL_CSUM = 0x01
"""Flag of a tunnel key: with a checksum (linux/if_tunnel.h, from the low bit of a big-endian number)."""


@dataclass(frozen=True, slots=True)
class PresentLink:
    """A marked link as it is; `attributes` are the kind's own, in netlink's spelling."""

    name: str
    kind: str
    mtu: int
    mac: str
    master: str
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Present:
    """All of ours in a namespace."""

    links: dict[str, PresentLink]
    addresses: frozenset[Address]
    routes: frozenset[Route]
    neighbours: frozenset[Neighbour]
    fdb: frozenset[FdbEntry]
    tables: dict[tuple[str, str], str] = field(default_factory=dict)
    sysctls: dict[str, str] = field(default_factory=dict)
    qdiscs: frozenset[tuple[str, str, str]] = frozenset()
    offloads: dict[str, bool] = field(default_factory=dict)
    steering: frozenset[Steering] = frozenset()
    sets: frozenset[IpSet] = frozenset()
    fou_ports: frozenset[FouPort] = frozenset()
    rules: frozenset[RoutingRule] = frozenset()
    daemons: frozenset[Daemon] = frozenset()
    wireguard: frozenset[WireguardInterface | WireguardPeer] = frozenset()
    data_paths: frozenset[BpfDataPath] = frozenset()
    data_path_names: frozenset[str] = frozenset()
    """Of those too that have lost a program."""


NOTHING = Present({}, frozenset(), frozenset(), frozenset(), frozenset())
"""A namespace in which nothing of ours is yet."""


def read(channel: Channel, wanted: Sequence[KernelObject]) -> Present:
    """Read the namespace of `channel`, which the caller has entered; of the settings only those in `wanted`."""
    rows = list(dumps.links(channel.socket))
    names = {row.index: row.name for row in rows}
    links = {row.name: _link(channel, row, names) for row in rows if is_ours(row.altnames)}
    cards = {thing.dev for thing in wanted if isinstance(thing, Nic)}
    ours = {index: name for index, name in names.items() if name in links or name in cards}
    return Present(
        links,
        frozenset(dumps.addresses(channel.socket, ours)),
        frozenset(dumps.routes(channel.socket, names)),
        frozenset(dumps.neighbours(channel.socket, ours)),
        frozenset(dumps.fdb(channel.socket, ours)),
        settings.read_tables(channel.namespace),
        dict(_sysctls(wanted)),
        frozenset(dumps.qdiscs(channel.socket, names)),
        dict(_offloads(wanted, names.values())),
        frozenset(_steering(wanted, names.values())),
        frozenset(thing for thing in wanted if isinstance(thing, IpSet) and ip_sets.holds(thing)),
        fou_ports.read(channel.namespace) if any(isinstance(thing, FouPort) for thing in wanted) else frozenset(),
        frozenset(dumps.rules(channel.socket)),
    )


def is_ours(altnames: Iterable[str]) -> bool:
    """Whether one of a link's alternative names is our mark."""
    return any(name.startswith(ALTNAME_PREFIX) for name in altnames)


def _sysctls(wanted: Sequence[KernelObject]) -> Iterator[tuple[str, str]]:
    for thing in wanted:
        if isinstance(thing, Sysctl):
            with suppress(KernelError):  # the module that has it may not be loaded
                yield thing.key, settings.read_sysctl(thing.key)


def _offloads(wanted: Sequence[KernelObject], names: Iterable[str]) -> Iterator[tuple[str, bool]]:
    for thing in wanted:
        if isinstance(thing, Offloads) and thing.dev in names:
            states = set(settings.read_offloads(thing.dev).values())
            if len(states) == 1:
                yield thing.dev, states.pop()


def _steering(wanted: Sequence[KernelObject], names: Iterable[str]) -> Iterator[Steering]:
    """Those that are as wanted; what another one is like nobody asks."""
    for thing in wanted:
        if isinstance(thing, Steering) and thing.dev in names and steering.holds(thing):
            yield thing


def _link(channel: Channel, row: dumps.LinkRow, names: dict[int, str]) -> PresentLink:
    attributes = link_requests.read_attributes(row.kind, row.data)
    if attributes is None:
        attributes = _library_attributes(channel, row.index)
    return PresentLink(
        row.name, row.kind, row.mtu, row.mac, names.get(row.master, "") if row.master else "", attributes
    )


def _library_attributes(channel: Channel, index: int) -> dict[str, Any]:
    """Those of a kind that is not decoded by hand."""
    (message,) = channel.dump("get_links", index=index)
    data = message.get(("linkinfo", "data"))
    if data is None or not isinstance(data, dict) or "attrs" not in data:
        return {}
    attributes = {key.removeprefix("IFLA_").lower(): value for key, value in data["attrs"]}
    for key in _TUNNEL_FLAGS & attributes.keys():
        attributes[key] &= ~_TUNNEL_CAPABILITIES
    return attributes
