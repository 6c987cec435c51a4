"""Kernel objects as plain data: what a part wants a namespace to hold.

A part of a network never talks to a kernel. It returns these; `kernel.engine` compares them with what is there and
applies the difference. Every class names the command that a person would type for it. Equality is by value, so a
desired state can be compared with a golden file or with another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2s
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import ClassVar

from barewire.model.daemons import Daemon
from barewire.model.data_path import BpfDataPath
from barewire.model.settings import Offloads, Qdisc, Steering, Sysctl

IPAddress = IPv4Address | IPv6Address
IPInterface = IPv4Interface | IPv6Interface
IPNetwork = IPv4Network | IPv6Network
Value = str | int | bool

ROUTE_PROTOCOL = 213
"""`proto` of every route that barewire makes; only routes with it are ever changed or swept. A number that no other program has:
not in the kernel's rtnetlink.h (0 to 18, 42, 99, 186 to 192), in iproute2's rt_protos (which prints a name for those), of FRR
(190 to 198) or of Calico (80). Routing daemons take numbers of their own neighbourhood, so one far from all of them."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a veth pair: where it lives and what it is called there."""

    namespace: str
    name: str
    mac: str
    mtu: int
    master: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """`ip link add NAME type KIND ...; ip link set NAME up`.

    `attributes` are the kind's own (`vxlan_id`, `macvlan_mode` ... in netlink's spelling). A veth carries its `peer`,
    which is made in its final namespace by the same request. A link that rides on another one (`macvlan`, `ipvlan`)
    names it in `parent` as (namespace, link); a tunnel names the link that it sends by, in its own namespace, in `underlay`.
    `hairpin` turns a bridge port's hairpin mode on (the pod may reach itself through its published port).
    """

    name: str
    kind: str
    mtu: int
    mac: str = ""
    master: str = ""
    parent: tuple[str, str] | None = None
    underlay: str = ""
    peer: Peer | None = None
    attributes: tuple[tuple[str, Value], ...] = ()
    hairpin: bool = False


@dataclass(frozen=True, slots=True)
class Nic:
    """`ip link set ... netns NAMESPACE name DEV mtu MTU`: a network card of the node's machine, which the testbed moves in. The
    engine neither makes nor changes it. `peer` is the card at the other end of the wire as (namespace, link), where there are
    two."""

    dev: str
    mtu: int
    peer: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """`ip address add INTERFACE dev DEV` (IPv6 with `nodad`: a lab has no one to ask)."""

    dev: str
    interface: IPInterface


@dataclass(frozen=True, slots=True)
class RouteEncap:
    """`encap ip id ID dst DST ttl TTL [csum]` of a route: the tunnel key for a device that takes it from the route (`external`).
    `checksum` asks for a UDP checksum, without which receivers drop UDP over IPv6."""

    dst: IPAddress
    id: int = 0
    ttl: int = 64
    checksum: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """`ip route add DST [encap ENCAP] [via VIA] dev DEV [onlink] proto barewire`. Without `via` the scope is link; without `dev`
    it is `ip route add blackhole DST`, which drops what no longer prefix covers, or with `throw` `ip route add throw DST`, which
    has the route looked for in the tables of the next rules. `table` 0 is the main one; a `RoutingRule` leads to another."""

    dst: IPNetwork
    dev: str = ""
    via: IPAddress | None = None
    onlink: bool = False
    src: IPAddress | None = None
    encap: RouteEncap | None = None
    table: int = 0
    throw: bool = False


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """`ip rule add [from SOURCE] [not fwmark MARK/MARK] lookup TABLE priority PRIORITY protocol barewire`: routes of a family (4
    or 6) are looked for in it too, before those of every rule with a higher number; with a `source`, only for packets from
    there, and with `unmarked`, only for packets without that bit in their mark."""

    family: int
    table: int
    priority: int
    source: IPNetwork | None = None
    unmarked: int = 0
    dev: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`ip neighbour add ADDRESS lladdr MAC dev DEV nud permanent`."""

    dev: str
    address: IPAddress
    mac: str


@dataclass(frozen=True, slots=True)
class FdbEntry:
    """`bridge fdb append MAC dev DEV dst DST self permanent`."""

    dev: str
    mac: str
    dst: IPAddress


@dataclass(frozen=True, slots=True)
class WireguardInterface:
    """`wg set DEV listen-port PORT private-key FILE [fwmark MARK]`. The engine draws the key when it applies this and keeps it in
    memory, so no plan, file or record ever holds it. `mark` is that of the packets that the interface itself sends."""

    dev: str
    port: int
    mark: int = 0


@dataclass(frozen=True, slots=True)
class WireguardPeer:
    """`wg set DEV peer KEY endpoint ENDPOINT:PORT allowed-ips ALLOWED`. KEY is the public key of the other `node`'s interface of
    the same name, as a lease would carry it."""

    dev: str
    node: str
    endpoint: IPAddress
    port: int
    allowed: tuple[IPNetwork, ...]


@dataclass(frozen=True, slots=True)
class FouPort:
    """`ip fou add port PORT ipproto 4`, or `gue`: what comes by UDP to this port is unpacked and received as IPv4 in IPv4."""

    port: int
    gue: bool = False
    dev: ClassVar[str] = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What `ip fou add` takes."""
        return ("port", str(self.port), *(("gue",) if self.gue else ("ipproto", "4")))


@dataclass(frozen=True, slots=True)
class NftTable:
    """`nft -f`: a whole table, replaced in one transaction. `body` is what stands between the table's braces."""

    family: str
    name: str
    body: str


@dataclass(frozen=True, slots=True)
class IpSet:
    """`ipset create NAME hash:net`, and `ipset add` for each member: networks that a rule of iptables matches by the set's name.
    `family` is `ip` or `ip6`."""

    family: str
    name: str
    members: tuple[IPNetwork, ...]


@dataclass(frozen=True, slots=True)
class IptablesTable:
    """`iptables-nft-restore` (`ip6tables-nft-restore` for `ip6`): a whole table, replaced in one transaction. `body` is what
    stands between the table's name and COMMIT in the format of iptables-save.

    nft cannot write what iptables writes: matches and targets of xtables, a rule's comment among them, which run for every
    packet that comes to the rule.
    """

    family: str
    name: str
    body: str


@dataclass(frozen=True, slots=True)
class LearnedRoute:
    """A route that a daemon must put into the kernel: waited for, never made. `hops` are devices and next hops, several where
    packets are spread over them; `protocol` is the daemon's number in the kernel (12 is BIRD's)."""

    dst: IPNetwork
    hops: tuple[tuple[str, IPAddress], ...]
    protocol: int = 12


@dataclass(frozen=True, slots=True)
class DaemonLink:
    """A link that a daemon makes: expected, and never made, changed or removed by the engine."""

    name: str
    kind: str


Table = NftTable | IptablesTable
Setting = Sysctl | Qdisc | Offloads | Steering
Wireguard = WireguardInterface | WireguardPeer
KernelObject = (
    Link
    | Nic
    | Address
    | Route
    | RoutingRule
    | Neighbour
    | FdbEntry
    | Wireguard
    | FouPort
    | IpSet
    | Table
    | Setting
    | BpfDataPath
    | Daemon
    | LearnedRoute
    | DaemonLink
)


@dataclass(frozen=True, slots=True)
class DesiredState:
    """Namespaces, in the order in which they are made, and the objects wanted in each."""

    objects: Mapping[str, Sequence[KernelObject]] = field(default_factory=dict)
    adopted: Mapping[str, str | int] = field(default_factory=dict)
    """Namespaces that exist already, by the path of a file or by the PID of a process that is in it; all others are made."""

    @property
    def daemons(self) -> list[Daemon]:
        """Those of all namespaces."""
        return [thing for wanted in self.objects.values() for thing in wanted if isinstance(thing, Daemon)]

    def merged(self, other: DesiredState) -> DesiredState:
        """Both states, this one's objects first in every namespace."""
        names = [*self.objects, *(n for n in other.objects if n not in self.objects)]
        objects = {n: (*self.objects.get(n, ()), *other.objects.get(n, ())) for n in names}
        return DesiredState(objects, {**self.adopted, **other.adopted})

    def count(self, namespace: str) -> dict[str, int]:
        """How many objects of each class `namespace` holds, a veth pair counted at each end."""
        counts: dict[str, int] = {}
        for name, wanted in self.objects.items():
            for thing in wanted:
                key = type(thing).__name__.lower()
                if name == namespace:
                    counts[key] = counts.get(key, 0) + 1
                if isinstance(thing, Link) and thing.peer and thing.peer.namespace == namespace:
                    counts[key] = counts.get(key, 0) + 1
        return counts


def stable_mac(namespace: str, name: str) -> str:
    """A locally administered MAC that is the same in every lab: static neighbours and counted runs need that."""
    digest = blake2s(f"{namespace}/{name}".encode(), digest_size=5).digest()
    return ":".join(f"{octet:02x}" for octet in (0x0A, *digest))
