"""Routes by BGP: a real routing daemon (BIRD 2) on each node announces the node's pod subnet and learns those of all others.

Packets take the same routes as with `routes`; who puts them into the kernel differs, and how long that takes. A node peers with

- every other node, by default: a full mesh of iBGP in one autonomous system, as Calico without further configuration;
- the first nodes as route reflectors (`reflectors=2`), which pass on what they learn;
- the router of its segment (`router`), by eBGP, every node and rack an autonomous system of its own and the spines one together
  (RFC 7938). Routers pass on what they learn, so nodes may be in different racks; of several ways of one length a router takes
  all (ECMP). Nodes of one segment still send to each other directly: a router leaves the next hop as it is.

`delay` is the number of seconds until a daemon first tries to connect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.fabric import SEGMENT_DEV, Racks, Router, ways
from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.network import WIRE_DEV, Topology
from barewire.model.objects import Address, IPNetwork, KernelObject, LearnedRoute
from barewire.networks import bird
from barewire.networks.addressing import forwarding
from barewire.networks.bird import BgpSession, Speaker
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, flag_option, known_options, number_option

CLUSTER_ASN = SPINE_ASN = 64512
"""Of all nodes where they peer with each other: the first of the private numbers, and Calico's default. Of the spines."""

FIRST_NODE_ASN = 4_200_000_000
"""Node N has this plus N where it peers with a router (RFC 6996: for private use, 32 bits), and rack N has 64512 plus N."""

MOST_REFLECTORS = 16


class Bgp(OwnAddress):
    """A BIRD on each node, and the routes that it learns."""

    name: ClassVar[str] = "bgp"
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed", "parent"})
    per_peer: ClassVar[bool] = True
    needs: frozenset[str] = frozenset({"program:bird", "program:birdc"})
    crosses: frozenset[str] = frozenset()

    def __init__(self, reflectors: int, delay: int, *, router: bool) -> None:
        self.reflectors, self.delay, self.with_router = reflectors, delay, router

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("reflectors", "router", "delay"))
        if "reflectors" in options and "router" in options:
            raise NetworkError("nodes peer with reflectors or with a router", remedy="Leave one of the options out")
        return cls(
            number_option(cls.name, options, "reflectors", 0, 0, MOST_REFLECTORS),
            number_option(cls.name, options, "delay", bird.DELAY_SECONDS, 0, 60),
            router=flag_option(cls.name, options, "router"),
        )

    @property
    def wants_switch(self) -> bool:
        return self.with_router

    @property
    def joins_segments(self) -> bool:
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

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        learned: list[KernelObject] = []
        for number, family in enumerate(peer.families):
            near = family.is_on_segment_of(view.lease.family(family.version))
            via = family.address.ip if near else view.routers[number].ip
            learned.append(LearnedRoute(family.subnet, ((WIRE_DEV, via),)))
        return learned

    def peers(self, view: NodeView, peers: Sequence[Lease]) -> list[KernelObject]:
        own = view.lease
        sessions = (
            [BgpSession(f"routerv{router.version}", router.ip, None, len(peers), 1) for router in view.routers]
            if self.with_router
            else [session for peer in peers for session in self._sessions(own, peer, len(peers) + 1)]
        )
        asn = FIRST_NODE_ASN + own.node if self.with_router else CLUSTER_ASN
        addresses = tuple(family.address.ip for family in own.families)
        subnets = tuple(family.subnet for family in own.families)
        return [bird.daemon(Speaker(asn, addresses, own.node, subnets, tuple(sessions), self.delay))]

    def _sessions(self, own: Lease, peer: Lease, nodes: int) -> list[BgpSession]:
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
            )
            for family in peer.families
        ]  # fmt: skip

    def router(self, view: NodeView, leases: Sequence[Lease]) -> list[KernelObject]:
        if not self.with_router:
            return []
        addresses = tuple(address.ip for address in view.routers)
        sessions = [session for lease in leases for session in _with_node(lease, len(leases))]
        return [
            *forwarding(view.versions),
            *(Address(SEGMENT_DEV, address) for address in view.routers),
            bird.daemon(Speaker(_rack_asn(1), addresses, 1, (), tuple(sessions), self.delay)),
            *(_to_node(family) for lease in leases for family in lease.families),
        ]

    def routers(
        self, racks: Racks, routers: Sequence[Router], leases: Sequence[Lease]
    ) -> Mapping[str, Sequence[KernelObject]]:
        """What the routers between racks hold: the same daemon, which announces the rack's segment too."""
        known = {router.name: router for router in routers}
        return {router.name: self._between(racks, router, known, leases) for router in routers}

    def _between(
        self, racks: Racks, router: Router, known: Mapping[str, Router], leases: Sequence[Lease]
    ) -> list[KernelObject]:
        own = [lease for lease in leases if racks.rack(lease.node) == router.rack]
        sessions = [session for lease in own for session in _with_node(lease, len(leases))]
        for link in router.links:
            asn = _rack_asn(known[link.dev].rack)
            sessions += [BgpSession(f"{link.dev}v{peer.version}", peer, asn, relays=True) for peer in link.peers]
        segments = tuple(address.network for address in router.segment)
        addresses = tuple(address.ip for address in router.segment or router.links[0].addresses)
        speaker = Speaker(_rack_asn(router.rack), addresses, router.number, segments, tuple(sessions), self.delay)
        learned: list[KernelObject] = [_to_node(family) for lease in own for family in lease.families]
        for rack in range(1, racks.racks + 1):
            if rack != router.rack:
                there = known[f"r{rack}"]
                members = [lease for lease in leases if racks.rack(lease.node) == rack]
                nets = [address.network for address in there.segment]
                nets += [family.subnet for lease in members for family in lease.families]
                learned += [_onward(racks, router, rack, net) for net in nets]
        return [bird.daemon(speaker), *learned]


def _with_node(lease: Lease, nodes: int) -> list[BgpSession]:
    """A router's sessions with a node of its segment, which gets routes to pods alone."""
    asn = FIRST_NODE_ASN + lease.node
    return [
        BgpSession(
            f"{lease.name}v{family.version}", family.address.ip, asn, 1, nodes - 1, relays=True, within=family.pods
        )
        for family in lease.families
    ]


def _to_node(family: FamilyLease) -> LearnedRoute:
    return LearnedRoute(family.subnet, ((SEGMENT_DEV, family.address.ip),))


def _onward(racks: Racks, router: Router, rack: int, net: IPNetwork) -> LearnedRoute:
    """A router's route to what is in another rack, by every router that is one step nearer."""
    nexts = ways(racks, router.rack, rack) if router.rack else (f"r{rack}",)
    hops = [(link.dev, peer) for link in map(router.link, nexts) for peer in link.peers if peer.version == net.version]
    return LearnedRoute(net, tuple(hops))


def _rack_asn(rack: int) -> int:
    return CLUSTER_ASN + rack if rack else SPINE_ASN
