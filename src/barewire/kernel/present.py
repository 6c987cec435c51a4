"""Our objects in one namespace, read from the kernel as `model.objects`.

Ours means marked: a link by its altname, a route by its `proto`, an nft table by an empty chain; addresses, permanent neighbours
and fdb entries by the marked link that they are on. Everything else in a namespace belongs to others and is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

from barewire.kernel import fou_ports, ip_sets, settings, steering
from barewire.kernel.channel import Channel
from barewire.kernel.pyroute import ENCAP_IP, ENCAP_IP6
from barewire.model.daemons import Daemon
from barewire.model.data_path import BpfDataPath
from barewire.model.objects import (
    ROUTE_PROTOCOL,
    Address,
    FdbEntry,
    FouPort,
    IPNetwork,
    IpSet,
    KernelObject,
    Neighbour,
    Nic,
    Route,
    RouteEncap,
    RoutingRule,
    WireguardInterface,
    WireguardPeer,
)
from barewire.model.settings import Offloads, Steering, Sysctl

ALTNAME_PREFIX = "barewire:"
_NUD_PERMANENT = 0x80
_AF_INET, _AF_INET6, _AF_BRIDGE = 2, 10, 7
_RTNH_F_ONLINK, _RTN_BLACKHOLE = 4, 6
_MAIN = 254
"""The number of the main table of routes."""
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
    names: dict[int, str] = {}
    links: dict[str, PresentLink] = {}
    messages = channel.dump("get_links")
    for message in messages:
        names[message["index"]] = message.get("ifname")
    for message in messages:
        if marked(message):
            links[message.get("ifname")] = _link(message, names)
    cards = {thing.dev for thing in wanted if isinstance(thing, Nic)}
    ours = {index: name for index, name in names.items() if name in links or name in cards}
    return Present(
        links,
        frozenset(_addresses(channel, ours)),
        frozenset(_routes(channel, names)),
        frozenset(_neighbours(channel, ours)),
        frozenset(_fdb(channel, ours)),
        settings.read_tables(channel.namespace),
        dict(_sysctls(wanted)),
        frozenset(_qdiscs(channel, names)),
        dict(_offloads(wanted, names.values())),
        frozenset(_steering(wanted, names.values())),
        frozenset(thing for thing in wanted if isinstance(thing, IpSet) and ip_sets.holds(thing)),
        fou_ports.read(channel.namespace) if any(isinstance(thing, FouPort) for thing in wanted) else frozenset(),
        frozenset(_rules(channel)),
    )


def marked(message: Any) -> bool:
    """Whether a link message carries our altname."""
    properties = message.get("prop_list")
    names = [value for _, value in properties["attrs"]] if properties else []
    return any(name.startswith(ALTNAME_PREFIX) for name in names)


def _sysctls(wanted: Sequence[KernelObject]) -> Iterator[tuple[str, str]]:
    for thing in wanted:
        if isinstance(thing, Sysctl) and settings.sysctl_path(thing.key).exists():
            yield thing.key, settings.read_sysctl(thing.key)


def _qdiscs(channel: Channel, names: dict[int, str]) -> Iterator[tuple[str, str, str]]:
    for message in channel.dump("get_qdiscs"):
        handle = f"{message['handle'] >> 16:x}:"
        yield names.get(message["index"], ""), message.get("kind"), handle


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


def _link(message: Any, names: dict[int, str]) -> PresentLink:
    kind = message.get(("linkinfo", "kind")) or ""
    data = message.get(("linkinfo", "data"))
    attributes = {}
    if data is not None and isinstance(data, dict) and "attrs" in data:
        attributes = {key.removeprefix("IFLA_").lower(): value for key, value in data["attrs"]}
        for key in _TUNNEL_FLAGS & attributes.keys():
            attributes[key] &= ~_TUNNEL_CAPABILITIES
    master = message.get("master")
    return PresentLink(
        message.get("ifname"),
        kind,
        message.get("mtu"),
        message.get("address") or "",
        names.get(master, "") if master else "",
        attributes,
    )


def _addresses(channel: Channel, ours: dict[int, str]) -> list[Address]:
    found = []
    for message in channel.dump("get_addr"):
        # Scope 253 is link: the kernel's own IPv6 link-local addresses.
        if message["index"] in ours and message["scope"] != 253:
            address = message.get("local") or message.get("address")
            found.append(Address(ours[message["index"]], ip_interface(f"{address}/{message['prefixlen']}")))
    return found


def _routes(channel: Channel, names: dict[int, str]) -> list[Route]:
    found = []
    for family in (_AF_INET, _AF_INET6):
        for message in channel.dump("get_routes", family=family, proto=ROUTE_PROTOCOL):
            if message["proto"] != ROUTE_PROTOCOL:
                continue
            any_address = "0.0.0.0" if family == _AF_INET else "::"
            dst: IPNetwork = ip_network(f"{message.get('dst') or any_address}/{message['dst_len']}")
            via, src = message.get("gateway"), message.get("prefsrc")
            found.append(
                Route(
                    dst,
                    "" if message["type"] == _RTN_BLACKHOLE else names.get(message.get("oif"), ""),
                    ip_address(via) if via else None,
                    bool(message["flags"] & _RTNH_F_ONLINK),
                    ip_address(src) if src else None,
                    _encap(message),
                    0 if (table := message.get("table")) in (None, _MAIN) else table,
                )
            )
    return found


def _rules(channel: Channel) -> Iterator[RoutingRule]:
    for version, family in ((4, _AF_INET), (6, _AF_INET6)):
        for message in channel.dump("get_rules", family=family):
            if message.get("protocol") == ROUTE_PROTOCOL:
                source = message.get("src")
                yield RoutingRule(
                    version,
                    message.get("table"),
                    message.get("priority"),
                    ip_network(f"{source}/{message['src_len']}") if source else None,
                )


def _encap(message: Any) -> RouteEncap | None:
    if message.get("encap_type") not in (ENCAP_IP, ENCAP_IP6):
        return None
    key = dict(message.get("encap")["attrs"])
    return RouteEncap(
        ip_address(key["LWTUNNEL_IP_DST"]),
        key["LWTUNNEL_IP_ID"],
        key["LWTUNNEL_IP_TTL"],
        bool(key["LWTUNNEL_IP_FLAGS"] & TUNNEL_CSUM),
    )


def _neighbours(channel: Channel, ours: dict[int, str]) -> list[Neighbour]:
    found = []
    for family in (_AF_INET, _AF_INET6):
        for message in channel.dump("get_neighbours", family=family):
            if message["ifindex"] in ours and message["state"] & _NUD_PERMANENT:
                found.append(
                    Neighbour(ours[message["ifindex"]], ip_address(message.get("dst")), message.get("lladdr") or "")
                )
    return found


def _fdb(channel: Channel, ours: dict[int, str]) -> list[FdbEntry]:
    found = []
    for message in channel.dump("get_neighbours", family=_AF_BRIDGE):
        dst = message.get("dst")
        if message["ifindex"] in ours and dst and message["state"] & _NUD_PERMANENT:
            found.append(FdbEntry(ours[message["ifindex"]], message.get("lladdr"), ip_address(dst)))
    return found
