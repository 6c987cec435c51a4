"""What packets do in a network that a program built: captured, and described instead of judged.

Nobody has said what the path should be, so there is nothing to prove. The same marked exchanges as a proof's are sent, and
what the taps saw is written down in the same form: addresses, encapsulation, links, the datagram of full size. Only pods that
cannot reach one another are an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from barewire.errors import ProofError
from barewire.kernel.taps import Frame
from barewire.lab import claims, hops
from barewire.lab.claims import Claim
from barewire.lab.frames import headers, sealed
from barewire.lab.proof import Proof, ProofPair, marked, marked_exchanges, pair_of, path_of
from barewire.model.network import WIRE_DEV, Pod, Topology
from barewire.networks.network import Network
from barewire.networks.programmed import UNMANAGED
from barewire.testbeds.testbed import Exchange, LabNodes, Seen


def observe(network: Network, topology: Topology, nodes: LabNodes, pairs: Sequence[ProofPair]) -> tuple[Proof, ...]:
    """One description for each pair; ProofError where pods cannot reach one another."""
    flows = {pair: marked_exchanges(network, topology, pair) for pair in pairs}
    wanted = [exchange for exchanges in flows.values() for exchange in exchanges]
    joined = hops.joints_of_links(nodes.links())
    answers = nodes.exchange(wanted)
    if answers[-1].failed:
        pair = pair_of(pairs, len(answers) - 1)
        raise _unreachable(network, topology, pair, wanted[len(answers) - 1], answers[-1])
    seen = iter(answers)
    return tuple(
        describe(network, pair, exchanges, [next(seen) for _ in exchanges], joined) for pair, exchanges in flows.items()
    )


def describe(
    network: Network,
    pair: ProofPair,
    flows: Sequence[Exchange],
    seen: Sequence[Seen],
    joined: Sequence[tuple[hops.Tap, hops.Tap]],
) -> Proof:
    """The observation of one pair from what was seen of each flow. Pure."""
    first, frames = seen[0], [frame for one in seen for frame in one.frames]
    there = marked(frames, [flow.token for flow in flows])
    back = marked(frames, [flow.token[::-1] for flow in flows])
    full = marked(first.full_frames, [flows[0].mark])
    ends = network.pod_namespace(pair.client), network.pod_namespace(pair.server)
    mtu = flows[0].full_bytes + claims.UDP_HEADERS[pair.family]
    found = [
        Claim(f"pods of {pair.client.name} and {pair.server.name} exchange data", f"{len(seen)} connections", True),
        _address_claim(pair, seen),
        *(
            _wire_claim(what, at, frames, everything)
            for what, at, frames, everything in (
                ("request", pair.client, there, first.frames),
                ("answer", pair.server, back, first.frames),
                *((("datagram of full size", pair.client, full, first.full_frames),) if first.full_arrived else ()),
            )
        ),
        _links_claim(there, first.kinds),
        _ways_claim(frames, flows),
        *claims.whole_claims(first, full, mtu),
    ]
    return Proof(
        pair.client.name,
        pair.server.name,
        tuple(found),
        path_of(marked(first.frames, [flows[0].token]), first, joined, ends[0]),
        path_of(marked(first.frames, [flows[0].token[::-1]]), first, joined, ends[1]),
        observed=True,
    )


def _address_claim(pair: ProofPair, seen: Sequence[Seen]) -> Claim:
    """Whether the server sees the client under the client's own address and port."""
    pairs = [one.sockets for one in seen]
    changed = [f"{own} is seen as {other}" for own, other in pairs if own != other]
    return Claim(
        f"{pair.server.name} sees {pair.client.name} under its own address and port",
        changed[0] if changed else pairs[0][0],
        not changed,
    )


def _wire_claim(what: str, at: Pod, frames: Sequence[Frame], everything: Sequence[Frame]) -> Claim:
    """What of a packet leaves the sender's node. Encrypted packets carry no mark, so then the wire's own kind is named."""
    node = f"n{at.node}"
    texts = [str(headers(frame.data)) for frame in frames if _leaves(frame, node)]
    if not texts:
        kinds = {
            str(one[0]) for frame in everything if _leaves(frame, node) and (one := sealed(frame.data)) is not None
        }
        texts = [f"encrypted packets: {kind}" for kind in sorted(kinds)]
    listed = "; ".join(dict.fromkeys(texts)) or claims.NOTHING
    return Claim(f"the {what} at {node}/{WIRE_DEV} (out)", listed, bool(texts))


def _leaves(frame: Frame, node: str) -> bool:
    return (frame.namespace, frame.dev, frame.direction) == (node, WIRE_DEV, "out")


def _links_claim(frames: Sequence[Frame], kinds: Mapping[str, Mapping[str, str]]) -> Claim:
    crossed = sorted(
        {kinds[f.namespace].get(f.dev, "") for f in frames if f.dev != WIRE_DEV or "-" in f.namespace} - {""}
    )
    return Claim("kinds of links between wire and pods", ", ".join(crossed) or "none", True)


def _ways_claim(frames: Sequence[Frame], flows: Sequence[Exchange]) -> Claim:
    """Connections that take different links have different costs, so a figure is then a mixture."""
    ways = {
        frozenset((frame.namespace, frame.dev, frame.direction) for frame in frames if flow.token in frame.data)
        for flow in flows
    }
    alike = "they do" if len(ways) == 1 else f"{len(ways)} different paths"
    return Claim(f"all {len(flows)} connections cross the same links", alike, len(ways) == 1)


def _unreachable(network: Network, topology: Topology, pair: ProofPair, wanted: Exchange, seen: Seen) -> ProofError:
    """No exchange took place: how far packets came, and where a path between nodes can come from."""
    # Questions for neighbours go everywhere and say nothing about the path.
    seen_at = sorted({f"{frame.namespace}/{frame.dev}" for frame in seen.frames if headers(frame.data)})
    on_wire = sorted(
        {
            str(found)
            for frame in seen.frames
            if frame.dev == WIRE_DEV and "-" not in frame.namespace and (found := headers(frame.data))
        }
    )
    return ProofError(
        f"{pair.client.name} cannot reach {pair.server.name} at {wanted.address} port {wanted.port}",
        where=network.name,
        said=f"{seen.failed}; packets were seen at {', '.join(seen_at) or 'no interface'}; "
        f"on the wire {'; '.join(on_wire) or 'nothing'}",
        remedy=_remedy(network, topology, pair),
    )


def _remedy(network: Network, topology: Topology, pair: ProofPair) -> str:
    assert network.program is not None
    subnet = topology.addresses.family(pair.family).subnet(pair.server.node)
    address = network.pod_address(topology, pair.server, pair.family)
    if network.program.daemons:
        return f"Look at what {network.program.file} prints on a node, and at its rules and routes there"
    if network.spec.transport.name == UNMANAGED:
        return (
            f"If {network.program.file} makes no path between nodes, add a transport to it, like "
            f"{network.spec.attach}+routes or {network.spec.attach}+vxlan"
        )
    if address not in subnet:
        return (
            f"{network.spec.transport} sends {subnet} to n{pair.server.node}, and {address} is not in it: give the IPAM plugin "
            "the capability ipRanges, or write ${NODE_SUBNET} for its subnet"
        )
    return f"Look at forwarding, rules and routes that {network.program.file} makes on a node"
