"""Runs in, everything that can be said about them out: `compared` reads, refuses, compares and judges.

Every run is compared with the first. What may be doubted is said in `notes`: a run that is partial, networks that only
one has, shares of very different maximum rates, values that are not of one machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from barewire.compare import gate_text, gates, headline, likeness
from barewire.compare.change import Change, Comparison
from barewire.compare.chosen import is_chosen
from barewire.compare.gates import Judged
from barewire.compare.likeness import Difference
from barewire.errors import UsageError
from barewire.runs import counted, reading, words
from barewire.runs.analysis import Run
from barewire.runs.reading import Files

_SAME_RATE = 0.05


@dataclass(frozen=True)
class Pairing:
    """The first run and another. `differences` were all allowed; `after` is the other's number, from 0."""

    before: int
    after: int
    comparison: Comparison
    differences: tuple[Difference, ...]

    @property
    def same_machine(self) -> bool:
        """Whether the runs' absolute values may be compared too."""
        return likeness.same_machine(self.differences)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every answer, by load, network, metric and quantile."""
        found = (self.comparison.change(question) for question in self.comparison.questions())
        return tuple(change for change in found if change)

    def chosen(self) -> Iterator[Change]:
        """What a first look wants: three quantiles and the CPU time at the answer's load, and what has no rate."""
        key, counted = headline.load_of(self.comparison), self.comparison.counted
        for question in self.comparison.questions():
            wanted = is_chosen(question.load, question.metric, question.quantile, key, counted=counted)
            if wanted and (change := self.comparison.change(question)):
                yield change

    def headline(self) -> str:
        """What happened to the medians, or to the instructions of a round trip."""
        return headline.of(self.comparison)

    def notes(self) -> Iterator[str]:
        """Sentences about what a reader should know before the numbers."""
        comparison = self.comparison
        yield from _pairing(comparison)
        profiles = next((one for one in self.differences if one.key == "tuning.profile"), None)
        folded = [one for one in self.differences if profiles and one.subject == "tuning"]
        if profiles:
            # What a profile sets is in docs and in run.json; a line for each of its twenty settings would bury the rest.
            count = words.count(len(folded) - 1, "recorded setting")
            yield f"The tuning was {profiles.before}, is {profiles.after}: {count} of the machine and of labs differ."
        for one in self.differences:
            if one not in folded:
                yield f"{one.key} was {likeness.short(one.before)}, is {likeness.short(one.after)}."
        if not self.same_machine and not comparison.counted:
            yield "The machines are not the same, so absolute values do not compare; losses are against each run's own host."
        for run, other, when in (
            (comparison.before, comparison.after, "before"),
            (comparison.after, comparison.before, "after"),
        ):
            only = [name for name in run.measured if name not in other.measured]
            if only:
                yield f"Measured only {when}: {words.listing(only)}."
            if not run.complete:
                yield f"The run {when} is partial: intervals are wider than planned, or missing."
        for load in comparison.loads:
            before, after = comparison.offered(load)
            if before and after and abs(after / before - 1) > _SAME_RATE:
                size = words.size(load.response_bytes)
                yield (
                    f"{words.share(load.load)} at {size} was {words.value(before, '1/s')} before and "
                    f"{words.value(after, '1/s')} after: a share of each run's own host."
                )


def _pairing(comparison: Comparison) -> Iterator[str]:
    seed = comparison.before.record["seed"]
    if comparison.took_turns:
        yield "The runs took turns, block by block, so they are compared block by block."
    elif comparison.paired:
        yield f"Both runs have the layouts of seed {seed}, so they are compared layout by layout."
        hashes = [counted.digest(run) for run in (comparison.before, comparison.after)]
        if hashes[0] == hashes[1]:
            yield f"The hash of all counts is {hashes[0]} in both: not one instruction differs."
    elif comparison.counted:
        yield f"The layouts are not the same, because the seeds are not: with --seed {seed} they would be compared one by one."


@dataclass(frozen=True)
class Answer:
    """Every run by its number, every pairing with the first, every gate."""

    files: tuple[Files, ...]
    runs: tuple[Run, ...]
    pairings: tuple[Pairing, ...]
    judged: tuple[Judged, ...]

    def notes(self, pairing: Pairing) -> tuple[str, ...]:
        """What a reader should know of a pairing: what was amiss in the files, and what may be doubted."""
        amiss = [
            f"{self.files[number].path}: {note}"
            for number in (pairing.before, pairing.after)
            for note in self.files[number].notes
        ]
        return (*amiss, *pairing.notes())

    @property
    def exit_code(self) -> int:
        """Of the gates: 0 if all hold, 1 if any certainly fails, else 3."""
        return gates.exit_code(self.judged)


def compared(paths: Sequence[Path], unlike: str = "", gate_texts: Sequence[str] = ()) -> Answer:
    """Compare every run with the first; a study over conditions stands for its runs.

    Raises `RunError` for a run that cannot be read or is unlike the first in more than `unlike` names, `UsageError` for
    a gate that cannot be read or that no run could be asked.
    """
    wanted = [gate_text.parse(text) for text in gate_texts]
    paths = [run for path in paths for run in reading.conditions(path)]
    if len(paths) < 2 and not wanted:
        raise UsageError(
            "one run cannot be compared", remedy="Give a second run, or a --gate on the losses of this one"
        )
    files = tuple(reading.read(path) for path in paths)
    runs = tuple(one.analysed() for one in files)
    for path, run in zip(paths, runs, strict=True):
        if not run.slots:
            raise UsageError(
                f"{path} has no valid trial", remedy="Go on with its study (barewire study --resume), or leave it out"
            )
    for path, run in zip(paths[1:], runs[1:], strict=True):
        likeness.refuse_clocks(runs[0], run, f"{paths[0]} and {path}")
    differing = [likeness.unlike(runs[0], run) for run in runs[1:]]
    allowed = likeness.subjects_of(unlike, [one for found in differing for one in found])
    for path, run, found in zip(paths[1:], runs[1:], differing, strict=True):
        where = f"{paths[0]} and {path}"
        likeness.refuse_unlike(found, {*allowed, *likeness.of_conditions(runs[0], run)}, where)
    pairings = tuple(
        Pairing(0, number, Comparison(runs[0], run), found)
        for number, (run, found) in enumerate(zip(runs[1:], differing, strict=True), start=1)
    )
    return Answer(files, runs, pairings, gates.judge(wanted, [one.comparison for one in pairings], runs))
