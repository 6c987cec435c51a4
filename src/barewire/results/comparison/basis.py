"""What the verdicts of a comparison rest on, in words, and where earlier runs of the same kind come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from barewire.errors import UsageError
from barewire.results import dependence, words
from barewire.results.analysis import Run
from barewire.results.comparison import likeness
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.sides import restarts
from barewire.results.reading import Files
from barewire.results.runs_below import below, identity
from barewire.statistics.runs import FEWEST

THESE = "these two runs only"


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


def dependent(comparison: Comparison) -> Iterator[str]:
    """A sentence for each run whose blocks depend on each other."""
    for when, runs in zip(("before", "after"), comparison.runs, strict=True):
        for number, run in enumerate(runs, start=1):
            found = dependence.of(run)
            if found.autocorrelation > 0:
                which = f"run {number} {when}" if len(runs) > 1 else f"the run {when}"
                yield (
                    f"Blocks of {which} depend on each other (autocorrelation {found.autocorrelation:.2f}): {found.blocks} are "
                    f"worth {found.effective:.1f} independent ones, and intervals over blocks are wider for it."
                )


def notes(comparison: Comparison, earlier: str) -> Iterator[str]:
    """A sentence about what was repeated."""
    numbers = [len(side) for side in comparison.runs]
    match comparison.basis:
        case "runs":
            if 1 in numbers:
                yield (
                    f"Runs are the unit: {numbers[0]} before and {numbers[1]} after; the side of several shows how far runs "
                    "are apart."
                )
            else:
                yield f"Runs are the unit: {numbers[0]} before and {numbers[1]} after."
        case "history":
            yield f"Intervals hold how far {earlier} are apart, because two runs differ by more than their blocks show."
        case "restarts":
            found = [len(restarts(side[0])) for side in comparison.runs]
            yield (
                f"Restarts within the runs are the unit: {found[0]} before and {found[1]} after. What changes between two runs "
                "beyond a restart is not in the intervals."
            )
        case "these-runs":
            if earlier:
                yield earlier
            yield (
                f"How far two runs of the same network are apart is not known, so every verdict is about {THESE}. Several runs "
                "a side (compare A1 A2 A3 -- B1 B2 B3), earlier runs (--history DIR) or study --restarts would show it."
            )
