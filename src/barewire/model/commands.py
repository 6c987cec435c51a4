"""Kernel objects as the command that a person would type for them.

For error messages, for `lab up --dry-run`, and for golden files that a network engineer can read.
"""

from __future__ import annotations

from barewire.model.objects import (
    ROUTE_PROTOCOL,
    Address,
    FdbEntry,
    KernelObject,
    Link,
    Neighbour,
    NftTable,
    Offloads,
    Qdisc,
    Route,
    Sysctl,
)


def command(thing: KernelObject) -> str:
    """The `ip`, `bridge`, `tc`, `nft`, `ethtool` or `sysctl` command for one object, on one line."""
    match thing:
        case Link():
            return _link(thing)
        case Address():
            nodad = " nodad" if thing.interface.version == 6 else ""
            return f"ip address add {thing.interface} dev {thing.dev}{nodad}"
        case Route():
            via = f" via {thing.via}" if thing.via else ""
            onlink = " onlink" if thing.onlink else ""
            src = f" src {thing.src}" if thing.src else ""
            return f"ip route add {thing.dst}{via} dev {thing.dev}{onlink}{src} proto {ROUTE_PROTOCOL}"
        case Neighbour(proxy=True):
            return f"ip neighbour add proxy {thing.address} dev {thing.dev}"
        case Neighbour():
            return f"ip neighbour add {thing.address} lladdr {thing.mac} dev {thing.dev} nud permanent"
        case FdbEntry():
            return f"bridge fdb append {thing.mac} dev {thing.dev} dst {thing.dst} self permanent"
        case NftTable():
            return f"nft add table {thing.family} {thing.name} {{ {' '.join(thing.body.split())} }}"
        case Sysctl():
            return f"sysctl -w {thing.key}={thing.value}"
        case Qdisc():
            parent = thing.parent if thing.parent == "root" else f"parent {thing.parent}"
            return f"tc qdisc add dev {thing.dev} {parent} handle {thing.handle} {thing.kind} {thing.options}"
        case Offloads():
            state = "on" if thing.enabled else "off"
            return f"ethtool -K {thing.dev} tx {state} sg {state} tso {state} gso {state} gro {state}"


def _link(link: Link) -> str:
    words = ["ip link add", link.name]
    if link.parent:
        namespace, dev = link.parent
        words += ["link", f"{namespace}/{dev}"]
    if link.mac:
        words += ["address", link.mac]
    words += ["mtu", str(link.mtu), "type", link.kind]
    words += [f"{key} {str(value).lower() if isinstance(value, bool) else value}" for key, value in link.attributes]
    if link.peer:
        peer = link.peer
        words += ["peer", peer.name, "address", peer.mac, "mtu", str(peer.mtu), "netns", peer.namespace]
    if link.master:
        words += ["; ip link set", link.name, "master", link.master]
    if link.hairpin:
        words += ["; bridge link set dev", link.name, "hairpin on"]
    return " ".join(words)
