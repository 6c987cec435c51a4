"""Many runs in time order: where a loss changed, and by how much.

Each run gives one number for a network under a load in a metric, the logarithm of its loss as its summary has it. Only runs of
one machine and plan make a series: where those changed, a step has a cause already (`barewire compare` measures it). Runs
are grouped by that, not cut in time, so that machines or tunings that take turns have a series each. Within a series,
change points are found by E-divisive. A change smaller than the noise floor is not one: cuts are taken
back, the smallest first, until each step between neighbouring stretches is larger.

Nobody can say which run brought a change, only between which two it lies. Runs without a summary, or damaged, are left
out and named: one bad directory must not hide the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import median

from barewire.compare import likeness
from barewire.compare.change import SEED, Question, Verdict
from barewire.compare.chosen import answer_load, is_chosen
from barewire.compare.likeness import Difference
from barewire.errors import RunError
from barewire.runs import BASELINE, reading
from barewire.runs.analysis import HISTOGRAMS, METRICS, LoadKey, Metric
from barewire.runs.reading import Files
from barewire.runs.records import Cell
from barewire.statistics import Interval
from barewire.statistics.change_points import change_points
from barewire.statistics.welch import welch_t

ERROR = 0.01
"""The chance that a series in which nothing changed is said to have changed."""


@dataclass(frozen=True, slots=True)
class Point:
    """A run's loss, network / host; `run` counts from 0 in time order."""

    run: int
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A change somewhere between the runs `before` and `after`; `size` is the later losses over the earlier ones."""

    before: int
    after: int
    size: Interval
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Series:
    """A loss over time, its noise floor (the median of the runs') and its steps, in time order; `group` counts from 0."""

    question: Question
    group: int
    points: tuple[Point, ...]
    floor: float | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one machine and plan, in time order; `differences` are to the run before its first."""

    runs: tuple[int, ...]
    differences: tuple[Difference, ...]


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


def history(folder: Path, *, error: float = ERROR, since: str = "", full: bool = False) -> History:
    """Every run below `folder`, of those that were begun at `since` (RFC 3339, or its beginning) or later.

    `full` has every load, size and quantile, otherwise those that a report's table shows. Raises `RunError` if there is no
    run.
    """
    notes: list[str] = []
    runs = _runs(folder, since, notes)
    if not runs:
        left_out = f": {notes[0]}" if notes else ""
        raise RunError(f"there is no run below {folder}{left_out}", remedy="Give the directory that holds the runs")
    groups = _groups(runs)
    found = [one for number, group in enumerate(groups) for one in _series(runs, number, group, error, full=full)]
    return History(folder, runs, groups, tuple(found), tuple(notes), error)


def steps(points: Sequence[Point], floor: float | None, metric: Metric, error: float) -> tuple[Step, ...]:
    """The steps of a series that are larger than the noise floor."""
    logs = [log(point.ratio) for point in points]
    cuts = list(change_points(logs, error=error, seed=SEED))
    sizes = _sizes(logs, cuts)
    while cuts and floor is not None:
        least = min(range(len(cuts)), key=lambda i: abs(log(sizes[i].ratio)))
        if abs(log(sizes[least].ratio)) > log(floor):
            break
        del cuts[least]
        sizes = _sizes(logs, cuts)
    found = []
    for cut, size in zip(cuts, sizes, strict=True):
        verdict: Verdict = "worse" if (size.ratio > 1) == (metric.better == "lower") else "better"
        found.append(Step(points[cut - 1].run, points[cut].run, size, verdict))
    return tuple(found)


def _sizes(logs: Sequence[float], cuts: Sequence[int]) -> list[Interval]:
    bounds = [0, *cuts, len(logs)]
    sizes = []
    for before, cut, after in zip(bounds, bounds[1:], bounds[2:], strict=False):
        size = welch_t(logs[before:cut], logs[cut:after])
        assert size is not None
        sizes.append(size.ratio("welch-log-t"))
    return sizes


def _runs(folder: Path, since: str, notes: list[str]) -> tuple[Files, ...]:
    found = []
    for file in sorted(folder.rglob("run.json")):
        try:
            files = reading.read(file.parent)
        except RunError as error:
            notes.append(f"Left out {file.parent}: {error}")
            continue
        if files.run.created < since:
            continue
        if files.summary is None or not files.summary.cells:
            notes.append(f"Left out {file.parent}: it has no summary with a result.")
            continue
        found.append(files)
    return tuple(sorted(found, key=lambda one: (one.run.created, str(one.path))))


def _groups(runs: Sequence[Files]) -> tuple[Group, ...]:
    analysed = [one.analysed() for one in runs]
    members: list[list[int]] = []
    differences: list[tuple[Difference, ...]] = []
    for number, run in enumerate(analysed):
        alike = next((group for group in members if not likeness.unlike(analysed[group[0]], run)), None)
        if alike is not None:
            alike.append(number)
        else:
            members.append([number])
            differences.append(likeness.unlike(analysed[number - 1], run) if number else ())
    return tuple(Group(tuple(group), found) for group, found in zip(members, differences, strict=True))


def _series(runs: Sequence[Files], number: int, group: Group, error: float, *, full: bool) -> list[Series]:
    points: dict[Question, list[Point]] = {}
    floors: dict[Question, list[float]] = {}
    for run in group.runs:
        summary = runs[run].summary
        assert summary is not None
        noise = {(f.load, f.response_bytes, f.metric, f.quantile): f.floor for f in summary.noise_floor}
        for cell in summary.cells:
            question = _question(cell)
            if question is None or not cell.supported or not cell.ratio or cell.ratio <= 0:
                continue
            points.setdefault(question, []).append(Point(run, cell.ratio, cell.ratio_low, cell.ratio_high))
            floor = noise.get((cell.load, cell.response_bytes, cell.metric, cell.quantile))
            if floor:
                floors.setdefault(question, []).append(floor)
    found = []
    for question in points if full else _chosen(points):
        floor = median(floors[question]) if question in floors else None
        whole = tuple(points[question])
        found.append(Series(question, number, whole, floor, steps(whole, floor, question.metric, error)))
    return found


def _question(cell: Cell) -> Question | None:
    metric = METRICS.get(cell.metric)
    if cell.network == BASELINE or metric is None or cell.quantile == 1:
        return None
    return Question(cell.network, LoadKey(cell.load, _kind(cell), cell.response_bytes), metric, cell.quantile)


def _kind(cell: Cell) -> str:
    """The kind of the load, which a summary does not name."""
    if cell.load.endswith("%"):
        return "rate"
    return "rr" if cell.metric in HISTOGRAMS else cell.load.partition("-")[0]


def _chosen(points: Iterable[Question]) -> list[Question]:
    questions = list(points)
    answer = answer_load(one.load for one in questions)
    return [one for one in questions if is_chosen(one.load, one.metric, one.quantile, answer)]
