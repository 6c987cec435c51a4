"""The path of a packet through a lab, in order, from the captures of each namespace.

No clock is compared: nodes may be machines with a clock each. Within a namespace frames are in the order in which they were seen.
Between two namespaces links give the order: a frame that leaves one end of a veth pair comes before the one that arrives at the
other end, and a link on top of another (macvlan, ipvlan) exchanges frames with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from barewire.kernel.taps import Frame
from barewire.model.objects import DesiredState, Link, Nic
from barewire.model.observed import ObservedLink

Tap = tuple[str, str, str]
"""Namespace, device and direction: where a frame was captured."""


def joints(desired: DesiredState) -> list[tuple[Tap, Tap]]:
    """Pairs of taps in two namespaces, where a frame at the first is next seen at the second."""
    found: list[tuple[Tap, Tap]] = []
    for namespace, wanted in desired.objects.items():
        for link in wanted:
            if isinstance(link, Nic) and link.peer:
                found.append(((namespace, link.dev, "out"), (*link.peer, "in")))
            if not isinstance(link, Link):
                continue
            own = (namespace, link.name)
            if link.peer:
                other = (link.peer.namespace, link.peer.name)
                found += [((*own, "out"), (*other, "in")), ((*other, "out"), (*own, "in"))]
            if link.parent and link.parent[0] != namespace:
                found += [((*own, "out"), (*link.parent, "out")), ((*link.parent, "in"), (*own, "in"))]
    return found


def joints_of_links(links: Mapping[str, Sequence[ObservedLink]]) -> list[tuple[Tap, Tap]]:
    """The same from links as they were found in a lab."""
    found: list[tuple[Tap, Tap]] = []
    for namespace, there in links.items():
        for link in there:
            own = (namespace, link.name)
            if link.peer:
                found.append(((*own, "out"), (*link.peer, "in")))
            if link.parent and link.parent[0] != namespace:
                found += [((*own, "out"), (*link.parent, "out")), ((*link.parent, "in"), (*own, "in"))]
    return found


def ordered(frames: Iterable[Frame], joined: Sequence[tuple[Tap, Tap]], start: str) -> list[Frame]:
    """The frames of one packet as it met them, from namespace `start`. Where links leave the order open, a namespace is finished
    before the next one."""
    seen = sorted(frames, key=lambda frame: (frame.namespace != start, frame.namespace, frame.order))
    after: dict[int, list[int]] = defaultdict(list)
    waits = [0] * len(seen)
    for first, second in _edges(seen, joined):
        after[first].append(second)
        waits[second] += 1
    found: list[int] = []
    ready = [index for index, count in enumerate(waits) if not count]
    while ready or len(found) < len(seen):
        # A circle is no way of one packet; what is left then comes as it was captured.
        index = ready.pop(0) if ready else next(one for one in range(len(seen)) if waits[one] > 0)
        waits[index] = -1
        found.append(index)
        following = []
        for one in after[index]:
            waits[one] -= 1
            if waits[one] == 0:
                following.append(one)
        ready = [*following, *ready]
    return [seen[index] for index in found]


def _edges(seen: Sequence[Frame], joined: Sequence[tuple[Tap, Tap]]) -> Iterator[tuple[int, int]]:
    taps: dict[Tap, list[int]] = defaultdict(list)
    for index, frame in enumerate(seen):
        taps[frame.namespace, frame.dev, frame.direction].append(index)
    for earlier, later in pairwise(range(len(seen))):
        if seen[earlier].namespace == seen[later].namespace:
            yield earlier, later
    for first, second in joined:
        yield from zip(taps[first], taps[second], strict=False)
