"""Remarks that precede the numbers of a comparison, as sentences; the same in every format.

What the verdicts rest on, a run that is partial, networks that only one has, different offered rates, values that are not of
one machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from barewire.results import counted, dependence, words
from barewire.results.comparison import likeness
from barewire.results.comparison.answer import ComparedRuns, Pairing
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.likeness import short
from barewire.results.comparison.sides import restarts


def notes(answer: ComparedRuns, pairing: Pairing) -> tuple[str, ...]:
    """Problems of the files of a pairing, and reasons to doubt its numbers."""
    amiss = [
        f"{answer.files[number].path}: {note}"
        for number in (*pairing.before_runs, *pairing.after_runs)
        for note in answer.files[number].notes
    ]
    return (*amiss, *doubts(pairing))


def title(answer: ComparedRuns, pairing: Pairing) -> str:
    """The sides by their paths: `runs/a → runs/b`, `runs/a1 runs/a2 → runs/b1 runs/b2`."""
    before, after = (
        " ".join(str(answer.files[number].path) for number in side)
        for side in (pairing.before_runs, pairing.after_runs)
    )
    return f"{before} → {after}"


def doubts(pairing: Pairing) -> Iterator[str]:
    """Reasons to doubt the numbers of a pairing."""
    comparison = pairing.comparison
    yield from _pairing(comparison)
    yield from _basis(comparison, pairing.earlier)
    yield from _dependent(comparison)
    profiles = next((one for one in pairing.differences if one.key == "tuning.profile"), None)
    folded = [one for one in pairing.differences if profiles and one.subject == "tuning"]
    if profiles:
        # What a profile sets is in docs and in run.json; a line for each of its twenty settings would bury the rest.
        count = words.count(len(folded) - 1, "recorded setting")
        yield f"The tuning was {profiles.before}, is {profiles.after}: {count} of the machine and of labs differ."
    for one in pairing.differences:
        if one not in folded and one.subject != likeness.RATES:
            yield f"{one.key} was {short(one.before)}, is {short(one.after)}."
    if not pairing.same_machine and not comparison.counted:
        yield "The machines are not the same, so absolute values do not compare; overheads are against each run's own host."
    for runs, others, when in (
        (comparison.runs[0], comparison.runs[1], "before"),
        (comparison.runs[1], comparison.runs[0], "after"),
    ):
        only = [name for name in runs[0].measured if any(name not in other.measured for other in others)]
        if only:
            yield f"Measured only {when}: {words.listing(only)}."
        if not all(run.complete for run in runs):
            which = "The run" if len(runs) == 1 else "A run"
            yield f"{which} {when} is partial: intervals are wider than planned, or missing."
    for one in pairing.differences:
        if one.subject == likeness.RATES:
            yield (
                f"The {one.key} was {one.before} before and {one.after} after, a share of the maximum that each run found: "
                "latencies at different rates differ for that reason too."
            )


def _pairing(comparison: Comparison) -> Iterator[str]:
    seed = comparison.before.record.seed
    if comparison.took_turns:
        yield "The runs took turns, block by block, so they are compared block by block."
    elif comparison.paired:
        yield f"Both runs have the layouts of seed {seed}, so they are compared layout by layout."
        hashes = [counted.digest(run) for run in (comparison.before, comparison.after)]
        if hashes[0] == hashes[1]:
            yield f"The hash of all counts is {hashes[0]} in both: not one instruction differs."
    elif comparison.counted:
        yield f"The layouts are not the same, because the seeds are not: with --seed {seed} they would be compared one by one."


def _basis(comparison: Comparison, earlier: str) -> Iterator[str]:
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
                "How far two runs of the same network are apart is not known, so every verdict is about these two runs only. "
                "Several runs a side (compare A1 A2 A3 -- B1 B2 B3), earlier runs (--history DIR) or study --restarts "
                "would show it."
            )


def _dependent(comparison: Comparison) -> Iterator[str]:
    """A sentence for each run whose blocks depend on each other."""
    for when, runs in zip(("before", "after"), comparison.runs, strict=True):
        for number, run in enumerate(runs, start=1):
            found = dependence.dependence_of(run)
            if found.autocorrelation > 0:
                which = f"run {number} {when}" if len(runs) > 1 else f"the run {when}"
                yield (
                    f"Blocks of {which} depend on each other (autocorrelation {found.autocorrelation:.2f}): {found.blocks} are "
                    f"worth {found.effective:.1f} independent ones, and intervals over blocks are wider for it."
                )
