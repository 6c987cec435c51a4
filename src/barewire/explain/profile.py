"""Instructions of one operation (a round trip, a connection) by stack of functions; and what one network has more than another.

Pure. Figures are means over all operations of the recorded time: a timer's tick that fell into it is in them, spread over all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from barewire.explain.counts import Counts
from barewire.explain.stages import OTHER, StageTable
from barewire.explain.symbols import Function, Symbols

Stack = tuple[Function, ...]
"""Outermost function first."""


@dataclass(frozen=True, slots=True)
class StackProfile:
    """Instructions per operation."""

    stacks: Mapping[Stack, float]

    @property
    def total(self) -> float:
        return sum(self.stacks.values())

    def by_stage(self, stages: StageTable) -> dict[str, float]:
        """Instructions by stage, in the order of the stages, zeros included; `other` last."""
        found: defaultdict[str, float] = defaultdict(float)
        for stack, instructions in self.stacks.items():
            found[stages.of_stack(stack)] += instructions
        return {name: float(found[name]) for name in (*stages.names, OTHER)}

    def by_function(self) -> dict[Function, float]:
        """Instructions of each function itself, without the functions that it called."""
        found: defaultdict[Function, float] = defaultdict(float)
        for stack, instructions in self.stacks.items():
            found[stack[-1]] += instructions
        return dict(found)


def fold(counted: Iterable[Counts], symbols: Symbols, operations: int) -> StackProfile:
    """Fold the counts of several loads, which performed `operations` operations in total, into one profile."""
    found: dict[Stack, float] = {}
    names: dict[int, Function] = {}
    for addresses, instructions in chain.from_iterable(counts.stacks() for counts in counted):
        for address in addresses:
            if address not in names:
                names[address] = symbols.find(address)
        stack = tuple(names[address] for address in addresses)
        found[stack] = found.get(stack, 0.0) + instructions / operations
    return StackProfile(found)
