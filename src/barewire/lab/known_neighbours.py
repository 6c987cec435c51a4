"""Neighbours that a large lab does not ask for by ARP, because the kernel could not hold them.

All network namespaces share one table of neighbours for each IP version, of 1024 entries by default
(`net.ipv4.neigh.default.gc_thresh3`), where every node of a real network has a table of its own. Daemons that keep sessions with
each other need an entry at both ends for as long as the lab lives: 33 in a full mesh fill the table, and connections beyond hang
without an error. Permanent entries do not count, so above `MOST_LEARNED` the ends of sessions get these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from barewire.model.daemons import Daemon
from barewire.model.objects import Address, DesiredState, IPAddress, IPInterface, Link, Neighbour

MOST_LEARNED = 256
"""Entries of one IP version that a lab leaves to ARP: from 512 on the kernel throws out what is older than five seconds, and
other labs and the machine itself want some."""


def desired_state(lab: DesiredState) -> DesiredState:
    """A permanent neighbour for each session of the lab's daemons; none where they have few."""
    wanted = [
        (name, peer)
        for name, things in lab.objects.items()
        for thing in things
        if isinstance(thing, Daemon)
        for peer in thing.peers
    ]
    versions = {
        version for version, count in Counter(peer.version for _, peer in wanted).items() if count > MOST_LEARNED
    }
    if not versions:
        return DesiredState()
    macs, ways = (
        dict(_macs(lab)),
        {name: list(_networks(lab, name)) for name in dict.fromkeys(one for one, _ in wanted)},
    )
    found: dict[str, dict[IPAddress, Neighbour]] = {}
    for name, peer in wanted:
        dev = next((dev for dev, own in ways[name] if peer in own.network), "")
        if peer.version in versions and dev and peer in macs:
            found.setdefault(name, {})[peer] = Neighbour(dev, peer, macs[peer])
    return DesiredState({name: tuple(neighbours.values()) for name, neighbours in found.items()})


def _macs(lab: DesiredState) -> Iterator[tuple[IPAddress, str]]:
    """The MAC behind each address of the lab; nothing for cards, whose MAC nobody planned."""
    links: dict[tuple[str, str], str] = {}
    for name, things in lab.objects.items():
        for thing in things:
            if isinstance(thing, Link):
                links[name, thing.name] = thing.mac
                if thing.peer:
                    links[thing.peer.namespace, thing.peer.name] = thing.peer.mac
    for name in lab.objects:
        for dev, own in _networks(lab, name):
            if mac := links.get((name, dev)):
                yield own.ip, mac


def _networks(lab: DesiredState, name: str) -> Iterator[tuple[str, IPInterface]]:
    return ((thing.dev, thing.interface) for thing in lab.objects[name] if isinstance(thing, Address))
