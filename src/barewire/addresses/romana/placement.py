"""Which group a new host goes into: of those whose labels it has, the one with the fewest hosts, the first of equals.

Hosts with the same values of the labels that any group asks for may go into the same groups; their groups stand in one heap by
the number of hosts. A heap's entries are renewed when they are looked at, so adding one of n hosts to g groups takes O(log g) and
not O(n + g).
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heapify, heappush, heapreplace

from barewire.addresses.romana.groups import PrefixGroup

_Kind = tuple[str, ...] | None


class HostPlacement:
    """The groups of hosts of one network, to be chosen from."""

    def __init__(self, top: PrefixGroup) -> None:
        self._leaves = list(top.leaves())
        self._numbers = {id(leaf): number for number, leaf in enumerate(self._leaves)}
        self._keys = sorted({key for leaf in self._leaves for one in leaf.ancestors() for key in one.assignment or ()})
        self._heaps: dict[_Kind, list[tuple[int, int]]] = {}
        self._members: dict[int, list[list[tuple[int, int]]]] = {}

    def choose(self, tags: Mapping[str, str] | None) -> PrefixGroup | None:
        """The group for a host with these labels; None if there is none."""
        kind = None if tags is None else tuple(tags.get(key, "") for key in self._keys)
        if kind not in self._heaps:
            self._heaps[kind] = self._heap(tags)
        heap = self._heaps[kind]
        while heap:
            count, number = heap[0]
            leaf = self._leaves[number]
            now = len(leaf.hosts or ())
            if count == now:
                return leaf
            heapreplace(heap, (now, number))
        return None

    def shrunk(self, group: PrefixGroup) -> None:
        """Take note that a group has one host less: entries are renewed at the top, and this one may be below it."""
        number = self._numbers[id(group)]
        for heap in self._members.get(number, ()):
            heappush(heap, (len(group.hosts or ()), number))

    def _heap(self, tags: Mapping[str, str] | None) -> list[tuple[int, int]]:
        heap = [
            (len(leaf.hosts or ()), number)
            for number, leaf in enumerate(self._leaves)
            if all(one.takes(tags) for one in leaf.ancestors())
        ]
        heapify(heap)
        for _, number in heap:
            self._members.setdefault(number, []).append(heap)
        return heap
