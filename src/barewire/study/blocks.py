"""Which trials a study has, and in which order: randomised complete blocks.

Every block has each candidate once and the host twice, in an order of its own; within a trial the loads are shuffled
too. Orders come from hashes, not from a generator's state: things are sorted by BLAKE2 of (seed, block, name). So the
order is the same on every Python version and in a resumed study, and leaving out a network leaves the order of the
others as it was. Limit: carry-over from one trial to the next is randomised, not balanced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Any, Literal

from barewire.runs import BASELINE
from barewire.study.plan import StudyPlan, share_of

Role = Literal["baseline-a", "baseline-b", "candidate"]
Kind = Literal["rate", "max", "connect", "bulk"]
Slot = tuple[int, str, str]
"""Block, network, role: what a study must have exactly one valid trial of."""


@dataclass(frozen=True, slots=True)
class Step:
    """One load of a trial. `share` is of the host's maximum rate (rate loads only); sizes are in bytes."""

    load: str
    kind: Kind
    response_bytes: int | None = None
    share: float | None = None
    streams: int | None = None
    seed: int = 0


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
    """The loads of every trial, not yet shuffled: rates and a maximum per size, connections, one stream and several."""
    return (
        *(Step(load, "rate", size, share=share_of(load)) for size in plan.sizes for load in plan.loads),
        *(Step("max", "max", size) for size in plan.sizes),
        Step("connect", "connect", min(plan.sizes)),
        *(Step(f"bulk-{streams}", "bulk", streams=streams) for streams in dict.fromkeys((1, plan.streams))),
    )


def block(plan: StudyPlan, measured: Collection[str], number: int) -> tuple[PlannedTrial, ...]:
    """Block `number` (from 1) over the networks that this machine can measure; positions count from 1."""
    entries: list[tuple[str, Role]] = [(name, "candidate") for name in plan.candidates if name in measured]
    entries += [(BASELINE, "baseline-a"), (BASELINE, "baseline-b")]
    entries.sort(key=lambda entry: derived_seed(plan.seed, "order", number, *entry))
    return tuple(
        _trial(plan, number, position, network, role, 0) for position, (network, role) in enumerate(entries, start=1)
    )


def remaining(
    plan: StudyPlan, measured: Collection[str], done: Iterable[Mapping[str, Any]]
) -> tuple[PlannedTrial, ...]:
    """The trials of the plan that have no valid record in `done` (lines of `trials.ndjson`), in order.

    A trial that was rejected comes again in its place with a new seed, so that a bad draw is not repeated.
    """
    valid: set[Slot] = set()
    attempts: dict[Slot, int] = {}
    for record in done:
        slot = (int(record["block"]), str(record["network"]), str(record["role"]))
        attempts[slot] = attempts.get(slot, 0) + 1
        if record["valid"]:
            valid.add(slot)
    planned = [trial for number in range(1, plan.blocks + 1) for trial in block(plan, measured, number)]
    return tuple(again(plan, trial, attempts.get(trial.slot, 0)) for trial in planned if trial.slot not in valid)


def again(plan: StudyPlan, trial: PlannedTrial, attempt: int) -> PlannedTrial:
    """The same trial as its `attempt`-th repetition: another seed and another order of loads."""
    return _trial(plan, trial.block, trial.position, trial.network, trial.role, attempt)


def _trial(plan: StudyPlan, number: int, position: int, network: str, role: Role, attempt: int) -> PlannedTrial:
    seed = derived_seed(plan.seed, "trial", number, network, role, attempt)
    return PlannedTrial(number, position, network, role, seed, _shuffled(steps(plan), seed), attempt)


def _shuffled(loads: Sequence[Step], seed: int) -> tuple[Step, ...]:
    seeded = [replace(step, seed=derived_seed(seed, "load", step.load, step.response_bytes)) for step in loads]
    return tuple(sorted(seeded, key=lambda step: derived_seed(seed, "place", step.load, step.response_bytes)))


def derived_seed(*parts: object) -> int:
    """53 bits that depend on all parts and on nothing else: the seed of one thing among many."""
    digest = blake2s("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 11
