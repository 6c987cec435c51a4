"""Runs in, everything that can be said about them out: `compared` reads, refuses, compares and judges.

A side is one run or several; every side is compared with the first. How it is shown, and what may be doubted, is
`render.comparison`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from barewire.errors import UsageError
from barewire.records.comparison import RunDifference
from barewire.results import reading
from barewire.results.analysis import Run
from barewire.results.comparison import earlier, gate, gates, likeness
from barewire.results.comparison.change import Change, Comparison
from barewire.results.comparison.chosen import answer_load, is_chosen
from barewire.results.comparison.gates import Judged
from barewire.results.reading import Files
from barewire.results.runs_below import identity
from barewire.statistics import MARGIN

_DECIDED = frozenset({"better", "worse", "equivalent", "no-difference-found", "below-noise-floor"})

Group = Path | Sequence[Path]
"""A run (or a study over conditions, which stands for its runs), or several runs that make one side."""


@dataclass(frozen=True)
class Pairing:
    """The first side and another, by the numbers of their runs, from 0. `differences` were all allowed; `earlier` says where the
    runs come from that show how far two runs are apart."""

    before_runs: tuple[int, ...]
    after_runs: tuple[int, ...]
    comparison: Comparison
    differences: tuple[RunDifference, ...]
    earlier: str = ""

    @property
    def before(self) -> int:
        """The first run of the first side."""
        return self.before_runs[0]

    @property
    def after(self) -> int:
        """The first run of the other side."""
        return self.after_runs[0]

    @property
    def same_machine(self) -> bool:
        """Whether the runs' absolute values may be compared too."""
        return likeness.same_machine(self.differences)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every answer, by load, network, metric and quantile."""
        found = (self.comparison.change(question) for question in self.comparison.questions())
        return tuple(change for change in found if change)

    def first_changes(self) -> Iterator[Change]:
        """What a first look wants: three quantiles and the CPU time at the answer's load, and what has no rate."""
        key, counted = answer_load(self.comparison.loads), self.comparison.counted
        for question in self.comparison.questions():
            wanted = is_chosen(question.load, question.metric, question.quantile, key, counted=counted)
            if wanted and (change := self.comparison.change(question)):
                yield change


@dataclass(frozen=True)
class ComparedRuns:
    """Every run by its number, the numbers of each side, every pairing with the first side, every gate."""

    files: tuple[Files, ...]
    runs: tuple[Run, ...]
    sides: tuple[tuple[int, ...], ...]
    pairings: tuple[Pairing, ...]
    judged: tuple[Judged, ...]

    @property
    def decides(self) -> bool:
        """Whether anything is known of any network after all comparisons."""
        return any(change.verdict in _DECIDED for pairing in self.pairings for change in pairing.first_changes())

    @property
    def exit_code(self) -> int:
        """Of the gates: 0 if all hold, 1 if any certainly fails, else 3. Without gates 3 if the runs decide nothing."""
        return gates.exit_code(self.judged) if self.judged or self.decides else gates.EXIT["undecided"]


def compared(
    groups: Sequence[Group],
    unlike: str = "",
    gate_texts: Sequence[str] = (),
    *,
    history: Path | None = None,
    margin: float | None = None,
) -> ComparedRuns:
    """Compare every side with the first; a study over conditions stands for its runs, a side each.

    `history` is a directory of earlier runs: where both sides are a single run, those that are like the first show how far two
    runs are apart. Raises `RunError` for a run that cannot be read or is unlike the first in more than `unlike` names,
    `UsageError` for a gate that cannot be read or that no run could be asked, and for a run that stands twice on one side.
    """
    wanted = [gate.parse(text) for text in gate_texts]
    sides = [side for group in groups for side in _sides(group)]
    if len(sides) < 2 and not wanted:
        raise UsageError(
            "one run cannot be compared", remedy="Give a second run, or a --gate on the overheads of this one"
        )
    if len(sides) < 2 and margin is not None:
        raise UsageError("--margin has no effect on one run, whose --gate is all that is judged", remedy="Leave it out")
    paths = [path for side in sides for path in side]
    files = tuple(reading.read(path) for path in paths)
    runs = tuple(one.analysed() for one in files)
    for path, run in zip(paths, runs, strict=True):
        if not run.slots:
            raise UsageError(
                f"{path} has no valid trial", remedy="Resume its study (barewire study --resume), or leave it out"
            )
    numbers = tuple(_numbers(sides))
    _refuse_copies(files, numbers)
    for path, run in zip(paths[1:], runs[1:], strict=True):
        likeness.refuse_clocks(runs[0], run, f"{paths[0]} and {path}")
    differing = [likeness.unlike(runs[0], run) for run in runs]
    allowed = likeness.subjects_of(unlike, [one for found in differing for one in found])
    for number, (path, run, found) in enumerate(zip(paths, runs, differing, strict=True)):
        of_side = next(side for side in numbers if number in side)
        # What the comparison is about may differ from side to side, but not within one.
        likeness.refuse_unlike(
            likeness.unlike(runs[of_side[0]], run), {likeness.RATES} & allowed, f"{paths[of_side[0]]} and {path}"
        )
        likeness.refuse_unlike(found, {*allowed, *likeness.of_conditions(runs[0], run)}, f"{paths[0]} and {path}")
    if history is not None and max(map(len, numbers)) > 1:
        raise UsageError(
            "--history has no effect with several runs a side, which show themselves how far two are apart",
            remedy="Leave --history out, or give one run a side",
        )
    before, *others = numbers
    pairings = []
    for side in others:
        pair = tuple(tuple(runs[number] for number in one) for one in (before, side))
        single = max(map(len, pair)) == 1
        known, said = earlier.earlier_runs(history, [one[0] for one in pair], files) if single else ((), "")
        comparison = Comparison(
            *pair,
            earlier=known,
            margin=MARGIN if margin is None else margin,
            any_rates=likeness.RATES in allowed,
        )
        pairings.append(Pairing(before, side, comparison, differing[side[0]], said))
    alone = earlier.earlier_runs(history, runs[:1], files)[0] if not pairings else ()
    of_sides = [[runs[n] for n in side] for side in numbers]
    judged = gates.judge(wanted, [one.comparison for one in pairings], of_sides, alone)
    return ComparedRuns(files, runs, numbers, tuple(pairings), judged)


def _sides(group: Group) -> Iterator[tuple[Path, ...]]:
    if isinstance(group, Path):
        yield from ((run,) for run in reading.conditions(group))
        return
    if len(group) == 1:
        yield from _sides(group[0])
        return
    for path in group:
        if reading.study(path) is not None:
            raise UsageError(
                f"{path} is a study over conditions, and one of several on a side",
                remedy=f"Give one of its runs, like {reading.conditions(path)[0]}",
            )
    yield tuple(group)


def _numbers(sides: Sequence[Sequence[Path]]) -> Iterator[tuple[int, ...]]:
    first = 0
    for side in sides:
        yield tuple(range(first, first + len(side)))
        first += len(side)


def _refuse_copies(files: Sequence[Files], sides: Sequence[Sequence[int]]) -> None:
    """Raise `UsageError` for a run that stands twice on one side: its copy is not another run."""
    for side in sides:
        seen: dict[tuple[object, ...], Files] = {}
        for number in side:
            first = seen.setdefault(identity(files[number]), files[number])
            if first is not files[number]:
                raise UsageError(
                    f"{files[number].path} is a copy of {first.path}, and a copy is not another run",
                    remedy="Leave one of them out",
                )
