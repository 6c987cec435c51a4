"""Which trials a study has, and in which order: complete blocks whose order balances what a trial leaves to the next.

Every block has each candidate once and the host twice, and is one row of a Williams square (E. J. Williams, "Experimental
Designs Balanced for the Estimation of Residual Effects of Treatments", Australian Journal of Scientific Research A2, 1949):
over a whole square every network stands in every position once and follows every other equally often, so warm caches or
a hot CPU that one network leaves behind burden all others alike. An odd number of entries needs a second, mirrored square. Which
network is which letter of the square, and in which order its rows are used, is drawn from the seed; blocks beyond the
square begin the next one, drawn anew. Within a trial the loads are shuffled.

Draws come from hashes, not from a generator's state: things are sorted by BLAKE2 of (seed, square, name). So the order is the
same on every Python version and in a resumed study. Limits: a study with fewer blocks than the square has rows is balanced only
in part; the last trial of a block and the first of the next are neighbours by chance; a trial that is run again
because it was rejected keeps its place, so it follows what its first attempt followed, but also that attempt itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from barewire.errors import RunError
from barewire.records import Trial
from barewire.results import BASELINE
from barewire.results.clock import COUNTED
from barewire.results.seeds import derived_seed
from barewire.study.design.plan import StudyPlan
from barewire.workloads.definition.step import Step

Role = Literal["baseline-a", "baseline-b", "candidate"]
Slot = tuple[int, str, str]
"""Block, network, role: what a study must have exactly one valid trial of."""


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """One network in one block; `attempt` counts the rejected trials before it (from 0), and changes the seed."""

    block: int
    position: int
    network: str
    role: Role
    seed: int
    steps: tuple[Step, ...]
    attempt: int = 0

    @property
    def slot(self) -> Slot:
        return (self.block, self.network, self.role)


def steps(plan: StudyPlan) -> tuple[Step, ...]:
    """The loads of every trial, not yet shuffled: those of each of the plan's workloads."""
    return tuple(step for one in plan.drivers for step in one.steps(plan))


def block(plan: StudyPlan, measured: Collection[str], number: int) -> tuple[PlannedTrial, ...]:
    """Block `number` (from 1) over the networks that this machine can measure; positions count from 1."""
    entries: list[tuple[str, Role]] = [(name, "candidate") for name in plan.candidates if name in measured]
    entries += [(BASELINE, "baseline-a"), (BASELINE, "baseline-b")]
    square, turn = divmod(number - 1, rows_of(len(entries)))
    entries.sort(key=lambda entry: derived_seed(plan.seed, "letter", square, *entry))
    row = _row(len(entries), _turns(plan.seed, square, len(entries))[turn])
    order = [entries[letter] for letter in row]
    return tuple(
        _trial(plan, number, position, network, role, 0) for position, (network, role) in enumerate(order, start=1)
    )


def rows_of(entries: int) -> int:
    """How many blocks balance the order of so many entries: as many, or twice as many if they are odd in number."""
    return entries if entries % 2 == 0 else 2 * entries


def _row(entries: int, number: int) -> list[int]:
    """Row `number` of the design: 0, 1, n-1, 2, n-2, ... shifted by the number; from row n on, mirrored."""
    zigzag = [(step + 1) // 2 if step % 2 else -(step // 2) for step in range(entries)]
    row = [(letter + number) % entries for letter in zigzag]
    return row if number < entries else row[::-1]


def _turns(seed: int, square: int, entries: int) -> list[int]:
    """The rows in the order of their use, those of the first square before the mirrored: each square balances positions."""
    rows = range(rows_of(entries))
    return sorted(rows, key=lambda row: (row // entries, derived_seed(seed, "row", square, row)))


def remaining(
    plan: StudyPlan, measured: Collection[str], done: Iterable[Trial], blocks: int | None = None
) -> tuple[PlannedTrial, ...]:
    """The trials of the first `blocks` blocks (all of the plan) without a valid record in `done` (lines of
    `trials.ndjson`), in order.

    A trial that was rejected comes again in its place with a new seed, so that a bad draw is not repeated. The loads are those
    of the valid trials: a run that another version began goes on without what this one has added (`added`).
    """
    done = list(done)
    kept = _kept(plan, done)
    valid: set[Slot] = set()
    attempts: dict[Slot, int] = {}
    for record in done:
        slot = (record.block, record.network, record.role)
        attempts[slot] = attempts.get(slot, 0) + 1
        if record.valid:
            valid.add(slot)
    planned = [trial for number in range(1, (blocks or plan.blocks) + 1) for trial in block(plan, measured, number)]
    left = (repetition(plan, trial, attempts.get(trial.slot, 0)) for trial in planned if trial.slot not in valid)
    return tuple(replace(trial, steps=tuple(step for step in trial.steps if step.load in kept)) for trial in left)


def added(plan: StudyPlan, done: Iterable[Trial]) -> tuple[str, ...]:
    """The loads of the plan that no valid trial in `done` has; none where there is no valid trial."""
    kept = _kept(plan, done)
    return tuple(dict.fromkeys(step.load for step in steps(plan) if step.load not in kept))


def _kept(plan: StudyPlan, done: Iterable[Trial]) -> frozenset[str]:
    """The loads of the run by name; RunError where the plan has not all of them. Their sizes are in the plan itself."""
    planned = frozenset(step.load for step in steps(plan))
    measured = frozenset(load.load for one in done if one.valid for load in one.loads)
    if unknown := sorted(measured - planned):
        raise RunError(
            f"the trials of this run have loads that its plan no longer has: {', '.join(unknown)}",
            said="another version of barewire began it",
            remedy="Go on with that version, or begin another study",
        )
    return measured or planned


def repetition(plan: StudyPlan, trial: PlannedTrial, attempt: int) -> PlannedTrial:
    """The same trial as its `attempt`-th repetition: another seed and another order of loads."""
    return _trial(plan, trial.block, trial.position, trial.network, trial.role, attempt)


def _trial(plan: StudyPlan, number: int, position: int, network: str, role: Role, attempt: int) -> PlannedTrial:
    seed = derived_seed(plan.seed, "trial", *_what_differs(plan, number, network, role, attempt))
    return PlannedTrial(number, position, network, role, seed, _shuffled(steps(plan), seed), attempt)


def _what_differs(plan: StudyPlan, number: int, network: str, role: Role, attempt: int) -> tuple[object, ...]:
    """By a clock that counts, all networks of a block have the same loads in the same order, so that nothing but the network
    differs; and an attempt that was lost with its VM is made again as it was."""
    return (number,) if plan.clock == COUNTED else (number, network, role, attempt)


def _shuffled(loads: Sequence[Step], seed: int) -> tuple[Step, ...]:
    seeded = [replace(step, seed=derived_seed(seed, "load", step.load, step.response_bytes)) for step in loads]
    # Offloads are switched off once and for the rest of a trial.
    return tuple(
        sorted(
            seeded,
            key=lambda step: (not step.offloads, derived_seed(seed, "place", step.load, step.response_bytes)),
        )
    )
