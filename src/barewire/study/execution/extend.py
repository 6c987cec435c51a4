"""More blocks for a study that has begun: `--resume RUN --blocks N`.

Only the number of blocks can grow: block n is drawn from the seed and n alone, so the blocks of an extended run are those that it
would have had from the start. Everything else of a plan decides what a trial is, and trials of two kinds in one run would be
averaged. `run.json` keeps each extension under `extended`, because who extends a run has mostly seen its result first. Limit: a
study with `until` spends its error rate by the number of blocks it was planned with, so it cannot be extended.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from barewire.errors import UsageError
from barewire.study.design.plan_file import plan_of
from barewire.study.execution import study_file
from barewire.study.execution.run import RUN, RunDirectory


def extend(path: Path, blocks: int) -> None:
    """Let the study at `path` have `blocks` blocks; UsageError where it cannot."""
    for run in check_all(path, blocks):
        _extend_run(run, blocks)
    if study_file.are_at(path):
        known = study_file.read(path)
        study_file.write(path, replace(known, plan={**known.plan, "blocks": blocks}))


def check_all(path: Path, blocks: int) -> list[Path]:
    """The runs of the study at `path`; UsageError where they cannot all have so many blocks."""
    if not study_file.are_at(path):
        check(RunDirectory.open(path), blocks)
        return [path]
    conditions = study_file.read(path).conditions
    waiting = [one.name for one in conditions if not (path / one.run / RUN).exists()]
    if waiting:
        raise UsageError(
            f"the study {path} cannot get other blocks yet",
            said=f"{', '.join(waiting)} has not begun",
            remedy=f"Let it begin first: barewire study --resume {path}",
        )
    runs = [path / one.run for one in conditions]
    for run in runs:
        check(RunDirectory.open(run), blocks)
    return runs


def check(run: RunDirectory, blocks: int) -> None:
    """Raise UsageError unless the run can have so many blocks."""
    plan = plan_of(run.record.plan, str(run.path / RUN))
    if plan.until:
        raise UsageError(
            "--blocks cannot change a study with --until",
            said="its error rate was divided among the looks of the blocks it was planned with",
            remedy="Begin another study",
        )
    if blocks < plan.blocks:
        raise UsageError(
            f"--blocks {blocks} is less than the {plan.blocks} blocks of {run.path}",
            remedy="A resume only adds blocks: give a larger number",
        )


def _extend_run(path: Path, blocks: int) -> None:
    with RunDirectory.open(path, write=True) as run:
        check(run, blocks)
        run.extend(blocks)
