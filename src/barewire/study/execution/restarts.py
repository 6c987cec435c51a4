"""`--restarts N`: groups of blocks in one study, each after a restart of what holds the labs.

Blocks of one run share whatever that run came up with: the boot of its VM, most of all. So a study may begin anew between groups
of blocks, and `compare` takes the groups as the unit (`results.comparison.units`). Every trial records its group as
`restart`, from 1.

A VM is booted again. On this machine every trial has new namespaces and processes anyway, so there a group is a stretch of time
and nothing more; several runs, made on different days or after reboots, see more than that.
"""

from __future__ import annotations

from collections.abc import Sequence

from barewire.records import Trial
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.source import CandidateSource


def group(plan: StudyPlan, block: int, done: Sequence[Trial]) -> int:
    """The group of a block, from 1: equal parts of the plan's blocks. Never one before that of a trial already `done`, so that a
    study that was given more blocks goes on in its last group."""
    last = max((trial.restart or 1 for trial in done), default=1)
    return max(last, (block - 1) * plan.restarts // plan.blocks + 1)


def begin(plan: StudyPlan, block: int, done: Sequence[Trial], source: CandidateSource) -> int | None:
    """The group that the next trial records, after a restart where it is the first of another; None without groups."""
    if plan.restarts == 1:
        return None
    number = group(plan, block, done)
    if done and (done[-1].restart or 1) != number:
        source.restart(number)
    return number


def resume(plan: StudyPlan, done: Sequence[Trial], source: CandidateSource) -> None:
    """Before an interrupted study goes on: a source that has just begun is on the first pair of nodes, and the group that was
    interrupted may have another."""
    last = max((trial.restart or 1 for trial in done), default=1)
    if plan.pairs > 1 and last > 1:
        source.restart(last)
