"""Groups of a network, and the prefix that each has.

Every level is padded with spare groups to a power of two, so that a group's number in its level is a field of the address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from barewire.addresses.romana.blocks import BlockLedger
from barewire.addresses.romana.topology import GroupDefinition, HostAddress

BITS = 32
"""Romana's addresses are IPv4."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix that may have been written with bits behind its length (10.1.2.3/16): Romana counts groups from there, and takes
    the rest from the prefix without them."""

    written: int
    length: int

    @property
    def size(self) -> int:
        """How many addresses it has."""
        return 1 << (BITS - self.length)

    @property
    def first(self) -> int:
        """Its first address."""
        return self.written & -self.size

    @property
    def last(self) -> int:
        """Its last address."""
        return self.first + self.size - 1

    def __contains__(self, address: int) -> bool:
        return self.first <= address <= self.last

    def __str__(self) -> str:
        return f"{dotted(self.first)}/{self.length}"


class RomanaHost:
    """A host in a group."""

    __slots__ = ("group", "ip", "name", "tags")

    def __init__(self, name: str, ip: HostAddress | None, tags: Mapping[str, str] | None, group: PrefixGroup) -> None:
        self.name, self.ip, self.tags, self.group = name, ip, tags, group


class PrefixGroup:
    """A group: `groups` below it, or `hosts` and the `ledger` of their blocks (both None above the lowest level).

    `prefix` is None for the top of a map with several entries, which is called `/` and has the network's. `spare` says that it
    pads its level to a power of two; Romana gives it hosts all the same.
    """

    __slots__ = ("assignment", "dummy", "groups", "hosts", "ledger", "name", "parent", "prefix", "routing", "spare")

    def __init__(
        self, entry: GroupDefinition, prefix: Prefix | None, parent: PrefixGroup | None, *, spare: bool = False
    ) -> None:
        self.name, self.routing, self.assignment, self.dummy = entry.name, entry.routing, entry.assignment, entry.dummy
        self.prefix, self.parent, self.spare = prefix, parent, spare
        self.groups: list[PrefixGroup] | None = None
        self.hosts: list[RomanaHost] | None = None
        self.ledger: BlockLedger | None = None

    def takes(self, tags: Mapping[str, str] | None) -> bool:
        """Whether a host with these labels may be in it; of the groups above it nothing is asked."""
        if self.dummy:
            return False
        if not self.assignment:
            return True
        return tags is not None and all(tags.get(key, "") == value for key, value in self.assignment.items())

    def leaves(self) -> Iterator[PrefixGroup]:
        """The groups of hosts below it, itself if it is one, in the order of their prefixes."""
        if self.hosts is not None:
            yield self
        for group in self.groups or ():
            yield from group.leaves()

    def ancestors(self) -> Iterator[PrefixGroup]:
        """It, and every group above it."""
        at: PrefixGroup | None = self
        while at is not None:
            yield at
            at = at.parent


class RefusedPrefixError(ValueError):
    """A level has more groups than its prefix has addresses; the text is Romana's."""


def grow(entries: Sequence[GroupDefinition], network: Prefix, block_mask: int) -> PrefixGroup:
    """The groups of a map over a network's prefix. RefusedPrefixError if they do not fit."""
    if len(entries) == 1:
        top = PrefixGroup(entries[0], network, None)
        _fill(top, entries[0], network, network, block_mask)
        return top
    top = PrefixGroup(GroupDefinition("/" if entries else ""), None, None)
    if entries:
        _divide(top, entries, network, network, block_mask)
    return top


def dotted(address: int) -> str:
    """An address as people write it."""
    return f"{address >> 24 & 255}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def _fill(group: PrefixGroup, entry: GroupDefinition, prefix: Prefix, network: Prefix, block_mask: int) -> None:
    # The first entry decides whether these are hosts.
    if entry.groups and entry.groups[0].ip is None:
        _divide(group, entry.groups, prefix, network, block_mask, below=True)
        return
    group.hosts = [RomanaHost(one.name, one.ip, None, group) for one in entry.groups]
    group.ledger = BlockLedger(prefix.first, prefix.last, network.last, 1 << (BITS - block_mask))


def _divide(
    group: PrefixGroup,
    entries: Sequence[GroupDefinition],
    prefix: Prefix,
    network: Prefix,
    block_mask: int,
    *,
    below: bool = False,
) -> None:
    length = prefix.length + (len(entries) - 1).bit_length()
    if length > BITS:
        raise RefusedPrefixError(f"invalid CIDR address: {dotted(prefix.written)}/{length}")
    size = 1 << (BITS - length)
    group.groups = []
    for number in range(1 << (length - prefix.length)):
        spare = number >= len(entries)
        entry = GroupDefinition() if spare else entries[number]
        child = PrefixGroup(entry, Prefix(prefix.written + number * size, length), group, spare=spare)
        if below:  # Romana reads this key of the entries of a map alone.
            child.dummy = False
        group.groups.append(child)
        assert child.prefix is not None
        _fill(child, entry, child.prefix, network, block_mask)
