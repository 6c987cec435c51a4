"""Routes by BGP: a real routing daemon (BIRD 2) on each node announces the node's pod subnet and learns those of all others.

Packets take the same routes as with `routes`; who puts them into the kernel differs, and how long that takes. A node peers with

- every other node, by default: a full mesh of iBGP in one autonomous system, as Calico without further configuration;
- the first nodes as route reflectors (`reflectors=2`), which pass on what they learn;
- the router of its segment (`router`), by eBGP, every node and rack an autonomous system of its own and the spines one together
  (RFC 7938). Routers pass on what they learn, so nodes may be in different racks; of several ways of one length a router takes
  all (ECMP). Nodes of one segment still send to each other directly: a router leaves the next hop as it is. With `aggregate` the
  pod subnets of a rack are one prefix, and its router announces that one alone to other routers.

`delay` is the number of seconds until a daemon first tries to connect, `hold` after how many a silent neighbour is taken to be
dead. With `graceful` neighbours keep a daemon's routes while it restarts (RFC 4724), with `md5` every packet of a session is
signed with a password (RFC 2385), with `filter` nothing is taken from a node but its own subnet, and from another cluster but
what is that cluster's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.addresses import AddressPlan
from barewire.model.fabric import Router
from barewire.model.leases import Lease, NodeView
from barewire.model.network import WIRE_DEV, Topology
from barewire.model.objects import IPAddress, IPNetwork, KernelObject, LearnedRoute
from barewire.model.racks import Racks
from barewire.networks import bgp_routers, bird
from barewire.networks.bgp_routers import CLUSTER_ASN, FIRST_NODE_ASN
from barewire.networks.bird import BgpSession, Manner, Speaker
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, flag_option, known_options, number_option

MOST_REFLECTORS = 16
PASSWORD = "barewire"
"""Of `md5` without a value."""

_FLAGS = ("router", "aggregate", "graceful", "filter")


class Bgp(OwnAddress):
    """A BIRD on each node, and the routes that it learns."""

    name: ClassVar[str] = "bgp"
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed", "parent"})
    per_peer: ClassVar[bool] = True
    crosses: frozenset[str] = frozenset()

    def __init__(self, manner: Manner, reflectors: int, *, router: bool, aggregate: bool, filters: bool) -> None:
        self.manner, self.reflectors = manner, reflectors
        self.with_router, self.aggregate, self.filters = router, aggregate, filters

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("reflectors", *_FLAGS, "md5", "delay", "hold"))
        if "reflectors" in options and "router" in options:
            raise NetworkError("nodes peer with reflectors or with a router", remedy="Leave one of the options out")
        flags = {flag: flag_option(cls.name, options, flag) for flag in _FLAGS}
        if flags["aggregate"] and not flags["router"]:
            raise NetworkError("only routers aggregate", remedy="Write bgp:router:aggregate")
        password = options.get("md5") or PASSWORD
        if not (password.isalnum() and password.isascii() and len(password) <= bird.LONGEST_PASSWORD):
            raise NetworkError(
                f"md5={password} does not fit bgp",
                remedy=f"Write letters and digits, at most {bird.LONGEST_PASSWORD}, or md5 alone",
            )
        manner = Manner(
            number_option(cls.name, options, "delay", bird.DELAY_SECONDS, 0, 60),
            number_option(cls.name, options, "hold", bird.HOLD_SECONDS, 3, 3600),
            flags["graceful"],
            password if "md5" in options else "",
        )
        return cls(
            manner,
            number_option(cls.name, options, "reflectors", 0, 0, MOST_REFLECTORS),
            router=flags["router"],
            aggregate=flags["aggregate"],
            filters=flags["filter"],
        )

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"program:bird", "program:birdc", *(["tcp:md5"] if self.manner.password else [])})

    @property
    def wants_switch(self) -> bool:
        return self.with_router

    @property
    def joins_segments(self) -> bool:
        return self.with_router

    @property
    def joins_clusters(self) -> bool:
        return self.with_router

    @property
    def facts(self) -> Facts:
        l2, privileges = "nodes on one segment", "CAP_NET_ADMIN on the node, TCP port 179"
        if self.with_router:
            return Facts("routes by BIRD 2, eBGP with the router of the rack", "a router that speaks BGP", privileges)
        how = f"{self.reflectors} route reflectors" if self.reflectors else "a full mesh"
        return Facts(f"routes by BIRD 2, iBGP by {how}", l2, privileges)

    def check(self, topology: Topology) -> None:
        if self.reflectors >= len(topology.nodes):
            raise NetworkError(
                f"{self.reflectors} route reflectors are too many for {len(topology.nodes)} nodes",
                remedy="Leave at least one node that is none",
            )
        if self.aggregate and not topology.racks:
            raise NetworkError(
                "without racks there is nothing to aggregate", remedy="Add --topology racks=2,nodes=2, or leave it out"
            )

    def addresses(self, topology: Topology) -> AddressPlan:
        """The lab's address plan; with `aggregate` the pod subnets of a rack are one prefix."""
        return topology.addresses.with_aggregates() if self.aggregate and topology.racks else topology.addresses

    def peers(self, view: NodeView, peers: Sequence[Lease]) -> list[KernelObject]:
        own = view.lease
        routes: dict[IPNetwork, IPAddress] = {}
        for peer in peers:
            for number, family in enumerate(peer.families):
                if family.is_on_segment_of(own.family(family.version)):
                    routes[family.subnet] = family.address.ip
                else:
                    routes[family.aggregate or family.subnet] = view.routers[number].ip
        asn = FIRST_NODE_ASN + own.node if self.with_router else CLUSTER_ASN
        addresses = tuple(family.address.ip for family in own.families)
        subnets = tuple(family.subnet for family in own.families)
        sessions = tuple(self._sessions(view, peers, len(routes)))
        learned = (LearnedRoute(subnet, ((WIRE_DEV, via),)) for subnet, via in routes.items())
        return [*learned, bird.daemon(Speaker(asn, addresses, own.node, subnets, sessions, self.manner))]

    def _sessions(self, view: NodeView, peers: Sequence[Lease], routes: int) -> list[BgpSession]:
        """Those of a node for each family: with its router, which has `routes` for all families together, or with its peers."""
        if not self.with_router:
            return [session for peer in peers for session in self._with_peer(view.lease, peer, len(peers) + 1)]
        sessions = []
        for family, router in zip(view.lease.families, view.routers, strict=True):
            one = BgpSession(f"routerv{router.version}", router.ip, None, routes // len(view.routers), 1)
            sessions.append(replace(one, accepted=(family.pods,), accepts_parts=True) if self.filters else one)
        return sessions

    def _with_peer(self, own: Lease, peer: Lease, nodes: int) -> list[BgpSession]:
        """Those of a node with a peer, one for each family; none between two clients of reflectors."""
        reflects, reflected = own.node <= self.reflectors, peer.node <= self.reflectors
        clients = nodes - self.reflectors
        if not self.reflectors:
            imported = exported = 1
        elif reflects and reflected:
            imported = exported = 1 + clients  # What one reflector has from others it does not pass to a third.
        elif reflects or reflected:
            imported, exported = (1, nodes - 1) if reflects else (nodes - 1, 1)
        else:
            return []
        return [
            BgpSession(
                f"{peer.name}v{family.version}", family.address.ip, CLUSTER_ASN, imported, exported,
                client=reflects and not reflected, relays=reflects,
                accepted=(family.pods if reflected else family.subnet,) if self.filters else (),
                accepts_parts=reflected,
            )
            for family in peer.families
        ]  # fmt: skip

    def router(self, view: NodeView, leases: Sequence[Lease]) -> list[KernelObject]:
        if not self.with_router:
            return []
        return bgp_routers.on_the_wire(view, leases, self.manner, filters=self.filters)

    def routers(
        self, racks: Racks, routers: Sequence[Router], leases: Sequence[Lease], plan: AddressPlan
    ) -> Mapping[str, Sequence[KernelObject]]:
        """What the routers between racks hold: the same daemon, which announces the rack's segment too."""
        return bgp_routers.between_racks(racks, routers, leases, plan, self.manner, filters=self.filters)
