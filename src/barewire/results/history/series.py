"""Many runs in time order: where an overhead changed, and by how much.

A run gives one number for a network under a load in a metric, the logarithm of its overhead as its summary has it. Only runs of
one machine and plan make a series: where those changed, a step has a cause already (`barewire compare` measures it). Runs
are grouped by that, not cut in time, so that machines or tunings that take turns have a series each. `steps` says
how the steps of a series are found. Of counted runs the counts themselves make the series, the host's too.

Nobody can say which run brought a change, only between which two it lies. Runs without a summary, or damaged, are left
out and named: one bad directory must not hide the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from barewire.errors import RunError, UsageError
from barewire.records import Cell
from barewire.records.comparison import RunDifference
from barewire.results import BASELINE
from barewire.results.analysis import LoadKey, Run
from barewire.results.clock import COUNTED, clock_of, resolution
from barewire.results.comparison import likeness
from barewire.results.comparison.change import NOT_COUNTED
from barewire.results.comparison.chosen import answer_load, is_chosen
from barewire.results.comparison.question import Question
from barewire.results.history.steps import Point, SeriesStep, counted_steps, steps
from barewire.results.reading import Files
from barewire.results.runs_below import FoundRun, below
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import METRICS

_BEGINNING = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}(:[0-9]{2}(:[0-9]{2}Z?)?)?)?)?)?")

ERROR = 0.01
"""The chance that a series in which nothing changed is said to have changed."""


@dataclass(frozen=True, slots=True)
class Series:
    """An overhead, or a count if `counted`, its noise floor (the median of the runs') and its steps, in time order; `group`
    counts from 0."""

    question: Question
    group: int
    points: tuple[Point, ...]
    floor: float | None
    steps: tuple[SeriesStep, ...]
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one machine and plan, in time order; `differences` are to the run before its first."""

    runs: tuple[int, ...]
    differences: tuple[RunDifference, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Every run in time order, their groups, every series, and what was left out."""

    folder: Path
    runs: tuple[Files, ...]
    groups: tuple[Group, ...]
    series: tuple[Series, ...]
    notes: tuple[str, ...]
    error: float

    @property
    def worse(self) -> bool:
        """Whether the last step of any series was for the worse."""
        return any(one.steps and one.steps[-1].verdict == "worse" for one in self.series)


def history(folder: Path, *, error: float = ERROR, since: str = "", unlike: str = "", full: bool = False) -> History:
    """Every run below `folder`, of those that were begun at `since` (RFC 3339, or its beginning) or later.

    Runs that differ in nothing but what `unlike` names make one series. `full` has every load, size and quantile, otherwise
    those that a report's table shows. Raises `RunError` if there is no run, `UsageError` for a `since` that is no time.
    """
    _check_time(since)
    notes: list[str] = []
    runs = below(folder, since, notes)
    if not runs:
        left_out = f": {notes[0]}" if notes else ""
        begun = f" that was begun at {since} or later" if since else ""
        raise RunError(
            f"there is no run below {folder}{begun}{left_out}", remedy="Give the directory that holds the runs"
        )
    analysed = [one.files.analysed() for one in runs]
    groups = _groups(analysed, unlike)
    any_rates = likeness.RATES in likeness.subjects_of(unlike, ())
    apart = Counter[str]()
    found = [
        one
        for number, group in enumerate(groups)
        for one in _series(runs, analysed, number, group, error, None if any_rates else apart, full=full)
    ]
    notes += [
        f"Left out {count} figures of {network} at a share of its own maximum rate: that was more than 5 % from the first run's "
        "(--unlike rates takes them)."
        for network, count in apart.items()
        if full
    ]
    return History(folder, tuple(one.files for one in runs), groups, tuple(found), tuple(notes), error)


def _check_time(since: str) -> None:
    """Times are compared as text, so `since` must be the beginning of one as runs have it."""
    whole = since + "0001-01-01T00:00:00Z"[len(since) :]
    try:
        datetime.fromisoformat(whole)
        if since and not _BEGINNING.fullmatch(since):
            raise ValueError(since)
    except ValueError as error:
        raise UsageError(
            f"{since!r} is not a time (in --since)", remedy="Write it like 2026-01-31 or 2026-01-31T15:00"
        ) from error


def _groups(analysed: Sequence[Run], unlike: str) -> tuple[Group, ...]:
    # Only clocks never go together, whatever is named.
    allowed = likeness.subjects_of(unlike, ()) - {likeness.CLOCK}
    members: list[list[int]] = []
    differences: list[tuple[RunDifference, ...]] = []
    for number, run in enumerate(analysed):
        alike = next((group for group in members if not _differing(analysed[group[0]], run, allowed)), None)
        if alike is not None:
            alike.append(number)
        else:
            members.append([number])
            differences.append(_differing(analysed[number - 1], run, allowed) if number else ())
    return tuple(Group(tuple(group), found) for group, found in zip(members, differences, strict=True))


def _differing(before: Run, after: Run, allowed: Collection[str]) -> tuple[RunDifference, ...]:
    return tuple(one for one in likeness.unlike(before, after) if one.subject not in allowed and one.key not in allowed)


def _series(
    runs: Sequence[FoundRun],
    analysed: Sequence[Run],
    number: int,
    group: Group,
    error: float,
    apart: Counter[str] | None,
    *,
    full: bool,
) -> list[Series]:
    """The series of a group. What was measured at another share of a network's own rate than the first run's is left out and
    counted in `apart`; None takes it."""
    counted = clock_of(analysed[group.runs[0]].record) == COUNTED
    points: dict[Question, list[Point]] = {}
    floors: dict[Question, list[float]] = {}
    rates: dict[Question, float] = {}
    for run in group.runs:
        summary = runs[run].summary
        noise = {(f.load, f.response_bytes, f.metric, f.quantile): f.floor for f in summary.noise_floor}
        for cell in summary.cells:
            question = _question(cell, counted)
            if question is None or not cell.supported or not cell.ratio or cell.ratio <= 0:
                continue
            rate = cell.offered_per_s if apart is not None and shares.is_own(cell.load) else None
            if apart is not None and rate and not likeness.same_rate(rates.setdefault(question, rate), rate):
                apart[cell.network] += 1
                continue
            value = cell.value if counted and cell.value and cell.value > 0 else None
            points.setdefault(question, []).append(Point(run, cell.ratio, cell.low, cell.high, value))
            floor = noise.get((cell.load, cell.response_bytes, cell.metric, cell.quantile))
            if floor:
                floors.setdefault(question, []).append(max(floor, resolution(cell.load)) if counted else floor)
    found = []
    for question in points if full else _chosen(points, counted):
        floor = median(floors[question]) if question in floors else None
        whole = tuple(points[question])
        cuts = counted_steps(whole, analysed, question) if counted else None
        if cuts is None:
            cuts = steps(whole, floor, question.metric, error)
        found.append(Series(question, number, whole, floor, cuts, counted))
    return found


def _question(cell: Cell, counted: bool) -> Question | None:
    metric = METRICS.get(cell.metric)
    if (cell.network == BASELINE and not counted) or metric is None or cell.quantile == 1:
        return None
    if counted and metric in NOT_COUNTED:
        return None
    return Question(
        cell.network,
        LoadKey(cell.load, cell.response_bytes),
        metric,
        cell.quantile,
    )


def _chosen(points: Iterable[Question], counted: bool) -> list[Question]:
    questions = list(points)
    answer = answer_load(one.load for one in questions)
    return [one for one in questions if is_chosen(one.load, one.metric, one.quantile, answer, counted=counted)]
