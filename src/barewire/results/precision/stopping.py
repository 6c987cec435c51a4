"""When a study with a target precision may stop, and about how long it still takes.

After certain numbers of blocks (`looks`) the intervals of all targets are made at a level that keeps the error rate over all
looks; if each is narrow enough, the study stops. It also stops with its last block or when its budget of minutes is spent: then
what is left of the error rate belongs to that last look, because the clock has not seen the results.

Everything here follows from the plan and the trials, so a run that was interrupted, or is summarised again, comes to the
same looks. Limit: a run that ran out of time and is resumed has looked once more than was planned for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite

from barewire import statistics
from barewire.records import LookRecord, Stopping
from barewire.results import BASELINE, summary
from barewire.results.analysis import LoadKey, Run, metrics_of
from barewire.results.precision import looks, targets
from barewire.results.precision.targets import PrecisionTarget
from barewire.statistics.interval import CONFIDENCE
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import Metric

_WIDEST_FORECAST = 1000
_MET = "targets met"
"""What a run remembers of its last look."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look: after how many blocks, at which level, the widest half width for each target, and whether all are met."""

    blocks: int
    confidence: float
    widths: Mapping[str, float]
    met: bool

    def record(self) -> LookRecord:
        """As `summary.json` keeps it; an unknown width is null."""
        known = {word: float(f"{width:.4g}") if isfinite(width) else None for word, width in self.widths.items()}
        return LookRecord(self.blocks, round(self.confidence, 5), known, self.met)


def look(run: Run, blocks: int, *, last: bool = False) -> Look:
    """What the first `blocks` whole blocks of a run say about its targets, at the level of a look that comes then."""
    most = run.planned_blocks
    confidence = looks.levels(_taken(most, blocks), most, last=last)[-1]
    counted = set(whole_blocks(run)[:blocks])
    seen = replace(run, trials=[trial for trial in run.trials if trial.block in counted])
    widths = {str(target): _width(seen, target, confidence) for target in wanted(run)}
    return Look(
        blocks, confidence, widths, all(widths[str(target)] <= target.half_width for target in wanted(run))
    )  # fmt: skip


def wanted(run: Run) -> tuple[PrecisionTarget, ...]:
    """The targets of the run's plan; none for a study of a fixed number of blocks."""
    return tuple(targets.parse(text) for text in run.until)


def due(run: Run, blocks: int) -> bool:
    """Whether a look is planned after so many blocks."""
    return blocks in looks.planned(run.planned_blocks)


def spent_seconds(run: Run) -> float:
    """What the trials so far have taken, whenever they ran."""
    return sum(trial.seconds or 0.0 for trial in run.trials)


def blocks_needed(seen: Look, most: int) -> int:
    """About how many blocks will meet the targets: widths shrink with the square root of blocks."""
    over = max((width / targets.parse(word).half_width for word, width in seen.widths.items()), default=0.0)
    if not isfinite(over):
        return most
    needed = min(_WIDEST_FORECAST, ceil(seen.blocks * over * over))
    return min((n for n in looks.planned(most) if n >= max(needed, seen.blocks)), default=most)


def record(run: Run) -> Stopping | None:
    """`stopping` of `summary.json`, or None for a study that was to have a fixed number of blocks."""
    if not wanted(run):
        return None
    most, whole = run.planned_blocks, len(whole_blocks(run))
    taken = [look(run, count) for count in _taken(most, whole)]
    if taken and not taken[-1].met:
        taken[-1] = look(run, whole, last=True)
    met = bool(taken) and taken[-1].met
    return Stopping(
        targets=tuple(str(target) for target in wanted(run)),
        most_blocks=most,
        looks=tuple(one.record() for one in taken),
        met=met,
        ended="met" if met else "all blocks" if whole >= most else "out of time or interrupted",
        spent_seconds=round(spent_seconds(run), 1),
    )


def confidence(run: Run, together: float = CONFIDENCE) -> float:
    """The level of the intervals that a run reports: that of its last look, so that those of all looks hold `together`. The same
    where the number of blocks was fixed."""
    whole = len(whole_blocks(run)) if wanted(run) else 0
    if not whole:
        return together
    if _MET not in run.cache:
        run.cache[_MET] = look(run, whole).met
    most = run.planned_blocks
    return looks.levels(_taken(most, whole), most, last=not run.cache[_MET], confidence=together)[-1]


def whole_blocks(run: Run) -> tuple[int, ...]:
    """The blocks that have every network of the run, and the host twice."""
    entries = [(BASELINE, "baseline-a"), (BASELINE, "baseline-b"), *((n, "candidate") for n in run.measured[1:])]
    return tuple(block for block in run.blocks if all((block, *entry) in run.slots for entry in entries))


def _taken(most: int, whole: int) -> tuple[int, ...]:
    """The looks of a run that has so many whole blocks: those planned, and the one at its end."""
    before = [count for count in looks.planned(most) if count < whole]
    return (*before, whole) if whole >= 1 else ()


def _width(run: Run, target: PrecisionTarget, confidence: float) -> float:
    """Half width of the widest interval of all networks and loads that the target is about; infinite if one has no interval."""
    found = [
        statistics.half_width(interval)
        for load, metric, quantile in _about(run, target)
        for interval in summary.intervals(run, load, metric, quantile, confidence)
    ]
    return max(found, default=inf)


def _about(run: Run, target: PrecisionTarget) -> Iterator[tuple[LoadKey, Metric, float | None]]:
    for load in _loads(run, target):
        for metric, quantile in metrics_of(load):
            if metric.name == target.metric and quantile == target.quantile:
                yield load, metric, quantile


def _loads(run: Run, target: PrecisionTarget) -> Sequence[LoadKey]:
    rates = [load for load in run.loads if load.workload.at_rate]
    if target.metric != "latency":
        return run.loads
    if not rates:
        return [load for load in run.loads if load.workload.sequential]
    chosen = min((load.load for load in rates), key=lambda name: (shares.distance(name), name))
    return [load for load in rates if load.load == chosen]
