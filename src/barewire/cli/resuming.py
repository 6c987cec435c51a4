"""`barewire study --resume RUN`: go on with an interrupted study, add blocks to one, or show what is left of it.

A resumed run keeps its plan: `run.json` decides, so options of the plan are refused here rather than ignored. Only `--blocks` may
change, upwards (`study.execution.extend`).
"""

from __future__ import annotations

import json as json_format
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from barewire.errors import UsageError
from barewire.results import reading, words
from barewire.study.design import budget, gates
from barewire.study.design.blocks import added, remaining
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import plan_of
from barewire.study.execution import extend, study_file
from barewire.study.execution.run import RUN, RunDirectory


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a run: trials, and about how many seconds they take."""

    path: Path
    plan: StudyPlan
    trials: int
    seconds: float


def remarks(path: Path) -> list[str]:
    """What a resume of the study at `path` does not measure, because the run was begun without it."""
    found = []
    for one in _runs(path):
        run = RunDirectory.open(one)
        if without := added(plan_of(run.record.plan, str(one / RUN)), run.trials()):
            found.append(
                f"{one} was begun by a version without {', '.join(without)}; it goes on without, because all trials of a run "
                "have the same loads"
            )
    return found


def show(path: Path, blocks: int | None, json: str | None) -> None:
    """`--dry-run`: what a resume would still measure; nothing is measured or written."""
    lefts = [_left(run, blocks) for run in _runs(path)]
    trials, seconds = sum(one.trials for one in lefts), sum(one.seconds for one in lefts)
    if json == "-":
        runs = [{"run": str(one.path), "plan": one.plan.record(), "trials": one.trials} for one in lefts]
        print(json_format.dumps({"runs": runs, "trials": trials, "seconds": round(seconds)}, indent=1))
        return
    for one in lefts:
        print(f"{one.path}: {words.count(one.plan.blocks, 'block')}, {_trials(one.trials)} left")
    waiting = _not_begun(path)
    for name in waiting:
        print(f"{path / name}: not begun")
    if not trials and not waiting:
        print("Nothing is left to measure; a larger --blocks adds blocks.")
        return
    took = f"about {max(1, round(seconds / 60))} min" if trials else "nothing to measure"
    also = f", and {words.count(len(waiting), 'run')} not begun" if waiting else ""
    print(f"{_trials(trials)} left, {took}{also}; go on with: {shlex.join(_command(path, blocks))}")


def _trials(count: int) -> str:
    return f"{words.count(count, 'trial')} {'is' if count == 1 else 'are'}"


def _command(path: Path, blocks: int | None) -> list[str]:
    return ["barewire", "study", "--resume", str(path), *(["--blocks", str(blocks)] if blocks is not None else [])]


def _left(path: Path, blocks: int | None) -> Left:
    reading.run_record(path, write=True)  # refuses what a resume would
    run = RunDirectory.open(path)
    plan = plan_of(run.record.plan, str(path / RUN))
    if blocks is not None:
        extend.check(run, blocks)
        plan = plan.model_copy(update={"blocks": blocks})
    measured = [network.name for network in run.record.networks if network.measured]
    trials = [one for one in remaining(plan, measured, run.trials()) if one.attempt < gates.MOST_ATTEMPTS]
    done = sum(trial.valid for trial in run.trials())
    spent = sum(trial.seconds or 0.0 for trial in run.trials())
    each = spent / done if done else budget.duration(plan, measured) / budget.trial_count(plan, measured)
    return Left(path, plan, len(trials), each * len(trials))


def _runs(path: Path) -> list[Path]:
    """The runs at `path` that have begun."""
    if not study_file.are_at(path):
        return [path]
    return [path / one.run for one in study_file.read(path).conditions if (path / one.run / RUN).exists()]


def _not_begun(path: Path) -> list[str]:
    if not study_file.are_at(path):
        return []
    return [one.run for one in study_file.read(path).conditions if not (path / one.run / RUN).exists()]


KEPT_BY_A_RESUME = frozenset({"blocks"})
"""Options of the plan that a resume honours."""


def refuse(plan: Path | None, options: Mapping[str, object], out: Path | None) -> None:
    """UsageError for what a resume cannot honour."""
    given = [
        k for k, value in options.items() if value is not None and value is not False and k not in KEPT_BY_A_RESUME
    ]
    names = [f"--{key.replace('_', '-')}" for key in given] + (["--out"] if out else [])
    if plan is not None:
        names.insert(0, f"the plan {plan}")
    if names:
        raise UsageError(
            f"{', '.join(names)} cannot be given with --resume",
            said="a resumed run keeps the plan that it was begun with",
            remedy="Leave it out, or begin another study; only --blocks may change, to add blocks",
        )
