"""What a run counted, number by number, and how far two runs of one plan agree in it.

A figure is one number of one load of one valid trial: the instructions that it took, or a median of its exact times. The hash is
over all of them, each as it is written in `trials.ndjson`, in the order of block, network, role, load and size, whatever the
order in which trials ran. So equal hashes are equal numbers, and unlike ones say nothing of how unlike: `agreement` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2s

from barewire.records import CountedHash
from barewire.records.trial import ExactValues
from barewire.results.analysis import Run
from barewire.results.words import INSTRUCTIONS

MEDIANS = ("latency_ns", "service_ns", "cycle_ns")

FigureKey = tuple[int, str, str, str, int, str]
"""Block, network, role, load, size in bytes (0: none), and which figure it is."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two runs agree: the figures that both have, how many of them are equal, and the largest ratio of any two, as a number
    from 1 up; `where` is that of the largest."""

    figures: int
    equal: int
    largest: float
    where: FigureKey | None


def figures(run: Run) -> dict[FigureKey, float]:
    """Every figure of a run in order; empty by the wall clock."""
    found: dict[FigureKey, float] = {}
    for (block, network, role), trial in sorted(run.slots.items()):
        for load in trial.loads:
            key = (block, network, role, load.load, load.response_bytes or 0)
            if load.counted and load.counted.value is not None:
                found[*key, INSTRUCTIONS] = load.counted.value
            for kind in MEDIANS if load.exact else ():
                values: ExactValues | None = getattr(load.exact, kind)
                if values and values.count and values.median is not None:
                    found[*key, kind] = values.median
    return dict(sorted(found.items()))


def digest(run: Run) -> str | None:
    """Sixteen hexadecimal digits over all figures; None where there are none."""
    found = figures(run)
    if not found:
        return None
    lines = (json.dumps([*key, number], separators=(",", ":")) for key, number in found.items())
    return blake2s("\n".join(lines).encode(), digest_size=8).hexdigest()


def agreement(one: Mapping[FigureKey, float], other: Mapping[FigureKey, float], kind: str | None = None) -> Agreement:
    """How far the figures of two runs agree, all of them or those of a kind (`instructions`, or a median's name)."""
    both = [key for key in one if key in other and kind in (None, key[-1])]
    apart = {key: _ratio(one[key], other[key]) for key in both}
    where = max(apart, key=lambda key: apart[key], default=None)
    return Agreement(len(both), sum(one[p] == other[p] for p in both), apart[where] if where else 1.0, where)


def record(run: Run) -> CountedHash | None:
    """`counted` of summary.json."""
    found = digest(run)
    return CountedHash(found, len(figures(run))) if found else None


def _ratio(a: float, b: float) -> float:
    if a == b:
        return 1.0
    return max(a, b) / min(a, b) if min(a, b) > 0 else float("inf")
