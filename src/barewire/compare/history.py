"""Many runs in time order: where a loss changed, and by how much.

Each run gives one number for a network under a load in a metric, the logarithm of its loss as its summary has it. A series of
those is split where machine or plan changed, because there a step has a cause already (`barewire compare` measures it);
within a part, change points are found by E-divisive. A change smaller than the noise floor is not one: cuts are taken
back, the smallest first, until each step between neighbouring stretches is larger.

Nobody can say which run brought a change, only between which two it lies. Runs without a summary, or damaged, are left
out and named: one bad directory must not hide the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median

from barewire.compare import likeness
from barewire.compare.change import SEED, Question, Verdict
from barewire.compare.chosen import answer_load, is_chosen
from barewire.compare.likeness import Difference
from barewire.errors import RunError
from barewire.runs import BASELINE, reading
from barewire.runs.analysis import METRICS, LoadKey, Metric
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
    """A loss over time, its noise floor (the median of the runs') and its steps, in time order."""

    question: Question
    points: tuple[Point, ...]
    floor: float | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Between the runs `before` and `after`, machine or plan changed."""

    before: int
    after: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Every run in time order, where they were split, every series, and what was left out."""

    folder: Path
    runs: tuple[Files, ...]
    splits: tuple[Split, ...]
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
    splits = tuple(_splits(runs))
    found = _series(runs, [split.after for split in splits], error, full=full)
    return History(folder, runs, splits, tuple(found), tuple(notes), error)


def steps(
    points: Sequence[Point], starts: Sequence[int], floor: float | None, metric: Metric, error: float
) -> tuple[Step, ...]:
    """The steps of a series that is split before each run of `starts`."""
    found: list[Step] = []
    bounds = [0, *sorted(starts), max((point.run for point in points), default=0) + 1]
    for first, end in pairwise(bounds):
        part = [point for point in points if first <= point.run < end]
        logs = [log(point.ratio) for point in part]
        cuts = list(change_points(logs, error=error, seed=SEED))
        while cuts:
            sizes = _sizes(logs, cuts)
            least = min(range(len(cuts)), key=lambda i: abs(log(sizes[i].ratio)))
            if floor is None or abs(log(sizes[least].ratio)) > log(floor):
                break
            del cuts[least]
        for cut, size in zip(cuts, _sizes(logs, cuts), strict=True):
            worse: Verdict = "worse" if (size.ratio > 1) == (metric.better == "lower") else "better"
            found.append(Step(part[cut - 1].run, part[cut].run, size, worse))
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


def _splits(runs: Sequence[Files]) -> Iterable[Split]:
    analysed = [one.analysed() for one in runs]
    for after in range(1, len(runs)):
        differing = likeness.unlike(analysed[after - 1], analysed[after])
        if differing:
            yield Split(after - 1, after, differing)


def _series(runs: Sequence[Files], starts: Sequence[int], error: float, *, full: bool) -> list[Series]:
    points: dict[Question, list[Point]] = {}
    floors: dict[Question, list[float]] = {}
    for number, files in enumerate(runs):
        assert files.summary is not None
        noise = {(f.load, f.response_bytes, f.metric, f.quantile): f.floor for f in files.summary.noise_floor}
        for cell in files.summary.cells:
            question = _question(cell)
            if question is None or not cell.supported or not cell.ratio or cell.ratio <= 0:
                continue
            points.setdefault(question, []).append(Point(number, cell.ratio, cell.ratio_low, cell.ratio_high))
            floor = noise.get((cell.load, cell.response_bytes, cell.metric, cell.quantile))
            if floor:
                floors.setdefault(question, []).append(floor)
    chosen = _chosen(points) if not full else list(points)
    found = []
    for question in chosen:
        floor = median(floors[question]) if question in floors else None
        whole = tuple(points[question])
        found.append(Series(question, whole, floor, steps(whole, starts, floor, question.metric, error)))
    return found


def _question(cell: Cell) -> Question | None:
    metric = METRICS.get(cell.metric)
    if cell.network == BASELINE or metric is None or cell.quantile == 1:
        return None
    return Question(cell.network, LoadKey(cell.load, _kind(cell), cell.response_bytes), metric, cell.quantile)


def _kind(cell: Cell) -> str:
    return "rate" if cell.load.endswith("%") else cell.load.partition("-")[0]


def _chosen(points: Iterable[Question]) -> list[Question]:
    questions = list(points)
    answer = answer_load(one.load for one in questions)
    return [one for one in questions if is_chosen(one.load, one.metric, one.quantile, answer)]
