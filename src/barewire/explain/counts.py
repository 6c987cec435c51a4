"""Parse the plugin's output after a load: instructions per basic block and call stack.

The format is csrc/plugin/counts.h's: a line each, `node NUMBER PARENT RETURN-ADDRESS` for a call under way, `count NODE ADDRESS
INSTRUCTIONS` for what ran under it, and at the end `NAME VALUE` for the sum and the doubts. The reader checks the sum, so that a
text that was cut cannot pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from barewire.errors import MeasurementError

_ENDING = ("total", "returns", "deep", "corrected")


@dataclass(frozen=True, slots=True)
class Counts:
    """`blocks` is (node, address) -> instructions; `calls` is node -> (its parent, the address that it returns to), without the
    root, 0. `doubts` counts what could not be followed."""

    blocks: dict[tuple[int, int], int]
    calls: dict[int, tuple[int, int]]
    total: int
    doubts: dict[str, int] = field(default_factory=dict)

    def stacks(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Addresses, outermost first: those within the calls under way, then that of the block; and its instructions."""
        chains: dict[int, tuple[int, ...]] = {0: ()}
        for (node, address), instructions in self.blocks.items():
            yield (*self._chain(node, chains), address), instructions

    def _chain(self, node: int, known: dict[int, tuple[int, ...]]) -> tuple[int, ...]:
        if node not in known:
            parent, returns = self.calls[node]
            # A call is the last instruction before where it returns to; that may already be the next function.
            known[node] = (*self._chain(parent, known), returns - 1)
        return known[node]


def parse(text: str) -> Counts:
    """Parse the plugin's text. MeasurementError if it is incomplete or not the plugin's."""
    blocks: dict[tuple[int, int], int] = {}
    calls: dict[int, tuple[int, int]] = {}
    ending: dict[str, int] = {}
    try:
        for line in text.splitlines():
            match line.split():
                case ["count", node, address, instructions]:
                    blocks[int(node), int(address, 16)] = int(instructions)
                case ["node", number, parent, returns]:
                    calls[int(number)] = (int(parent), int(returns, 16))
                    if int(parent) not in calls and parent != "0":
                        raise ValueError(f"call {number} is under {parent}, which is not there")
                case [name, value] if name in _ENDING:
                    ending[name] = int(value)
                case _:
                    raise ValueError(f"{line[:60]!r} is no count")
        if tuple(ending) != _ENDING or ending["total"] != sum(blocks.values()):
            raise ValueError("it is not whole")
        if unknown := {node for node, _ in blocks} - calls.keys() - {0}:
            raise ValueError(f"call {min(unknown)} is not there")
    except ValueError as error:
        raise MeasurementError("what the plugin has counted cannot be read", said=str(error)) from error
    return Counts(blocks, calls, ending.pop("total"), ending)
