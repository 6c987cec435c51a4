"""Several runs (or sides) side by side: the overhead of every network in each, and the change from the first to the last.

A pairing of two runs is precise and long. For the effect of an upgrade, or for four kernels, one table is wanted first. So
conditions of a study, and more than two runs of any kind, get one: networks down, runs across in the order given. The
numbers are those of the runs' own summaries and of the pairing of first and last. A network that only some of the runs have
is there with what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from barewire.render.comparison import headline
from barewire.render.comparison.lines import name_of
from barewire.results import BASELINE, words
from barewire.results.analysis import Run
from barewire.results.comparison import likeness
from barewire.results.comparison.answer import ComparedRuns
from barewire.results.comparison.change import Change, SideFigure
from barewire.results.comparison.question import Question
from barewire.results.comparison.sides import side_of
from barewire.statistics import Interval
from barewire.workloads.definition.metric import REQUEST_RATE, THROUGHPUT

_BESIDE = {THROUGHPUT, REQUEST_RATE}
"""Kinds of load that a first look has beside the answer's: what a network costs when there is much to do."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A network; its `figures`, one for each run; the `change` from first to last with its verdict, empty
    where there is none; `whole` is all that is known of it."""

    network: str
    figures: tuple[SideFigure, ...]
    change: Interval | None
    verdict: str
    whole: Change | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """One thing that was measured, in every run. `counted` runs are judged by their values, others by their overheads; `about` is
    the question, asked of the host."""

    about: Question
    what: str
    unit: str
    names: tuple[str, ...]
    rows: tuple[GridRow, ...]
    counted: bool

    @property
    def shown_unit(self) -> str:
        """The unit in which people read it."""
        return words.unit_shown(self.about.metric.name, self.unit)

    @property
    def last(self) -> str:
        """The title of the last column."""
        return f"{self.names[-1]} / {self.names[0]}"

    def cell(self, row: GridRow, figure: SideFigure) -> tuple[str, str]:
        """What stands in a run's column: of the host its value, of others the overhead, and its interval or nothing."""
        if row.network == BASELINE:
            return (words.exact(figure.value) if self.counted else words.value(figure.value, self.shown_unit)), ""
        if figure.overhead is None:
            return words.NOTHING, ""
        return words.overhead(figure.overhead.ratio), words.interval(
            figure.overhead.low, figure.overhead.high
        ).removesuffix(f"{words.JOIN}%")

    def changed(self, row: GridRow) -> tuple[str, str]:
        """What stands in the last column: the change, and its interval or nothing."""
        if row.change is None:
            return words.NOTHING, ""
        digits = words.digits(counted=self.counted)
        bounds = words.interval(row.change.low, row.change.high, digits).removesuffix(f"{words.JOIN}%")
        return words.overhead(row.change.ratio, digits), bounds

    @property
    def legend(self) -> str:
        """How to read it."""
        changed = "of the instructions themselves" if self.counted else "of the overhead"
        return (
            "A column has the overhead against the host of that run, its interval below; the host's row has its values. "
            f"Last column: the change {changed}, {self.names[-1]} over {self.names[0]}; "
            f"less is a gain{'' if self.counted else ' of times and a loss of rates'}."
        )


def grids(answer: ComparedRuns, *, full: bool = False) -> tuple[Grid, ...]:
    """The tables: of the answer's load and of streams or the maximum, or of all that is compared; none for two plain runs."""
    return grids_of(answer, every(answer) if full else first(answer)) if are_several(answer) else ()


def grids_of(answer: ComparedRuns, questions: Iterable[Question]) -> tuple[Grid, ...]:
    """A table for each question."""
    names = names_of(answer)
    return tuple(_grid(answer, question, names) for question in questions)


def are_several(answer: ComparedRuns) -> bool:
    """Whether tables say more than a pairing: of conditions of one study, and of more than two runs."""
    sides = answer.sides
    return len(sides) > 2 or (len(answer.runs) == len(sides) == 2 and likeness.of_one_study(*answer.runs))


def names_of(answer: ComparedRuns) -> tuple[str, ...]:
    """What the sides are called: as conditions, by their kernels where these differ, or by their directories."""
    runs = [answer.runs[side[0]] for side in answer.sides]
    conditions = [run.record.condition.name if run.record.condition else "" for run in runs]
    kernels = [_release(run) for run in runs]
    paths = [_directory(answer, side) for side in answer.sides]
    return tuple(
        next((n for n in (conditions, kernels, paths) if all(n) and len({*n}) == len(n)), map(str, _numbers(paths)))
    )


def first(answer: ComparedRuns) -> tuple[Question, ...]:
    """What the answer is about, and streams or the maximum beside it."""
    some = first_questions(answer)
    asked = some[:1] if headline.answered_question(answer.pairings[-1].comparison) else ()
    beside = (question for question in some[len(asked) :] if _BESIDE & set(question.load.workload.metrics))
    return (*asked, *islice(beside, 1))


def first_questions(answer: ComparedRuns) -> tuple[Question, ...]:
    """What the tables of the pairings have, the answer's first."""
    return _hosts(answer, answer.pairings[-1].first_changes())


def every(answer: ComparedRuns) -> tuple[Question, ...]:
    """All that was compared, the answer's first."""
    return _hosts(answer, answer.pairings[-1].changes)


def askable(answer: ComparedRuns) -> tuple[Question, ...]:
    """All that both runs of the last pairing can be asked, whether or not they have an answer."""
    return tuple(dict.fromkeys(replace(one, network=BASELINE) for one in answer.pairings[-1].comparison.questions()))


def _hosts(answer: ComparedRuns, changes: Iterable[Change]) -> tuple[Question, ...]:
    asked = headline.answered_question(answer.pairings[-1].comparison)
    begin = [replace(asked[1], network=BASELINE)] if asked else []
    return tuple(dict.fromkeys([*begin, *(replace(change.question, network=BASELINE) for change in changes)]))


def _grid(answer: ComparedRuns, about: Question, names: tuple[str, ...]) -> Grid:
    last = answer.pairings[-1].comparison
    networks = dict.fromkeys(name for run in answer.runs for name in run.measured)
    rows = [_row(answer, replace(about, network=name)) for name in networks]
    rows = [row for row in rows if any(figure.value is not None for figure in row.figures)]
    # Best to worst under the last, as in a report; the host stands above.
    rows.sort(key=lambda row: (row.network != BASELINE, (row.figures[-1].overhead is None), _ratio(row.figures[-1])))
    unit = about.metric.unit
    return Grid(about, name_of(about), unit, names, tuple(rows), last.counted)


def _row(answer: ComparedRuns, question: Question) -> GridRow:
    last = answer.pairings[-1].comparison
    change = last.change(question) if question.network in last.networks and question.load in last.loads else None
    # What the change knows of its two runs already is not worked out again: a quantile may take a resampling.
    known = {0: change.before, len(answer.sides) - 1: change.after} if change else {}
    figures = tuple(
        known.get(number)
        or last.side_figure([side_of(answer.runs[run], question.network, question.load) for run in side], question)
        for number, side in enumerate(answer.sides)
    )
    if change is None:
        return GridRow(question.network, figures, None, "")
    judged = change.absolute if last.counted or question.network == BASELINE else change.ratio
    # Of the host there is no overhead to judge; its plain change is said and nothing concluded, unless instructions were counted.
    said = change.verdict or ""
    return GridRow(question.network, figures, judged, said, change)


def _ratio(figure: SideFigure) -> float:
    return figure.overhead.ratio if figure.overhead else 0.0


def _directory(answer: ComparedRuns, side: Sequence[int]) -> str:
    path = answer.files[side[0]].path
    return (path.name or str(path)) + (f" +{len(side) - 1}" if len(side) > 1 else "")


def _release(run: Run) -> str:
    """`6.12.48+deb13-amd64` of `Linux 6.12.48+deb13-amd64 #1 SMP ...`."""
    words_of = run.record.environment.get("kernel", "").split()
    return words_of[1] if len(words_of) > 1 else ""


def _numbers(paths: Sequence[str]) -> Iterator[str]:
    yield from (f"{number}: {path}" for number, path in enumerate(paths, start=1))
