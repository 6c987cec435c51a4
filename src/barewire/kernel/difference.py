"""The difference between the desired and the present state: what to add, change and remove. Pure, so it is tested without a
kernel.

A link that differs only in what the kernel can change in place (MTU, master) is changed; one that differs in kind or in an
attribute of its kind is replaced, with everything on it. What daemons make is theirs. Sysctls, qdiscs, offloads and steering
have no "absent" to go back to, and sets of networks and ports of fou no mark, so they are never removed. A qdisc counts as
present when its kind and handle are; its options are not compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from barewire.kernel.present import NOTHING, Present, PresentLink
from barewire.kernel.rule_tables import table_mark
from barewire.model.daemons import Daemon
from barewire.model.data_path import BpfDataPath
from barewire.model.objects import (
    Address,
    DaemonLink,
    FdbEntry,
    FouPort,
    IpSet,
    IptablesTable,
    KernelObject,
    LearnedRoute,
    Link,
    Neighbour,
    NftTable,
    Nic,
    Peer,
    Route,
    RoutingRule,
    WireguardInterface,
    WireguardPeer,
)
from barewire.model.settings import Offloads, Qdisc, Steering, Sysctl

Removable = Address | Route | RoutingRule | Neighbour | FdbEntry | WireguardPeer

_MADE_BY_OTHERS = LearnedRoute | DaemonLink | Nic
"""What daemons or the testbed make."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes to one namespace. `remove_links`, `remove_tables`, `remove_daemons` and `remove_data_paths` hold names."""

    add: tuple[KernelObject, ...]
    change: tuple[Link, ...]
    remove: tuple[Removable, ...]
    remove_links: tuple[str, ...]
    remove_tables: tuple[tuple[str, str], ...]
    remove_daemons: tuple[str, ...] = ()
    remove_data_paths: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        removed = (
            self.remove or self.remove_links or self.remove_tables or self.remove_daemons or self.remove_data_paths
        )
        return bool(self.add or self.change or removed)


def difference(wanted: Sequence[KernelObject], peers: Sequence[Peer], present: Present) -> Difference:
    """Compute the changes to one namespace. `peers` are the veth ends in it whose link is listed in another namespace."""
    if present is NOTHING:  # a large lab wants a million objects, so none is looked at twice
        return Difference(tuple(thing for thing in wanted if not isinstance(thing, _MADE_BY_OTHERS)), (), (), (), ())
    links = [thing for thing in wanted if isinstance(thing, Link)]
    expected = {link.name for link in links} | {peer.name for peer in peers}
    stale = {name for name in present.links if name not in expected}
    remade = {link.name for link in links if link.name in present.links and _other(link, present.links[link.name])}
    gone = stale | remade
    changed = tuple(
        link for link in links if link.name in present.links and link.name not in gone and _off(link, present)
    )
    peered = frozenset(thing for thing in present.wireguard if isinstance(thing, WireguardPeer))
    # Sets of sets, because these keep the hashes: nodes of a large lab have a million routes.
    ours: frozenset[Removable] = frozenset().union(
        present.addresses, present.routes, present.rules, present.neighbours, present.fdb, peered
    )
    kept = frozenset(thing for thing in ours if thing.dev not in gone) if gone else ours
    asked = frozenset(thing for thing in wanted if isinstance(thing, Removable))
    lacking = asked - kept
    add: list[KernelObject] = []
    for thing in wanted:
        if isinstance(thing, Removable):
            if lacking and thing in lacking:
                add.append(thing)
            continue
        match thing:
            case Link():
                new = thing.name not in present.links or thing.name in remade
            case NftTable() | IptablesTable():
                new = present.tables.get((thing.family, thing.name)) != table_mark(thing)
            case Sysctl():
                new = present.sysctls.get(thing.key, "").split() != thing.value.split() or _device_of(thing) in remade
            case Qdisc():
                new = (thing.dev, thing.kind, thing.handle) not in present.qdiscs or thing.dev in remade
            case Offloads():
                new = present.offloads.get(thing.dev) != thing.enabled or thing.dev in remade
            case WireguardInterface():
                new = thing not in present.wireguard or thing.dev in remade
            case IpSet():
                new = thing not in present.sets
            case FouPort():
                new = thing not in present.fou_ports
            case BpfDataPath():
                # Programs and maps have indexes of links in them.
                new = thing not in present.data_paths or bool(remade)
            case Daemon():
                new = thing not in present.daemons
            case LearnedRoute() | DaemonLink() | Nic():
                new = False
            case Steering():
                new = thing not in present.steering or thing.dev in remade
        if new:
            add.append(thing)
    tables = {(thing.family, thing.name) for thing in wanted if isinstance(thing, NftTable | IptablesTable)}
    return Difference(
        tuple(add),
        changed,
        tuple(sorted(kept - asked, key=repr)),
        tuple(sorted(gone)),
        tuple(sorted(set(present.tables) - tables)),
        tuple(sorted({one.name for one in present.daemons} - {one.name for one in wanted if isinstance(one, Daemon)})),
        tuple(sorted(present.data_path_names - {one.name for one in wanted if isinstance(one, BpfDataPath)})),
    )


def peers_by_namespace(objects: Mapping[str, Sequence[KernelObject]]) -> dict[str, list[Peer]]:
    """By namespace, the veth ends in it that are listed elsewhere (or there, as the other end of a pair within it)."""
    found: dict[str, list[Peer]] = {}
    for wanted in objects.values():
        for thing in wanted:
            if isinstance(thing, Link) and thing.peer:
                found.setdefault(thing.peer.namespace, []).append(thing.peer)
    return found


def _other(link: Link, present: PresentLink) -> bool:
    """Whether the kernel would have to make the link anew."""
    attributes = (
        present.attributes.get(key) != _netlink(value) for key, value in link.attributes if key in present.attributes
    )
    return link.kind != present.kind or any(attributes)


def _off(link: Link, present: Present) -> bool:
    """Whether something is to be changed in place. A daemon may have made the link a port of a switch of its own, which is not
    ours to undo."""
    found = present.links[link.name]
    master = found.master if found.master in present.links else ""
    return link.mtu != found.mtu or link.master != master or (link.mac not in ("", found.mac))


def _device_of(sysctl: Sysctl) -> str:
    parts = sysctl.key.split(".")
    return parts[3] if len(parts) > 4 and parts[2] in ("conf", "neigh") else ""


def _netlink(value: object) -> object:
    return int(value) if isinstance(value, bool) else value
