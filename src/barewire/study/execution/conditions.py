"""A study over conditions: the same plan under several tunings, or for both measured pairs of racks, block by block, each in a
run directory of its own.

    OUT/study.json          which conditions there are
    OUT/none/               an ordinary run, as `barewire study` without conditions would have made it
    OUT/study-2016/         another

Conditions take turns: within each block every condition comes once, in an order that the seed draws for that block, so that a
machine that drifts drifts for all of them. All have the same seed, so networks follow each other alike in every condition, and
the same rates, shares of the maximum that was searched for once, under the first condition: at another rate another latency
would be no news. What the conditions differ in is what `compare` says of any two runs, paired by block.

Between blocks the machine's settings are changed for the next condition; one that cannot be applied again as it was ends
the study, because no number of that condition would mean what it says. Limit: those of a study that stops by its precision stop
each for itself. Kernels take no turns: `study/execution/kernels.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from barewire.errors import MeasurementError
from barewire.kernel.tuning.hold import Hold
from barewire.records import ConditionRecord, PreflightRecord, RunCondition, RunRecord, StudyRecord, WarmupRecord
from barewire.results.seeds import derived_seed
from barewire.study.design.blocks import PlannedTrial
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import plan_of
from barewire.study.execution import conduct, knees, study_file
from barewire.study.execution.conduct import OpenRun
from barewire.study.execution.run import RUN, RunDirectory
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.testbed import Testbed
from barewire.tuning import Profile, find
from barewire.tuning.applied import Tuned, apply_again, tune
from barewire.tuning.profiles import of_record


class ConditionsProgress(conduct.Progress, Protocol):
    """Progress callbacks of a study over conditions."""

    def condition_begins(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class ConditionInForce:
    """One run of the study, open for writing, and its tuning."""

    name: str
    tuned: Tuned
    testbed: Testbed
    opened: OpenRun

    @property
    def run(self) -> RunDirectory:
        return self.opened.run


def share(plan: StudyPlan) -> StudyPlan:
    """The plan of each condition: an equal part of the budget."""
    pairs = plan.topologies
    number = max(len(plan.tune), len(plan.kernel), len(pairs))
    only = {"tune": plan.tune[:1], "kernel": plan.kernel[:1], "topology": next(iter(pairs.values()))}
    return plan.model_copy(update={**only, "budget": plan.budget / number})


@contextlib.contextmanager
def begun(
    plan: StudyPlan, testbed: Testbed, out: Path, command: str, created: str, progress: ConditionsProgress, hold: Hold,
    preflight: PreflightRecord | None = None,
) -> Iterator[list[ConditionInForce]]:  # fmt: skip
    """A new study: all its runs, closed when the body of the `with` is over."""
    profiles = [(find(name), name) for name in plan.tune]
    pairs = plan.topologies
    factor = study_file.PAIR if len(pairs) > 1 else study_file.TUNE
    entries = [
        ConditionRecord(
            pair if factor == study_file.PAIR else p.name, pair if factor == study_file.PAIR else p.name,
            tune=text, definition=p.model_dump(mode="json"), topology=topology if factor == study_file.PAIR else None,
        )
        for p, text in profiles
        for pair, topology in pairs.items()
    ]  # fmt: skip
    with (
        study_file.begun(factor, plan, out, command, created, entries) as document,
        _opened(document, testbed, out, progress, hold, preflight) as opened,
    ):
        yield opened


@contextlib.contextmanager
def resumed(path: Path, testbed: Testbed, progress: ConditionsProgress, hold: Hold) -> Iterator[list[ConditionInForce]]:
    """An interrupted study; a condition that had not begun begins now. RunError for a damaged or foreign one."""
    with _opened(study_file.read(path), testbed, path, progress, hold) as opened:
        yield opened


def recorded(path: Path) -> tuple[StudyPlan, RunRecord | None]:
    """The plan of the study at `path`, and the `run.json` of a condition that has begun; None if none has."""
    document = study_file.read(path)
    runs = [path / one.run for one in document.conditions]
    begun = next((run for run in runs if (run / RUN).exists()), None)
    plan = plan_of(document.plan, str(path / study_file.STUDY))
    return plan, RunDirectory.open(begun).record if begun else None


def conduct_all(conditions: Sequence[ConditionInForce], hold: Hold, progress: ConditionsProgress) -> None:
    """Run what is left, condition after condition in every block; an interrupt ends it, with a summary for each run."""
    queues = {one.name: conduct.queue(one.run, one.opened.plan, one.opened.networks, progress) for one in conditions}
    try:
        waiting = {name: next(queue, None) for name, queue in queues.items()}
        while pending := [found for found in waiting.values() if found is not None]:
            block = min(planned.block for planned, _ in pending)
            for one in _order(conditions, block):
                _turn(one, block, waiting, queues[one.name], hold, progress)
    finally:
        for one in conditions:
            one.run.summarise()


def _turn(
    one: ConditionInForce,
    block: int,
    waiting: dict[str, tuple[PlannedTrial, int] | None],
    queue: Iterator[tuple[PlannedTrial, int]],
    hold: Hold,
    progress: ConditionsProgress,
) -> None:
    """The trials of `block` under one condition. `waiting` holds the next trial of each, already taken from its queue."""
    begun_now = False
    plan = one.opened.plan
    while (found := waiting[one.name]) is not None and found[0].block == block:
        if not begun_now:
            progress.condition_begins(one.name)
            _put_in_force(one, hold)
            begun_now = True
        progress.trial_begins(found[0], sum(left for _, left in filter(None, waiting.values())))
        conduct.measure(found[0], one.opened, plan, progress)
        waiting[one.name] = next(queue, None)


def _order(conditions: Sequence[ConditionInForce], block: int) -> list[ConditionInForce]:
    seed = conditions[0].opened.plan.seed
    return sorted(conditions, key=lambda one: derived_seed(seed, "condition", block, one.name))


def _put_in_force(one: ConditionInForce, hold: Hold) -> None:
    """Apply the machine's part again, and see that what it could be set to is so."""
    again = apply_again(one.tuned, hold, one.testbed)
    lost = [now for now, first in zip(again, one.tuned.outcomes, strict=True) if first.met and not now.met]
    if lost:
        raise MeasurementError(
            f"the tuning {one.name} cannot be applied again",
            said="; ".join(f"{now.setting.name} is {now.after or 'gone'}: {now.reason}" for now in lost),
            remedy="See what else changes this machine's settings, and continue with --resume",
        )


@contextlib.contextmanager
def _opened(
    document: StudyRecord,
    testbed: Testbed,
    out: Path,
    progress: ConditionsProgress,
    hold: Hold,
    preflight: PreflightRecord | None = None,
) -> Iterator[list[ConditionInForce]]:
    plan = plan_of(document.plan, str(out / study_file.STUDY))
    names = tuple(one.name for one in document.conditions)
    rates: knees.Rates | None = None
    warmup: WarmupRecord | None = None
    with contextlib.ExitStack() as stack:
        found: list[ConditionInForce] = []
        for entry in document.conditions:
            assert entry.tune is not None and entry.definition is not None  # as `study_file.read` has seen
            profile: Profile = of_record(entry.definition, str(out / study_file.STUDY))
            path = out / entry.run
            progress.condition_begins(entry.name)
            tuned = tune(profile, hold, testbed)
            if (path / RUN).exists():
                begun = plan_of(RunDirectory.open(path).record.plan, str(path / RUN))
                opened = conduct.resume(path, LabSource(begun, testbed, tuned))
            else:
                topology = {} if entry.topology is None else {"topology": entry.topology}
                own = share(plan).model_copy(update={"tune": (entry.tune,), **topology})
                opened = conduct.begin(
                    own, LabSource(own, testbed, tuned), path, document.command, document.created, progress, tuned,
                    RunCondition(entry.name, names, document.study, document.factor),
                    rates, warmup, preflight,
                )  # fmt: skip
            found.append(ConditionInForce(entry.name, tuned, testbed, opened))
            stack.callback(found[-1].run.close)
            rates = rates or knees.of_record(found[0].run.record)
            warmup = warmup or found[0].run.record.warmup
        yield found
