"""Blocks of a group of hosts: who has which, and which address comes next.

An address comes from the first block of its host and owner (tenant and segment) that has one free, in the order in which the
owner got them; else from the block that has been free for reuse for longest; else from a new block behind the last one. Every
step is in constant or logarithmic time however many blocks there are. The order and its consequences are Romana's: see
`release` and `forget`.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict, deque

from barewire.errors import PlanError


class AddressBlock:
    """A block: its `number` in the group, first address, and free addresses as sorted ranges (both ends included)."""

    __slots__ = ("claims", "first", "free", "host", "number", "owner", "size")

    def __init__(self, number: int, first: int, size: int) -> None:
        self.number, self.first, self.size = number, first, size
        self.owner = self.host = ""
        self.claims: list[tuple[int, str]] = []
        """Owners that the block is listed for, with the turn in which each got it."""
        self.clear()

    def clear(self) -> None:
        """Make every address free."""
        self.free = [(self.first, self.first + self.size - 1)]

    @property
    def unused(self) -> bool:
        """Whether every address is free."""
        return self.free == [(self.first, self.first + self.size - 1)]

    @property
    def used(self) -> int:
        """How many addresses are not free."""
        return self.size - sum(last - first + 1 for first, last in self.free)

    def take(self) -> int:
        """The lowest free address, of a block that has one."""
        first, last = self.free[0]
        if first == last:
            del self.free[0]
        else:
            self.free[0] = (first + 1, last)
        return first

    def give_back(self, address: int) -> str:
        """Make an address free; what is wrong with it, or nothing.

        Romana forgets the free ranges beyond the one that follows the address, so they stay in use until the block is cleared.
        """
        if not self.free:
            self.free = [(address, address)]
            return ""
        if not self.first <= address < self.first + self.size:
            return f"Cannot reclaim {address} as it is outside of range {self.first}-{self.first + self.size - 1}"
        kept: list[tuple[int, int]] = []
        for number, (first, last) in enumerate(self.free):
            if first <= address <= last:
                what = f"it has not been allocated and is part of range {number}: {self._shown()}"
                return f"ReclaimID: Cannot reclaim id {address}: {what}"
            if address < first:
                kept += [(address, address), (first, last)]
                break
            kept.append((first, last))
        else:
            kept.append((address, address))
        self.free = _merged(kept)
        return ""

    def _shown(self) -> str:
        """The free ranges between the ends of the block, as Romana prints them."""
        ranges = ", ".join(f"[{first}-{last}]" for first, last in self.free)
        shown = f"({ranges})" if len(self.free) > 1 else ranges
        return f"{{{self.first} {shown} {self.first + self.size - 1}}}"


class BlockLedger:
    """The blocks of one group, from `first` to `last`, of `size` addresses; `limit` is the last address of the network."""

    def __init__(self, first: int, last: int, limit: int, size: int) -> None:
        self.first, self.last, self.limit, self.size = first, last, limit, size
        self.blocks: list[AddressBlock] = []
        self.hosts: defaultdict[str, dict[int, None]] = defaultdict(dict)
        """Numbers of the blocks that each host has, in the order in which it got them."""
        self._open: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        """By owner and host, the turn and the number of each block with a free address."""
        self._reusable: deque[int] = deque()
        self._turn = 0

    def allocate(self, host: str, owner: str) -> int | None:
        """The next address for an owner on a host; None if there is none left."""
        if opened := self._open.get((owner, host)):
            return self._take(self.blocks[opened[0][1]])
        if self._reusable:
            return self._take(self._claim(self.blocks[self._reusable.popleft()], host, owner))
        # The last block's end is that of its prefix, the first one's start that of its group: they differ if a block is larger.
        start = self._prefix(self.first) + len(self.blocks) * self.size if self.blocks else self.first
        if start > self.last or start + self.size - 1 > self.limit:
            return None
        block = AddressBlock(len(self.blocks), start, self.size)
        self.blocks.append(block)
        return self._take(self._claim(block, host, owner))

    def release(self, address: int) -> None:
        """Make an address free, and its block if that was the last one in use. PlanError if it is free already."""
        number = (self._prefix(address) - self._prefix(self.first)) // self.size
        if not 0 <= number < len(self.blocks):
            return  # Romana finds no block and says nothing.
        block = self.blocks[number]
        full = not block.free
        if said := block.give_back(address):
            raise PlanError("cannot release the address", said=said, remedy="Release addresses that are in use")
        if full:
            self._list(block)
        if block.unused:
            self._unhost(block)
            mine = next((claim for claim in block.claims if claim[1] == block.owner), None)
            if mine is not None:
                block.claims.remove(mine)
            block.owner = ""
            self._reusable.append(number)

    def forget(self, host: str) -> None:
        """Clear a removed host's blocks, and make them free for reuse.

        Romana leaves their owners listed, so an owner that had one takes from it again once it is on a host of that owner, even
        if it has another owner by then. It clears them in no order; here it is that of the host.
        """
        for number in list(self.hosts.pop(host, ())):
            block = self.blocks[number]
            self._unhost(block)
            block.clear()
            self._reusable.append(number)

    def _take(self, block: AddressBlock) -> int:
        address = block.take()
        if not block.free:
            self._unlist(block)
        return address

    def _claim(self, block: AddressBlock, host: str, owner: str) -> AddressBlock:
        block.host, block.owner = host, owner
        block.claims.append((self._turn, owner))
        self._turn += 1
        self.hosts[host][block.number] = None
        self._list(block)
        return block

    def _list(self, block: AddressBlock) -> None:
        for turn, owner in block.claims:
            insort(self._open[owner, block.host], (turn, block.number))

    def _unlist(self, block: AddressBlock) -> None:
        for turn, owner in block.claims:
            opened = self._open[owner, block.host]
            opened.remove((turn, block.number))
            if not opened:
                del self._open[owner, block.host]

    def _unhost(self, block: AddressBlock) -> None:
        if block.free:
            self._unlist(block)
        if block.host in self.hosts:
            self.hosts[block.host].pop(block.number, None)
        block.host = ""

    def _prefix(self, address: int) -> int:
        return address - address % self.size


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found = ranges[:1]
    for first, last in ranges[1:]:
        if found[-1][1] + 1 == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
