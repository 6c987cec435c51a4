"""Routers that speak BGP: one on the wire, or those of racks and the spines between them.

A router has a session with each node of its segment and with each router that it is joined to. It passes on all that it learns,
to nodes routes to pods alone; where the pod subnets of its rack are one prefix, other routers get that one instead of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from barewire.model.fabric import SEGMENT_DEV, Racks, Router, ways
from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.objects import Address, IPNetwork, KernelObject, LearnedRoute
from barewire.networks import bird
from barewire.networks.addressing import forwarding
from barewire.networks.bird import BgpSession, Manner, Speaker

CLUSTER_ASN = SPINE_ASN = 64512
"""Of all nodes where they peer with each other: the first of the private numbers, and Calico's default. Of the spines."""

FIRST_NODE_ASN = 4_200_000_000
"""Node N has this plus N where it peers with a router (RFC 6996: for private use, 32 bits), and rack N has 64512 plus N."""


def on_the_wire(view: NodeView, leases: Sequence[Lease], manner: Manner, *, filters: bool) -> list[KernelObject]:
    """What the one router of the segment holds; `view` is any node's."""
    addresses = tuple(address.ip for address in view.routers)
    sessions = [session for lease in leases for session in _with_node(lease, len(leases) - 1, filters=filters)]
    return [
        *forwarding(view.versions),
        *(Address(SEGMENT_DEV, address) for address in view.routers),
        bird.daemon(Speaker(_rack_asn(1), addresses, 1, (), tuple(sessions), manner)),
        *(_to_node(family) for lease in leases for family in lease.families),
    ]


def between_racks(
    racks: Racks, routers: Sequence[Router], leases: Sequence[Lease], manner: Manner, *, filters: bool
) -> Mapping[str, Sequence[KernelObject]]:
    """What each router between racks holds."""
    known = {router.name: router for router in routers}
    members = {rack: [lease for lease in leases if racks.rack(lease.node) == rack] for rack in range(racks.racks + 1)}
    away = {rack: tuple(_announced(known[f"r{rack}"], members[rack])) for rack in range(1, racks.racks + 1)}
    return {
        router.name: _between(racks, router, known, members[router.rack], away, manner, filters=filters)
        for router in routers
    }


def _between(
    racks: Racks,
    router: Router,
    known: Mapping[str, Router],
    own: Sequence[Lease],
    away: Mapping[int, Sequence[IPNetwork]],
    manner: Manner,
    *,
    filters: bool,
) -> list[KernelObject]:
    """`own` are the leases of its rack, `away` what other routers learn of each rack."""
    segments = [address.network for address in router.segment]
    aggregates = list(dict.fromkeys(one.aggregate for lease in own for one in lease.families if one.aggregate))
    # A node learns of each pod subnet or aggregate elsewhere, and of each other node of its own rack.
    elsewhere = sum(len(nets) for rack, nets in away.items() if rack != router.rack)
    versions = max(len(router.segment), 1)
    exported = len(own) - 1 + (elsewhere - versions * (racks.racks - 1)) // versions
    sessions = [session for lease in own for session in _with_node(lease, exported, filters=filters)]
    for link in router.links:
        asn = _rack_asn(known[link.dev].rack)
        for peer in link.peers:
            hidden = ", ".join(bird.inside(one) for one in aggregates if one.version == peer.version)
            sessions.append(BgpSession(f"{link.dev}v{peer.version}", peer, asn, relays=True, hidden=hidden))
    addresses = tuple(address.ip for address in router.segment or router.links[0].addresses)
    announced = (*segments, *aggregates)
    speaker = Speaker(_rack_asn(router.rack), addresses, router.number, announced, tuple(sessions), manner)
    learned: list[KernelObject] = [_to_node(family) for lease in own for family in lease.families]
    learned += [_onward(racks, router, rack, net) for rack, nets in away.items() if rack != router.rack for net in nets]
    return [bird.daemon(speaker), *learned]


def _announced(router: Router, members: Sequence[Lease]) -> Iterator[IPNetwork]:
    """What other routers learn of a rack: its segment, and the pod subnets or their aggregate."""
    yield from (address.network for address in router.segment)
    yield from dict.fromkeys(family.aggregate or family.subnet for lease in members for family in lease.families)


def _with_node(lease: Lease, exported: int, *, filters: bool) -> Iterator[BgpSession]:
    """A router's sessions with a node of its segment, which gets routes to pods alone, and not its own rack's aggregate."""
    asn = FIRST_NODE_ASN + lease.node
    for family in lease.families:
        yield BgpSession(
            f"{lease.name}v{family.version}", family.address.ip, asn, 1, exported, relays=True, within=family.pods,
            hidden=str(family.aggregate or ""), accepted=family.subnet if filters else None,
        )  # fmt: skip


def _to_node(family: FamilyLease) -> LearnedRoute:
    return LearnedRoute(family.subnet, ((SEGMENT_DEV, family.address.ip),))


def _onward(racks: Racks, router: Router, rack: int, net: IPNetwork) -> LearnedRoute:
    """A router's route to what is in another rack, by every router that is one step nearer."""
    nexts = ways(racks, router.rack, rack) if router.rack else (f"r{rack}",)
    hops = [(link.dev, peer) for link in map(router.link, nexts) for peer in link.peers if peer.version == net.version]
    return LearnedRoute(net, tuple(hops))


def _rack_asn(rack: int) -> int:
    return CLUSTER_ASN + rack if rack else SPINE_ASN
