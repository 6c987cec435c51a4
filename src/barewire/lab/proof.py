"""A lab is proved before it is measured: packets are watched at the wire and on their whole way.

No number is worth more than the certainty that it belongs to the network it is named after. Each claim keeps what was
seen, so that a report can show it and a reader can disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from barewire.errors import ProofError
from barewire.kernel.taps import Frame
from barewire.lab.frames import Headers, headers
from barewire.model.expectation import WireExpectation
from barewire.model.network import WIRE_DEV, WIRE_NAMESPACE, Pod, Topology
from barewire.networks.network import Network
from barewire.places.place import Exchange, Sandbox, Seen

PROOF_PORT_OFFSET = 999
"""The last port of a pod's range is the proof's, so that it never meets a server under test."""

_UDP_HEADERS = {4: 28, 6: 48}


@dataclass(frozen=True, slots=True)
class Claim:
    """What must hold, what was seen, and whether it holds."""

    claim: str
    seen: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """One interface that the packet crossed; `ns` counts from the first hop."""

    namespace: str
    dev: str
    kind: str
    direction: str
    ns: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The claims about one pair of pods, and the ways there and back."""

    client: str
    server: str
    claims: tuple[Claim, ...]
    forward: tuple[Hop, ...]
    reverse: tuple[Hop, ...]

    def record(self) -> dict[str, Any]:
        """As a trial keeps it."""
        return {
            "claims": [{"claim": c.claim, "seen": c.seen, "holds": c.holds} for c in self.claims],
            "path": {"forward": [_hop(h) for h in self.forward], "reverse": [_hop(h) for h in self.reverse]},
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """Who is to be proved to reach whom, over which IP version."""

    client: Pod
    server: Pod
    family: int


def prove(network: Network, topology: Topology, sandbox: Sandbox, pairs: Sequence[Pair]) -> tuple[Proof, ...]:
    """Send a marked exchange for each pair and hold what was seen against the network's promise."""
    exchanges = [_exchange(network, topology, pair) for pair in pairs]
    seen = sandbox.exchange(exchanges)
    return tuple(
        _judged(network, topology, pair, exchange.token, found)
        for pair, exchange, found in zip(pairs, exchanges, seen, strict=True)
    )


def _exchange(network: Network, topology: Topology, pair: Pair) -> Exchange:
    port = topology.ports(pair.server)[PROOF_PORT_OFFSET]
    target = network.target(topology, pair.server, port, pair.family)
    name = f"{pair.client.name}>{pair.server.name}/{pair.family}"
    return Exchange(
        client=network.pod_namespace(pair.client),
        server=network.pod_namespace(pair.server),
        address=target.address,
        port=target.port,
        listen=network.pod_address(topology, pair.server, pair.family),
        listen_port=port,
        token=b"barewire/" + blake2s(name.encode()).hexdigest().encode(),
        full_bytes=network.pod_mtu(topology) - _UDP_HEADERS[pair.family],
    )


def _judged(network: Network, topology: Topology, pair: Pair, token: bytes, seen: Seen) -> Proof:
    client, server, mtu = pair.client, pair.server, network.pod_mtu(topology)
    there, back = _with(seen, token), _with(seen, token[::-1])
    expected_there = network.wire(topology, client, server, pair.family)
    expected_back = network.wire(topology, server, client, pair.family)
    arrived = "it arrived" if seen.full_arrived else "it did not"
    forward, reverse = _path(there, seen), _path(back, seen)
    claims = [
        *_wire_claims("request", there, expected_there, _node(client), _node(server)),
        *_wire_claims("answer", back, expected_back, _node(server), _node(client)),
        _kinds_claim(there + back, seen, network),
        _ends_claim(forward, network.pod_namespace(client), network.tapped_last(server)),
        Claim(f"a packet of {mtu} B passes unfragmented", arrived, seen.full_arrived),
    ]
    broken = [claim for claim in claims if not claim.holds]
    if broken:
        raise ProofError(
            f"{network.name} is not what its name says",
            where=f"{client.name} to {server.name}",
            said="; ".join(f"expected {claim.claim}, seen {claim.seen}" for claim in broken),
            remedy="Nothing was measured; please report it with the output of barewire doctor",
        )
    return Proof(client.name, server.name, tuple(claims), forward, reverse)


def _ends_claim(path: tuple[Hop, ...], client: str, server: str) -> Claim:
    ends = (path[0].namespace, path[-1].namespace) if path else ("nowhere", "nowhere")
    return Claim(
        f"the way begins in {client} and ends in {server}", f"from {ends[0]} to {ends[1]}", ends == (client, server)
    )


def _wire_claims(what: str, frames: list[Frame], expected: WireExpectation, sender: str, receiver: str) -> list[Claim]:
    port = expected.encapsulation.port if expected.encapsulation else None
    wanted = Headers(
        expected.source,
        expected.destination,
        expected.encapsulation,
        expected.inner_source,
        expected.inner_destination,
    )
    claims = []
    for node, direction in ((sender, "out"), (receiver, "in")):
        found = [
            headers(f.data, port) for f in frames if (f.namespace, f.dev, f.direction) == (node, WIRE_DEV, direction)
        ]
        claims.append(
            Claim(
                f"the {what} at {node}/{WIRE_DEV} ({direction}) is {wanted}",
                "; ".join(sorted({str(item) for item in found})) or "no such packet",
                bool(found) and all(item == wanted for item in found),
            )
        )
    if expected.routed_by:
        inside = [f for f in frames if f.namespace == expected.routed_by and f.direction == "in"]
        towards = [f for f in frames if f.namespace == expected.routed_by and f.direction == "out"]
        turned = bool(inside) and bool(towards) and inside[0].data[:6] != towards[-1].data[:6]
        seen = "another destination MAC when it left" if turned else "the same destination MAC when it left"
        claims.append(Claim(f"the {what} is routed by {expected.routed_by}", seen, turned))
    return claims


def _kinds_claim(frames: list[Frame], seen: Seen, network: Network) -> Claim:
    crossed = {
        seen.kinds[frame.namespace].get(frame.dev, "")
        for frame in frames
        if frame.namespace != WIRE_NAMESPACE and not _is_wire_end(frame)
    }
    names = ", ".join(sorted(network.crosses)) or "none"
    return Claim(
        f"the links crossed between wire and pods are: {names}",
        ", ".join(sorted(crossed)) or "none",
        crossed == network.crosses,
    )


def _path(frames: list[Frame], seen: Seen) -> tuple[Hop, ...]:
    ordered = sorted(frames, key=lambda frame: (frame.nanoseconds, frame.namespace, frame.order))
    start = ordered[0].nanoseconds if ordered else 0
    return tuple(
        Hop(f.namespace, f.dev, seen.kinds[f.namespace].get(f.dev, ""), f.direction, f.nanoseconds - start)
        for f in ordered
    )


def _with(seen: Seen, token: bytes) -> list[Frame]:
    return [frame for frame in seen.frames if token in frame.data]


def _node(pod: Pod) -> str:
    return f"n{pod.node}"


def _is_wire_end(frame: Frame) -> bool:
    return frame.dev == WIRE_DEV and "-" not in frame.namespace


def _hop(hop: Hop) -> dict[str, Any]:
    return {"namespace": hop.namespace, "dev": hop.dev, "kind": hop.kind, "direction": hop.direction, "ns": hop.ns}
