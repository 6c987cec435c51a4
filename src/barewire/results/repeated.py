"""Trials that a run records twice: a damaged file, whose trials must not count twice.

A trial is named by its number, and so are its histograms. A study numbers its trials one after the other, so two lines of one
number are a file that was copied together.
"""

from __future__ import annotations

from collections.abc import Sequence

from barewire.errors import RunError
from barewire.records import Trial


def refuse_repeated(trials: Sequence[Trial], where: str) -> None:
    """Raise `RunError`, naming file and line, where two lines of trials.ndjson are of one trial."""
    lines: dict[int, int] = {}
    for line, trial in enumerate(trials, start=1):
        first = lines.setdefault(trial.trial, line)
        if first != line:
            raise RunError(
                f"trial {trial.trial} is recorded twice",
                where=f"{where}, line {line}",
                said=f"line {first} has it, too",
                remedy="Remove the line that does not belong to this run, or restore the file",
            )
