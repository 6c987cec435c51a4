"""Earlier runs of the same kind, which show how far two runs are apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from barewire.errors import UsageError
from barewire.results import words
from barewire.results.analysis import Run
from barewire.results.comparison import likeness
from barewire.results.reading import Files
from barewire.results.runs_below import below, identity
from barewire.statistics.runs import FEWEST


def earlier_runs(folder: Path | None, given: Sequence[Run], files: Sequence[Files]) -> tuple[tuple[Run, ...], str]:
    """The runs below `folder` that are like one of the two `given`, without the `files` that are compared and their copies; and a
    sentence about them. Of the two kinds the one with more runs: runs of two kinds have two means."""
    if folder is None:
        return (), ""
    if not folder.is_dir():
        raise UsageError(f"there is no directory {folder} (in --history)", remedy="Give the directory that holds runs")
    compared = {identity(one) for one in files}
    notes: list[str] = []
    found = [one.files.analysed() for one in below(folder, "", notes) if identity(one.files) not in compared]
    kinds = [tuple(run for run in found if not likeness.unlike(one, run)) for one in given]
    alike = max(kinds, key=len)
    if len(alike) < FEWEST:
        return (), (
            f"Below {folder} there are {words.count(len(alike), 'other run')} of this machine and plan, and it takes {FEWEST} "
            "to estimate how far two runs are apart."
        )
    return alike, f"{words.count(len(alike), 'earlier run')} below {folder}"
