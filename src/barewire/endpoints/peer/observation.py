"""What packets do between here and an endpoint: captured on both machines where that is allowed, and described.

Nobody has said what the path should be, so nothing is proved. The marked exchanges of a proof are sent: eight connections, and
a datagram as large as the MTU of the way by what the kernel here knows of it, and at most that of the link there. Where a
machine does not let this user capture, its part of the path is `unknown`, and the record says so. Order within a machine is
that of the time stamps of its taps; the request's hops here come before those there, and times count from the first hop on the
same machine, because no two clocks are compared.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from barewire.endpoints.machine import OWN
from barewire.endpoints.peer import answers, messages
from barewire.endpoints.peer.path import PEER, PeerPath
from barewire.errors import ProofError
from barewire.kernel.taps import Frame
from barewire.lab import claims
from barewire.lab.claims import Claim
from barewire.lab.frames import headers, hops_left, is_fragment, sealed
from barewire.lab.proof import FLOWS, Hop, Proof, mark_of, marked
from barewire.testbeds.inside.one_sided import MarkedCalls, OneSided
from barewire.testbeds.requests import LabNamespaces

UNKNOWN = "unknown"
_DEFAULT_MTU = 1500


@dataclass(frozen=True, slots=True)
class _Side:
    """One machine's part of what was seen: None where nobody may capture there."""

    name: str
    frames: Sequence[Frame] | None
    kinds: Mapping[str, str]

    def place(self, frame: Frame) -> str:
        """The machine, or `MACHINE-NAME` of another namespace on it."""
        return self.name + frame.namespace.removeprefix(f"{PEER}/").removeprefix(OWN)

    def kind(self, frame: Frame) -> str:
        return self.kinds.get(f"{frame.namespace.removeprefix(f'{PEER}/')}/{frame.dev}", "")


def observe(path: PeerPath, port: int, mtu: int) -> Proof:
    """One description of the path to `port` of the endpoint, which nothing else uses. ProofError where it carries nothing."""
    tokens = tuple(mark_of(f"{path.name}/{flow}") for flow in range(FLOWS))
    datagram = mark_of(f"{path.name}/datagram")
    size = (mtu or _DEFAULT_MTU) - claims.UDP_HEADERS[path.address.version]
    lab: LabNamespaces = path.here.lab
    watched = path.connection.ask(messages.Watch("watch", path.name, port, FLOWS, len(tokens[0])), answers.Watching)
    captured = lab.call(MarkedCalls(path.netns, path.address, port, tokens, datagram, size))
    there = path.connection.ask(messages.Collect("collect"), answers.Collected, 2 * FLOWS)
    here = lab.hear()
    if here.failed or there.failed:
        raise _unreachable(path, port, here, there)
    sides = (
        _Side("here", here.frames if captured else None, _kinds(lab)),
        _Side(PEER, unpacked(there.frames) if watched.captures else None, there.kinds),
    )
    return describe(path, sides, tokens, datagram, (here.sockets, there.sockets),
                    here.datagram_bytes == there.datagram_bytes, here.datagram_bytes)  # fmt: skip


def describe(
    path: PeerPath,
    sides: tuple[_Side, _Side],
    tokens: Sequence[bytes],
    datagram: bytes,
    sockets: tuple[Sequence[str], Sequence[str]],
    arrived: bool,
    size: int,
) -> Proof:
    """The observation from what each machine saw. Pure."""
    there = [_marked(side, tokens) for side in sides]
    back = [_marked(side, [token[::-1] for token in tokens]) for side in sides]
    full = [_marked(side, [datagram]) for side in sides]
    changed = [f"{own} is seen as {other}" for own, other in zip(*sockets, strict=True) if own != other]
    whole = size + claims.UDP_HEADERS[path.address.version]
    found = [
        Claim(f"this machine and {path.server} exchange data", f"{len(tokens)} connections", True),
        Claim("the peer sees the client under its own address and port", changed[0] if changed else sockets[0][0],
              not changed),
        _outside(sides[0], there[0], "the request leaves this machine", "out"),
        _outside(sides[1], there[1], "the request reaches the peer", "in"),
        _outside(sides[1], back[1], "the answer leaves the peer", "out"),
        _hops(there),
        Claim(f"a datagram of {whole} bytes with its headers passes without fragments",
              _passed(arrived, full), arrived and not _fragmented(full)),
    ]  # fmt: skip
    first, answers = [tokens[0]], [tokens[0][::-1]]
    return Proof(
        "here", path.name, tuple(found), _way(sides, first), _way((sides[1], sides[0]), answers), observed=True
    )  # fmt: skip


def unpacked(frames: Sequence[answers.CapturedFrame]) -> tuple[Frame, ...]:
    """The peer's frames; their namespaces begin with `peer/`."""
    found = []
    for order, one in enumerate(frames):
        namespace, _, dev = one.dev.rpartition("/")
        data = base64.b64decode(one.data)
        found.append(Frame(f"{PEER}/{namespace}", dev, one.direction, one.ns, order, data))
    return tuple(found)


def _marked(side: _Side, marks: Sequence[bytes]) -> list[Frame] | None:
    """The frames of a side that carry a mark, as they passed its taps. Its namespaces have one clock."""
    if side.frames is None:
        return None
    return sorted(marked(side.frames, marks), key=lambda frame: (frame.nanoseconds, frame.order))


def _outside(side: _Side, frames: list[Frame] | None, what: str, direction: str) -> Claim:
    """What of a packet is on the outermost link that shows it: the last on the way out, the first on the way in."""
    if frames is None:
        return Claim(what, f"{UNKNOWN}: capture is not allowed there", True)
    own = [frame for frame in frames if frame.direction == direction]
    outer = own[::-1] if direction == "out" else own
    texts = []
    if outer:
        link = outer[0].namespace, outer[0].dev
        texts = [f"{frame.dev}: {headers(frame.data)}" for frame in own if (frame.namespace, frame.dev) == link]
    encrypted = {f"{one.dev}: encrypted packets: {kind[0]}" for one in side.frames or () if (kind := sealed(one.data))}
    texts += sorted(encrypted) if encrypted and not any("," in text for text in texts) else []
    return Claim(what, "; ".join(dict.fromkeys(_without_ports(texts))) or claims.NOTHING, True)


def _without_ports(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if text]


def _hops(there: Sequence[list[Frame] | None]) -> Claim:
    """Routers between the machines, by how much they took off the packet's life (TTL, hop limit)."""
    what = "routers between the machines that the request shows"
    lives = [None if not frames else hops_left((frames[-1] if at == 0 else frames[0]).data)
             for at, frames in enumerate(there)]  # fmt: skip
    sent, received = lives
    if sent is None or received is None:
        return Claim(what, UNKNOWN, True)
    return Claim(what, str(sent - received), True)


def _passed(arrived: bool, full: Sequence[list[Frame] | None]) -> str:
    if not arrived:
        return "it did not arrive"
    return "it was cut" if _fragmented(full) else "it did"


def _fragmented(full: Sequence[list[Frame] | None]) -> bool:
    return any(is_fragment(frame.data) for frames in full for frame in frames or ())


def _way(sides: Sequence[_Side], marks: Sequence[bytes]) -> tuple[Hop, ...]:
    hops: list[Hop] = []
    for side in sides:
        frames = _marked(side, marks) or []
        hops += [
            Hop(
                side.place(frame),
                frame.dev,
                side.kind(frame),
                frame.direction,
                frame.nanoseconds - frames[0].nanoseconds,
            )
            for frame in frames
        ]
    return tuple(hops)


def _kinds(lab: LabNamespaces) -> dict[str, str]:
    return {f"{where}/{link.name}": link.kind for where, some in lab.links().items() for link in some}


def _unreachable(path: PeerPath, port: int, here: OneSided, there: answers.Collected) -> ProofError:
    seen = sorted({f"{frame.namespace}/{frame.dev}" for frame in (*here.frames, *unpacked(there.frames))})
    return ProofError(
        f"no exchange from this machine with {path.address} port {port}",
        where=path.name,
        said=f"{here.failed or there.failed}; packets were seen at {', '.join(seen) or 'no interface'}",
        remedy="Let a firewall in between pass TCP and UDP to the ports that barewire serve printed",
    )
