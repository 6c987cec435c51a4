"""A flame graph as plain data: frames with their parents; a frame's width is its own instructions and those of its callees.

Of two profiles a box has both widths; what is drawn is the network's, coloured by the difference to the baseline. A stack that
only the baseline has therefore gets no box: it is in the table of stages. Boxes narrower than `least` of the whole are left
out, since nobody could see them; their instructions stay in their parent's width.
"""

from __future__ import annotations

from dataclasses import dataclass

from barewire.explain.profile import Stack, StackProfile
from barewire.explain.stages import StageTable

LEAST = 0.0005


@dataclass(frozen=True, slots=True)
class FlameFrame:
    """Instructions per operation of this call and all under it; `parent` is its caller's place in the list, -1 for the root."""

    name: str
    parent: int
    instructions: float
    before: float
    """The baseline's, at the same calls."""

    stage: str
    """What instructions of this very function count for here; empty for the root."""


def boxes(profile: StackProfile, baseline: StackProfile, stages: StageTable, least: float = LEAST) -> list[FlameFrame]:
    """The root first, callers before whom they call, widest first among those of one caller."""
    mine, theirs = _sums(profile), _sums(baseline)
    enough = least * mine.get((), 0.0)
    children: dict[Stack, list[Stack]] = {}
    for stack, instructions in mine.items():
        if stack and instructions >= enough:
            children.setdefault(stack[:-1], []).append(stack)
    found: list[FlameFrame] = []

    def add(stack: Stack, parent: int) -> None:
        name = str(stack[-1]) if stack else "all"
        stage = stages.of_stack(stack) if stack else ""
        found.append(FlameFrame(name, parent, mine.get(stack, 0.0), theirs.get(stack, 0.0), stage))
        place = len(found) - 1
        for child in sorted(children.get(stack, ()), key=lambda one: (-mine[one], one)):
            add(child, place)

    add((), -1)
    return found


def _sums(profile: StackProfile) -> dict[Stack, float]:
    sums: dict[Stack, float] = {}
    for stack, instructions in profile.stacks.items():
        for depth in range(len(stack) + 1):
            sums[stack[:depth]] = sums.get(stack[:depth], 0.0) + instructions
    return sums
