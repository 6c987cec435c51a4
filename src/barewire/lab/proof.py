"""The proof: a lab is verified by packet capture, on the wire and along the whole path, before it is measured.

A number is only as good as the proof that it belongs to the network it is named after. This module sends and captures; `claims`
judges.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from itertools import islice
from typing import TYPE_CHECKING

from barewire.errors import ProofError
from barewire.kernel.kernel_drops import SHARED_LIMITS
from barewire.kernel.taps import Frame
from barewire.lab import claims, hops
from barewire.lab.claims import Claim, Way
from barewire.lab.frames import headers
from barewire.lab.sealed import with_messages
from barewire.model.expectation import MARK, WireExpectation
from barewire.model.network import PORTS_PER_POD, WIRE_DEV, Pod, Topology
from barewire.model.objects import DesiredState
from barewire.networks.network import Network
from barewire.networks.part import NO_RULES
from barewire.testbeds.testbed import Exchange, LabNodes, Seen

if TYPE_CHECKING:
    # With all records come pydantic and its models: a third of the time that a small lab takes.
    from barewire.records import HopRecord, ProofRecord

PROOF_PORT_OFFSET = PORTS_PER_POD - 1
"""The last port of a pod's range is the proof's, so that it never meets a server under test."""

FLOWS = 8
"""Connections for a pair: of two paths that share flows evenly, all miss one in 1 of 128 proofs."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One interface that the packet crossed; `ns` counts from the first hop, by the clock of the hop's own node."""

    namespace: str
    dev: str
    kind: str
    direction: str
    ns: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The claims about one pair of pods, and the paths there and back. `observed` says that nothing was expected: the claims then
    state what was looked at."""

    client: str
    server: str
    claims: tuple[Claim, ...]
    forward: tuple[Hop, ...]
    reverse: tuple[Hop, ...]
    observed: bool = False

    def record(self) -> ProofRecord:
        """As a trial keeps it."""
        from barewire.records import ClaimRecord, PathRecord, ProofRecord

        claims = tuple(ClaimRecord(one.claim, one.seen, one.holds) for one in self.claims)
        path = PathRecord(tuple(map(_hop, self.forward)), tuple(map(_hop, self.reverse)))
        return ProofRecord(claims, path, observed=self.observed or None)


@dataclass(frozen=True, slots=True)
class ProofPair:
    """Source and destination pod of a proof, the IP version, and the number of connections."""

    client: Pod
    server: Pod
    family: int
    flows: int = FLOWS


def pair_of(pairs: Iterable[ProofPair], exchange: int) -> ProofPair:
    """The pair that an exchange belongs to, numbered through from 0."""
    each = (pair for pair in pairs for _ in range(pair.flows))
    return next(islice(each, exchange, None))


def prove(
    network: Network, topology: Topology, nodes: LabNodes, pairs: Sequence[ProofPair], desired: DesiredState
) -> tuple[Proof, ...]:
    """Send marked exchanges for each pair and compare what was captured with the network's expectation.

    A pair has several flows, each with a source port of its own: where a node spreads flows over two paths, a single one
    could take the right path by chance. `desired` is the lab's: its links put what was captured in order.
    """
    joined, known = hops.joints(desired), claims.links_of(desired, topology)
    flows = {pair: marked_exchanges(network, topology, pair) for pair in pairs}
    wanted = [exchange for exchanges in flows.values() for exchange in exchanges]
    answers = nodes.exchange(wanted)
    if answers[-1].failed:
        raise _unreachable(network, topology, pair_of(pairs, len(answers) - 1), wanted[len(answers) - 1], answers[-1])
    seen = iter(answers)
    return tuple(
        judge(network, topology, pair, exchanges, [next(seen) for _ in exchanges], joined, known)
        for pair, exchanges in flows.items()
    )


def judge(
    network: Network,
    topology: Topology,
    pair: ProofPair,
    flows: Sequence[Exchange],
    seen: Sequence[Seen],
    joined: Sequence[tuple[hops.Tap, hops.Tap]],
    known: Mapping[str, Collection[str]],
) -> Proof:
    """The proof of one pair from what was seen of each flow, the first one's path recorded; ProofError names every claim
    that does not hold. `joined` and `known` are the lab's links: what is next to what, and the names in each namespace. Pure."""
    client, server, family = pair.client, pair.server, pair.family
    tokens = [flow.token for flow in flows]
    frames = [frame for one in seen for frame in one.frames]
    there_wire, back_wire = (network.wire(topology, *pods, family) for pods in ((client, server), (server, client)))
    kinds, mtu = seen[0].kinds, network.pod_mtu(topology)

    def select(found: Sequence[Frame], marks: Sequence[bytes], wire: WireExpectation) -> list[Frame]:
        return with_messages(marked(found, marks), found, kinds, wire, mtu)

    there = Way("request", select(frames, tokens, there_wire), client, server, there_wire)
    back = Way("answer", select(frames, [token[::-1] for token in tokens], back_wire), server, client, back_wire)
    full = Way("datagram", select(seen[0].full_frames, [flows[0].mark], there_wire), client, server, there_wire)
    ways = (there, back, full) if seen[0].full_arrived else (there, back)
    first = seen[0].frames
    forward = path_of(select(first, tokens[:1], there_wire), seen[0], joined, network.pod_namespace(client))
    reverse = path_of(select(first, [tokens[0][::-1]], back_wire), seen[0], joined, network.pod_namespace(server))
    ported = (
        claims.port_claim(there, tokens, [one.sockets for one in seen], network, topology, family),
        claims.port_claim(back, [token[::-1] for token in tokens], (), network, topology, family),
    )
    found = [
        *(claim for way in ways for claim in claims.wire_claims(way)),
        claims.links_claim(ways, kinds, network),
        claims.own_links_claim(ways, known),
        *(claims.address_claim(way, network, topology, family) for way in ways),
        *(claim for claim in ported if claim),
        _ends_claim(forward, network.pod_namespace(client), network.tapped_last(server)),
        *claims.whole_claims(seen[0], full.frames, mtu),
    ]
    broken = [claim for claim in found if not claim.holds]
    if broken:
        raise ProofError(
            f"{network.name} is not what its name says",
            where=f"{client.name} to {server.name}",
            said="; ".join(f"expected {claim.claim}, seen {claim.seen}" for claim in broken),
            remedy=_advice(network, "Nothing was measured; please report it with the output of barewire doctor"),
        )
    return Proof(client.name, server.name, tuple(found), forward, reverse)


def marked_exchanges(network: Network, topology: Topology, pair: ProofPair) -> list[Exchange]:
    """The exchanges of a pair, alike but for their marks; the first one sends the datagram of full size too."""
    port = topology.ports(pair.server)[PROOF_PORT_OFFSET]
    target = network.target(topology, pair.server, port, pair.family)
    name = f"{pair.client.name}>{pair.server.name}/{pair.family}"
    return [
        Exchange(
            client=network.pod_namespace(pair.client),
            server=network.pod_namespace(pair.server),
            address=target.address,
            port=target.port,
            listen=network.pod_address(topology, pair.server, pair.family),
            listen_port=port,
            token=mark_of(f"{name}/{flow}" if flow else name),
            full_bytes=0 if flow else network.pod_mtu(topology) - claims.UDP_HEADERS[pair.family],
            mark=b"" if flow else mark_of(f"{name}/datagram"),
        )
        for flow in range(pair.flows)
    ]


def mark_of(name: str) -> bytes:
    """A mark that packets carry, of a fixed length; that of an answer is the same turned around."""
    return MARK + blake2s(name.encode()).hexdigest().encode()


def _unreachable(network: Network, topology: Topology, pair: ProofPair, exchange: Exchange, seen: Seen) -> ProofError:
    """No exchange took place: where packets were seen, and what the wire showed instead of what it should."""
    seen_at = sorted({f"{frame.namespace}/{frame.dev}" for frame in seen.frames})
    expected = claims.wanted_headers(network.wire(topology, pair.client, pair.server, pair.family))
    wire = sorted({str(found) for frame in seen.frames if _is_wire(frame) and (found := headers(frame.data))})
    return ProofError(
        f"no exchange from {exchange.client} with {exchange.address} port {exchange.port}",
        where=exchange.server,
        said=f"{seen.failed}; packets were seen at {', '.join(seen_at) or 'no interface'}; "
        f"on the wire {'; '.join(wire) or 'nothing'}, expected {expected}"
        f"{'; dropped meanwhile: ' + ', '.join(seen.dropped) if seen.dropped else ''}",
        remedy=next(
            (remedy for name, remedy in SHARED_LIMITS.items() if name in seen.dropped),
            _advice(
                network, "This is a bug in the network's parts, or this kernel behaves differently; please report it"
            ),
        ),
    )


def _advice(network: Network, otherwise: str) -> str:
    """What to do about a failed proof. Rules that somebody joined with other parts than their product's may be the reason."""
    spec = network.spec
    if "+" not in spec.name or str(spec.policy) == NO_RULES:
        return otherwise
    alone = f"{spec.attach}+{spec.transport}"
    return f"The rules of {spec.policy} may drop or translate what these pods send: try {alone}. If that fails, too: {otherwise}"


def _ends_claim(path: tuple[Hop, ...], client: str, server: str) -> Claim:
    ends = (path[0].namespace, path[-1].namespace) if path else ("nowhere", "nowhere")
    return Claim(
        f"the way begins in {client} and ends in {server}", f"from {ends[0]} to {ends[1]}", ends == (client, server)
    )


def path_of(
    frames: Sequence[Frame], seen: Seen, joined: Sequence[tuple[hops.Tap, hops.Tap]], start: str
) -> tuple[Hop, ...]:
    way = hops.ordered(frames, joined, start)
    begin = way[0].nanoseconds if way else 0
    return tuple(
        Hop(f.namespace, f.dev, seen.kinds[f.namespace].get(f.dev, ""), f.direction, f.nanoseconds - begin) for f in way
    )


def is_marked(data: bytes) -> bool:
    """Whether a frame has any mark in it, of a request or of an answer."""
    return MARK in data or MARK[::-1] in data


def marked(frames: Sequence[Frame], marks: Sequence[bytes]) -> list[Frame]:
    """The frames that carry one of the marks."""
    # Most frames have no mark, and there may be 16 to look for.
    likely = (frame for frame in frames if is_marked(frame.data))
    return [frame for frame in likely if any(mark in frame.data for mark in marks)]


def _is_wire(frame: Frame) -> bool:
    return frame.dev == WIRE_DEV and "-" not in frame.namespace


def _hop(hop: Hop) -> HopRecord:
    from barewire.records import HopRecord

    return HopRecord(hop.namespace, hop.dev, hop.kind, hop.direction, hop.ns)
