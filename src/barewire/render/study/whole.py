"""A study over conditions, read: its runs as reports read them, and the comparison of those that can be compared.

A study that was interrupted has conditions that never began, or in which no trial ended. They are here, without a run or without
a place in the comparison; what hindered the comparison is said in a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from barewire.errors import BarewireError, UsageError
from barewire.records import StudyRecord
from barewire.render.run import data
from barewire.render.run.data import ReportData
from barewire.results import reading
from barewire.results.comparison import answer
from barewire.results.comparison.answer import ComparedRuns

KERNEL = "kernel"
"""A factor; the others are `tune` and `pair`."""


@dataclass(frozen=True, slots=True)
class StudyCondition:
    """A condition, its run's directory within the study's, and the run; None if it has not begun."""

    name: str
    run: str
    data: ReportData | None

    @property
    def ended(self) -> bool:
        """Whether a trial of it counts."""
        return self.data is not None and any(trial.valid for trial in self.data.trials)


@dataclass(frozen=True, slots=True)
class Whole:
    """The study; `answer` compares the conditions of which a trial counts with the first of them, or is None for `hindrance`."""

    path: Path
    study: StudyRecord
    conditions: tuple[StudyCondition, ...]
    answer: ComparedRuns | None
    hindrance: str

    @property
    def begun(self) -> tuple[tuple[StudyCondition, ReportData], ...]:
        """The conditions that have a run, with it."""
        return tuple((one, one.data) for one in self.conditions if one.data)

    @property
    def complete(self) -> bool:
        """Whether every condition is."""
        return all(one.data is not None and one.data.summary.complete for one in self.conditions)

    @property
    def compared(self) -> ComparedRuns:
        """The comparison; `UsageError` if there is none."""
        if self.answer is None:
            raise UsageError(
                f"the conditions of {self.path} cannot be compared",
                said=self.hindrance,
                remedy=f"Resume the study: barewire study --resume {self.path}",
            )
        return self.answer


def load(path: Path) -> Whole:
    """Read the study at `path`; `RunError` for what is damaged, `UsageError` if no condition has begun."""
    study = reading.study(path)
    if study is None:
        raise UsageError(f"{path} is not a study over conditions", remedy="Give the directory that holds study.json")
    conditions = tuple(_condition(path, one.name, one.run) for one in study.conditions)
    if not any(one.data for one in conditions):
        raise UsageError(f"no condition of {path} has begun", remedy=f"Resume it: barewire study --resume {path}")
    ended = [path / one.run for one in conditions if one.ended]
    if len(ended) < 2:
        return Whole(path, study, conditions, None, "fewer than two conditions have a valid trial yet")
    try:
        return Whole(path, study, conditions, answer.compared(ended), "")
    except BarewireError as error:
        return Whole(path, study, conditions, None, str(error).rstrip("."))


def _condition(path: Path, name: str, run: str) -> StudyCondition:
    return StudyCondition(name, run, data.load(path / run) if (path / run / "run.json").is_file() else None)
