"""Claims about the captured frames of a proof, checked without a kernel: wire, links, addresses, ports, the full-size packet.

Each claim records what was captured, so that a report can show it and a reader can check it. Frames come from taps on every
interface of every namespace; `there` and `back` are those of the request and of the answer, of every flow that was sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from barewire.kernel.taps import Frame
from barewire.lab.frames import Headers, headers, is_fragment, ports
from barewire.model.expectation import WireExpectation
from barewire.model.network import WIRE_DEV, WIRE_NAMESPACE, Pod, Topology
from barewire.model.objects import DaemonLink, DesiredState, IPAddress, Link
from barewire.networks.network import Network
from barewire.testbeds.testbed import Seen

UDP_HEADERS = {4: 28, 6: 48}
"""Bytes of the IP and UDP headers, by family."""

NOTHING = "nothing that carries the mark"
"""What a claim says where no frame of the exchange was captured."""

_MOST = 6
"""How many different things that were seen a claim lists."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim: what must hold, what was captured, and whether it holds."""

    claim: str
    seen: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of an exchange: its frames, source and destination pod, and the expected packets on the wire."""

    what: str
    frames: Sequence[Frame]
    sender: Pod
    receiver: Pod
    expected: WireExpectation


def wire_claims(way: Way) -> list[Claim]:
    """At both ends of the wire: addresses, encapsulation and inner packet, and that a router on the wire forwarded it."""
    wanted = wanted_headers(way.expected)
    claims = []
    for node, direction in ((_node(way.sender), "out"), (_node(way.receiver), "in")):
        found = [
            headers(f.data) for f in way.frames if (f.namespace, f.dev, f.direction) == (node, WIRE_DEV, direction)
        ]
        claims.append(
            Claim(
                f"the {way.what} at {node}/{WIRE_DEV} ({direction}) is {wanted}",
                _listed((str(item) for item in found), "no such packet"),
                bool(found) and all(item == wanted for item in found),
            )
        )
    if way.expected.routed_by:
        inside = [f for f in way.frames if f.namespace == way.expected.routed_by and f.direction == "in"]
        towards = [f for f in way.frames if f.namespace == way.expected.routed_by and f.direction == "out"]
        turned = bool(inside) and bool(towards) and inside[0].data[:6] != towards[-1].data[:6]
        seen = "another destination MAC when it left" if turned else "the same destination MAC when it left"
        claims.append(Claim(f"the {way.what} is routed by {way.expected.routed_by}", seen, turned))
    if way.expected.switched_by:
        macs = {f.data[:6] for f in way.frames if f.namespace == way.expected.switched_by}
        seen = f"{len(macs)} destination MACs there"
        claims.append(
            Claim(f"the {way.what} is switched by {way.expected.switched_by}, not routed", seen, len(macs) == 1)
        )
    return claims


def links_claim(ways: Sequence[Way], kinds: Mapping[str, Mapping[str, str]], network: Network) -> Claim:
    """The kinds of links between wire and pod, at each end of each way: a bridge that one node alone has is not enough."""
    sides: dict[tuple[str, ...], list[str]] = {}
    names, holds = set[str](), True
    for way in ways:
        wanted = network.crosses(way.expected)
        names |= wanted
        for pod, receives in ((way.sender, False), (way.receiver, True)):
            crossed = {
                kinds[f.namespace].get(f.dev, "")
                for f in way.frames
                if _of_node(f.namespace, pod.node) and not _is_wire_end(f)
            }
            sides.setdefault(tuple(sorted(crossed)), []).append(f"the {way.what} at {_node(pod)}")
            unseen = receives and network.tapped_last(pod) != network.pod_namespace(pod)
            holds &= crossed == (wanted - network.attach.crosses if unseen else wanted)
    said = [
        f"{', '.join(found) or 'none'}" + (f" ({', '.join(where)})" if len(sides) > 1 else "")
        for found, where in sides.items()
    ]
    listed = ", ".join(sorted(names)) or "none"
    return Claim(f"the links crossed between wire and pods are: {listed}", "; ".join(said), holds)


def own_links_claim(ways: Sequence[Way], known: Mapping[str, Collection[str]]) -> Claim:
    """Every link crossed belongs to the lab (is in `known`); another link would be a second path."""
    strange = {
        f"{f.namespace}/{f.dev}"
        for way in ways
        for f in way.frames
        if f.namespace != WIRE_NAMESPACE and f.dev not in known.get(f.namespace, ())
    }
    return Claim("every link crossed is one of the lab's", _listed(strange, "no other"), not strange)


def address_claim(way: Way, network: Network, topology: Topology, family: int) -> Claim:
    """At every tap the addresses are the expected ones: in the pods as each sees the other, on the wire those of the wire."""
    sent, received = _at_ends(way, network, topology, family)
    wanted = wanted_headers(way.expected)
    promised = {wanted, sent, received}
    if wanted.inner_source and wanted.inner_destination:
        promised.add(Headers(wanted.inner_source, wanted.inner_destination))
    of_pods = {network.pod_namespace(way.sender): {sent}, network.pod_namespace(way.receiver): {received}}
    seen = [
        f"{item} at {frame.namespace}/{frame.dev}"
        for frame in way.frames
        if (item := headers(frame.data)) not in of_pods.get(frame.namespace, promised)
    ]
    claim = f"the {way.what} leaves as {sent} and arrives as {received}"
    if sent == received:
        claim = f"nothing translates the {way.what} {sent}"
    return Claim(claim, _listed(seen, "no other addresses"), not seen)


def port_claim(
    way: Way,
    tokens: Sequence[bytes],
    sockets: Sequence[tuple[str, str]],
    network: Network,
    topology: Topology,
    family: int,
) -> Claim | None:
    """The ports of each flow stay what they were, at the taps and from socket to socket; None for a network that promises to
    translate. `sockets` are the client's as it knows it and as the server does."""
    sent, received = _at_ends(way, network, topology, family)
    if sent != received:
        return None
    known = [f"{own} and {peer}" for own, peer in sockets if own != peer]
    flows = [{ports(frame.data) for frame in way.frames if token in frame.data} for token in tokens]
    seen = [
        " and ".join(sorted(f"{pair[0]} > {pair[1]}" if pair else "none" for pair in flow))
        for flow in flows
        if len(flow) > 1
    ]
    seen += known
    return Claim(f"the ports of the {way.what} stay the same", _listed(seen, "no change"), not seen)


def whole_claims(seen: Seen, frames: Sequence[Frame], mtu: int) -> list[Claim]:
    """The full-size packet, whose `frames` are given, arrives, unfragmented on every link, and each tap sees it once."""
    arrived = "it arrived" if seen.full_arrived else "it did not"
    pieces = {f"{f.namespace}/{f.dev}" for f in seen.full_frames if is_fragment(f.data)}
    fragmented = f"{arrived}, in fragments at {_listed(pieces, '')}" if pieces else arrived
    taps = Counter((f.namespace, f.dev, f.direction) for f in frames)
    often = [
        f"{count} times at {namespace}/{dev} ({direction})"
        for (namespace, dev, direction), count in taps.items()
        if count > 1
    ]
    return [
        Claim(f"a packet of {mtu} B passes unfragmented", fragmented, seen.full_arrived and not pieces),
        Claim("each interface sees it once", _listed(often, "once"), not often),
    ]


def _at_ends(way: Way, network: Network, topology: Topology, family: int) -> tuple[Headers, Headers]:
    """The addresses as the packet leaves the sender's pod and as it arrives in the receiver's: each knows its own address,
    and the other one by that which clients connect to."""
    own = {pod: network.pod_address(topology, pod, family) for pod in (way.sender, way.receiver)}
    seen = {pod: _seen(network, topology, pod, family) for pod in (way.sender, way.receiver)}
    return Headers(own[way.sender], seen[way.receiver]), Headers(seen[way.sender], own[way.receiver])


def _seen(network: Network, topology: Topology, pod: Pod, family: int) -> IPAddress:
    return network.target(topology, pod, topology.ports(pod)[0], family).address


def wanted_headers(expected: WireExpectation) -> Headers:
    """The headers that a frame on the wire must have."""
    return Headers(
        expected.source,
        expected.destination,
        expected.encapsulation,
        expected.inner_source,
        expected.inner_destination,
    )


def links_of(desired: DesiredState, topology: Topology) -> Mapping[str, Collection[str]]:
    """Names of the links that a lab has in each namespace, the nodes' ends of the wire among them, which a testbed may make."""
    found = {node.name: {WIRE_DEV} for node in topology.nodes}
    for namespace, wanted in desired.objects.items():
        for link in wanted:
            if isinstance(link, Link | DaemonLink):
                found.setdefault(namespace, set()).add(link.name)
            if isinstance(link, Link) and link.peer:
                found.setdefault(link.peer.namespace, set()).add(link.peer.name)
    return found


def _of_node(namespace: str, node: int) -> bool:
    """Whether a namespace is a node's own or one of its pods'."""
    return namespace == f"n{node}" or namespace.startswith(f"n{node}-")


def _node(pod: Pod) -> str:
    return f"n{pod.node}"


def _is_wire_end(frame: Frame) -> bool:
    return frame.dev == WIRE_DEV and "-" not in frame.namespace


def _listed(seen: Iterable[str], nothing: str) -> str:
    found = sorted(set(seen))
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ("; ".join(found[:_MOST]) or nothing) + more
