"""What a lab may put into a machine's own network namespace (`%eth0:shared`), and under which names. Pure.

The machine's other traffic passes through that namespace, and so does the connection that the study came in by. So a lab there
consists of what this traffic does not meet: marked links of its own with what is on them, marked routes to its own networks, and
an address on the card. No rules of netfilter, no programs, nothing on the card itself, and no setting is changed: what a network
needs must be in force already.

The study calls the card `eth0`, as everywhere; here it has the machine's name for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from barewire.errors import NetworkError
from barewire.kernel.features import Feature
from barewire.model.link_kinds import is_fallback
from barewire.model.network import WIRE_DEV
from barewire.model.objects import (
    Address,
    DaemonLink,
    DesiredState,
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
    Route,
    RoutingRule,
    WireguardInterface,
    WireguardPeer,
)
from barewire.model.settings import Offloads, Qdisc, Steering, Sysctl
from barewire.model.stages import of_device

OWN = "/proc/self/ns/net"
"""The namespace that the lab's first process was started in: the machine's."""

CONGESTION = "net.ipv4.tcp_congestion_control"
_LEFT_OUT = ("net.ipv4.conf.all.send_redirects", "net.ipv4.conf.default.", "net.ipv6.conf.default.")
"""Settings that a lab's own namespace gets and the machine's keeps: those of links to come, and redirects."""

_REMEDY = "Use a spare card, or a macvlan child of this one (%CARD:macvlan)"


@dataclass(frozen=True, slots=True)
class SharedPart:
    """What a lab wants of a machine's own namespace: `things` for the engine, the rest for the guard of the card."""

    things: tuple[KernelObject, ...]
    mtu: int
    addresses: tuple[str, ...]
    """Of the card, with their prefix lengths."""
    networks: tuple[str, ...]
    """Those of the lab, which nothing else on the machine may use."""
    links: tuple[str, ...]
    """Names that no link of the machine may have."""
    settings: tuple[Sysctl, ...]
    """What must be in force."""


def refusal(name: str, desired: DesiredState, nodes: Sequence[str], *, programs: bool) -> Feature | None:
    """Why the network `name` cannot be in the own namespaces of `nodes`; None if it can. `programs`: some build it."""
    found = [_refused(thing) for node in nodes for thing in desired.objects.get(node, ())]
    reason = "programs that build it, whose changes nobody could undo" if programs else next(filter(None, found), "")
    if not reason:
        return None
    return Feature(name, False, f"a machine's own namespace must not get {reason}", _REMEDY)


def lacking_setting(name: str, wanted: Sysctl, found: str, host: str) -> Feature:
    """What the other traffic of a machine depends on is not changed, so its owner must."""
    reason = f"it takes {wanted.key} = {wanted.value}, and {host} has {found}, which is not changed for a lab"
    return Feature(name, False, reason, f"Type `sysctl -w {wanted.key}={wanted.value}` there, or use a spare card")


def part_of(node: str, things: Sequence[KernelObject], desired: DesiredState, card: str) -> SharedPart:
    """What is wanted of the machine of `node`, whose card is called `card`; NetworkError for what must not be there."""
    for thing in things:
        if reason := _refused(thing):
            raise NetworkError(f"a machine's own namespace must not get {reason}", where=node, remedy=_REMEDY)
    on_card = [thing for thing in things if isinstance(thing, Address) and thing.dev == WIRE_DEV]
    settings = [one for one in things if isinstance(one, Sysctl) and not one.key.startswith(_LEFT_OUT)]
    own = {thing.name for thing in things if isinstance(thing, Link)}
    peers = {link.peer for some in desired.objects.values() for link in some if isinstance(link, Link) and link.peer}
    links = own | {peer.name for peer in peers if peer.namespace == node}
    kept = [one for one in settings if _device_of(one) in links]
    left_out = {id(thing) for thing in (*on_card, *(one for one in things if isinstance(one, Sysctl | Nic)))}
    wanted = [thing for thing in things if id(thing) not in left_out and not _is_default(thing)]
    networks = {one.interface.network for one in things if isinstance(one, Address)}
    networks |= {one.dst for one in wanted if isinstance(one, Route)}
    return SharedPart(
        tuple(renamed(node, thing, node, card) for thing in (*wanted, *kept)),
        next((int(thing.mtu) for thing in things if isinstance(thing, Nic)), 0),
        tuple(str(one.interface) for one in on_card),
        tuple(sorted(map(str, networks))),
        tuple(sorted(links)),
        tuple(one for one in settings if one not in kept),
    )


def renamed(namespace: str, thing: KernelObject, node: str, card: str) -> KernelObject:
    """The same object with the machine's name of the card; `namespace` is the object's, `node` the card's."""
    if isinstance(thing, Link):
        if thing.parent == (node, WIRE_DEV):
            thing = replace(thing, parent=(node, card))
        return replace(thing, underlay=card) if namespace == node and thing.underlay == WIRE_DEV else thing
    if isinstance(thing, Route | Neighbour | FdbEntry) and namespace == node and thing.dev == WIRE_DEV:
        return replace(thing, dev=card)
    return thing


def names_of(card: str) -> Mapping[str, str]:
    """What the study calls links of the machine: the card `eth0`, and an `eth0` that is another one as nothing of the lab's."""
    return {card: WIRE_DEV} if card == WIRE_DEV else {card: WIRE_DEV, WIRE_DEV: f"{WIRE_DEV} of the machine"}


def _refused(thing: KernelObject) -> str:
    """What an object is that must not be in a machine's own namespace; empty for one that may be."""
    match thing:
        case NftTable() | IptablesTable():
            return f"rules that its other traffic passes through (table {thing.family} {thing.name})"
        case IpSet():
            return f"sets of rules ({thing.name})"
        case Offloads() | Qdisc() | Steering():
            return f"settings of its card ({type(thing).__name__.lower()})"
        case RoutingRule():
            return f"rules that its routes are looked up by (table {thing.table})"
        case FouPort():
            return f"a port of fou ({thing.port}), which cannot be marked"
        case Link() if is_fallback(thing.kind, thing.name):
            return f"the link {thing.name}, which is its module's"
        case Neighbour() | FdbEntry() if thing.dev == WIRE_DEV:
            return "neighbours of its card"
        case Link() | Nic() | Address() | Route() | Neighbour() | FdbEntry() | Sysctl():
            return ""
        case WireguardInterface() | WireguardPeer():
            return ""
        case LearnedRoute() | DaemonLink():
            return "routing daemons"
    return f"what cannot be undone ({type(thing).__name__})"


def _is_default(thing: KernelObject) -> bool:
    return isinstance(thing, Route) and thing.dst.prefixlen == 0


def _device_of(sysctl: Sysctl) -> str:
    return sysctl.key.split(".")[3] if of_device(sysctl) else ""
