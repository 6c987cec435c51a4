"""Routers that speak BGP: one on the wire, or those of racks and the spines between them.

A router has a session with each node of its segment and with each router that it is joined to. It passes on all that it learns,
to nodes routes to pods alone; where the pod subnets of its rack are one prefix, other routers get that one instead of them.
With filters a border router takes from another cluster's only what is in that cluster's segments and part of the pod network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from barewire.model.addresses import AddressPlan
from barewire.model.fabric import SEGMENT_DEV, Router, ways
from barewire.model.leases import FamilyLease, Lease, NodeView
from barewire.model.objects import Address, IPNetwork, KernelObject, LearnedRoute
from barewire.model.racks import Racks
from barewire.networks import bird
from barewire.networks.addressing import forwarding
from barewire.networks.bird import BgpSession, Manner, Speaker

CLUSTER_ASN = SPINE_ASN = 64512
"""Of all nodes where they peer with each other: the first of the private numbers, and Calico's default. Of the first zone's
spines."""

_ZONE_ASN, _BORDER_ASN = 64_600, 64_800
"""Plus N: of the spines of zone N, after the first; of the border router of cluster N. A number of their own each, because a
router refuses a route that has passed its own number already."""

FIRST_NODE_ASN = 4_200_000_000
"""Node N has this plus N where it peers with a router (RFC 6996: for private use, 32 bits), and rack N has 64512 plus N."""


def on_the_wire(view: NodeView, leases: Sequence[Lease], manner: Manner, *, filters: bool) -> list[KernelObject]:
    """What the one router of the segment holds; `view` is any node's."""
    addresses = tuple(address.ip for address in view.routers)
    sessions = [session for lease in leases for session in _with_node(lease, len(leases) - 1, filters=filters)]
    return [
        *forwarding(view.versions),
        *(Address(SEGMENT_DEV, address) for address in view.routers),
        bird.daemon(Speaker(CLUSTER_ASN + 1, addresses, 1, (), tuple(sessions), manner)),
        *(_to_node(family) for lease in leases for family in lease.families),
    ]


def between_racks(
    racks: Racks,
    routers: Sequence[Router],
    leases: Sequence[Lease],
    plan: AddressPlan,
    manner: Manner,
    *,
    filters: bool,
) -> Mapping[str, Sequence[KernelObject]]:
    """What each router between racks holds."""
    known = {router.name: router for router in routers}
    members: dict[int, list[Lease]] = {rack: [] for rack in range(racks.racks + 1)}
    for lease in leases:
        members[racks.rack(lease.node)].append(lease)
    away = {rack: tuple(_announced(known[f"r{rack}"], members[rack])) for rack in range(1, racks.racks + 1)}
    taken = {cluster: _of_cluster(routers, plan, cluster) if filters else () for cluster in racks.each_cluster()}
    return {
        router.name: _between(racks, router, known, members[router.rack], away, taken, manner, filters=filters)
        for router in routers
    }


def _between(
    racks: Racks,
    router: Router,
    known: Mapping[str, Router],
    own: Sequence[Lease],
    away: Mapping[int, Sequence[IPNetwork]],
    taken: Mapping[int, Sequence[IPNetwork]],
    manner: Manner,
    *,
    filters: bool,
) -> list[KernelObject]:
    """`own` are the leases of its rack, `away` what other routers learn of each rack, `taken` what is taken from another cluster,
    where that is not all."""
    segments = [address.network for address in router.segment]
    aggregates = list(dict.fromkeys(one.aggregate for lease in own for one in lease.families if one.aggregate))
    # A node learns of each pod subnet or aggregate elsewhere, and of each other node of its own rack.
    elsewhere = sum(len(nets) for rack, nets in away.items() if rack != router.rack)
    versions = max(len(router.segment), 1)
    exported = len(own) - 1 + (elsewhere - versions * (racks.racks - 1)) // versions
    sessions = [session for lease in own for session in _with_node(lease, exported, filters=filters)]
    for link in router.links:
        far = known[link.dev]
        for peer in link.peers:
            hidden = ", ".join(bird.inside(one) for one in aggregates if one.version == peer.version)
            foreign = taken[far.cluster] if far.cluster != router.cluster else ()
            accepted = tuple(one for one in foreign if one.version == peer.version)
            session = BgpSession(f"{link.dev}v{peer.version}", peer, _asn(far), relays=True, hidden=hidden)
            sessions.append(replace(session, accepted=accepted, accepts_parts=bool(accepted)))
    addresses = tuple(address.ip for address in router.segment or router.links[0].addresses)
    announced = (*segments, *aggregates)
    speaker = Speaker(_asn(router), addresses, router.number, announced, tuple(sessions), manner)
    learned: list[KernelObject] = [_to_node(family) for lease in own for family in lease.families]
    learned += [_onward(racks, router, rack, net) for rack, nets in away.items() if rack != router.rack for net in nets]
    return [bird.daemon(speaker), *learned]


def _announced(router: Router, members: Sequence[Lease]) -> Iterator[IPNetwork]:
    """What other routers learn of a rack: its segment, and the pod subnets or their aggregate."""
    yield from (address.network for address in router.segment)
    yield from dict.fromkeys(family.aggregate or family.subnet for lease in members for family in lease.families)


def _with_node(lease: Lease, exported: int, *, filters: bool) -> Iterator[BgpSession]:
    """A router's sessions with a node of its segment, which gets routes to pods alone, and not its own rack's aggregate, which
    the router announces itself. A filter with the aggregate in it would not do: when racks are renumbered, BIRD 2.0.12 announces
    the new one before it has the new filter, and then does not withdraw it."""
    asn = FIRST_NODE_ASN + lease.node
    for family in lease.families:
        yield BgpSession(
            f"{lease.name}v{family.version}", family.address.ip, asn, 1, exported, relays=True, own=False, within=family.pods,
            accepted=(family.subnet,) if filters else (),
        )  # fmt: skip


def _to_node(family: FamilyLease) -> LearnedRoute:
    return LearnedRoute(family.subnet, ((SEGMENT_DEV, family.address.ip),))


def _onward(racks: Racks, router: Router, rack: int, net: IPNetwork) -> LearnedRoute:
    """A router's route to what is in another rack, by every router that is one step nearer."""
    nexts = ways(racks, router.name, rack)
    hops = [(link.dev, peer) for link in map(router.link, nexts) for peer in link.peers if peer.version == net.version]
    return LearnedRoute(net, tuple(hops))


def _of_cluster(routers: Sequence[Router], plan: AddressPlan, cluster: int) -> tuple[IPNetwork, ...]:
    """What a cluster's border router may announce: its segments, and its part of the pod network."""
    segments = [address.network for router in routers if router.cluster == cluster for address in router.segment]
    return (*segments, *(family.cluster_pods(cluster) for family in plan.each()))


def _asn(router: Router) -> int:
    if router.rack:
        return CLUSTER_ASN + router.rack
    if not router.zone:
        return _BORDER_ASN + router.cluster
    return _ZONE_ASN + router.zone if router.zone > 1 else SPINE_ASN
