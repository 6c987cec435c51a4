"""Encrypted messages on the wire, matched to the packets that are in them: what is encrypted carries no mark.

A packet is seen in clear at the tunnel's link and, as a message, at the node's end of the wire, in this order on the way
out and in the reverse order on the way in. The message is the nearest one that is of the network's encapsulation and as long as
the packet makes it. A packet that also leaves in clear is found by its mark, as everywhere.

Limit: of two messages of one length that cross in the same moment either may be taken for the packet's, so what a claim says of
the wire then holds of the conversation, not of one packet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from barewire.kernel.taps import Frame
from barewire.lab.frames import sealed
from barewire.model.expectation import ETHERNET_BYTES, EncryptedEncapsulation, WireExpectation
from barewire.model.network import WIRE_DEV


def with_messages(
    marked: Sequence[Frame],
    frames: Sequence[Frame],
    kinds: Mapping[str, Mapping[str, str]],
    expected: WireExpectation,
    mtu: int,
) -> list[Frame]:
    """`marked` with the messages of `frames` that hold them, each once. `kinds` are those of the links by namespace and name,
    `mtu` is the tunnel's."""
    around = expected.encapsulation
    if not isinstance(around, EncryptedEncapsulation):
        return list(marked)
    on_wire = [
        (frame, found)
        for frame in frames
        if frame.dev == WIRE_DEV and "-" not in frame.namespace and (found := sealed(frame.data)) is not None
    ]
    taken: dict[int, Frame] = {}
    for packet in marked:
        if kinds[packet.namespace].get(packet.dev) != around.link:
            continue
        wanted = type(around), around.sealed_bytes(len(packet.data) - ETHERNET_BYTES, mtu)
        fits = [
            frame
            for frame, (encapsulation, length) in on_wire
            if (type(encapsulation), length) == wanted
            and (frame.namespace, frame.direction) == (packet.namespace, packet.direction)
            and (frame.order > packet.order) == (packet.direction == "out")
            and id(frame) not in taken
        ]
        if fits:
            nearest = min(fits, key=lambda frame: abs(frame.order - packet.order))
            taken[id(nearest)] = nearest
    return [*marked, *taken.values()]
