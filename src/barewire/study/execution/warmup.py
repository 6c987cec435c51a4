"""The warm-up to exclude from each load: found in pilot trials, the same for every network.

A load's first moments are not like the rest: caches, connections, the CPU's clock. Pilots run before the first block, record
medians in short intervals, and each is asked two ways where its steady part begins:

- MSER-5 (White, "An Effective Truncation Heuristic for Bias Reduction in Simulation Output", Simulation 69, 1997): means
  of five medians each; the truncation that makes the standard error of what is left smallest, in the first half.
- A change point: the cut of the series into two levels that leaves the smallest squares, if a permutation test finds it
  (95 %); a search of one cut needs no library.

What begins slower than it ends is a warm-up, the other way round a slowdown; where the two ways disagree about whether there
is anything, or MSER finds its end only at half of the series, there is no steady state to be found. The truncation of the study
is the longest such beginning of all pilots and a quarter more, so that no network is measured colder than another, and at most
`LONGEST_S`: medians of a machine that is never steady must not eat the study. Limit: with pilots of a second, what takes
longer than half of one to warm up is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barewire.records.run import PilotKind, PilotRecord

INTERVAL_NS = 20_000_000
PILOT_SECONDS = 1.0
BATCH = 5
MARGIN = 1.25
SHORTEST_S, LONGEST_S = 0.05, 0.5
_PERMUTATIONS, _ERROR = 199, 0.05
_EDGE = 3

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pilot:
    """What a pilot showed: `kind` is flat, warm-up, slowdown or no steady state; seconds, None where nothing was found."""

    network: str
    load: str
    kind: PilotKind
    mser_s: float
    change_s: float | None
    intervals: int

    def record(self) -> PilotRecord:
        """As `run.json` keeps it."""
        change_s = None if self.change_s is None else round(self.change_s, 3)
        return PilotRecord(self.network, self.load, self.kind, round(self.mser_s, 3), change_s, self.intervals)

    @property
    def needed_s(self) -> float:
        """How long the load takes to become like the rest of itself."""
        return max(self.mser_s, self.change_s or 0.0) if self.kind in ("warm-up", "slowdown") else 0.0


def judge(network: str, load: str, medians_ns: Sequence[float], seed: int, seconds: float = INTERVAL_NS / 1e9) -> Pilot:
    """Look at a pilot's medians, one for each interval of `seconds`; intervals without an answer are left out."""
    logs = np.log(np.asarray([m for m in medians_ns if m > 0], dtype=np.float64))
    batches = len(logs) // BATCH
    if batches < 4:
        return Pilot(network, load, "flat", 0.0, None, len(logs))
    cut = mser(logs[: batches * BATCH].reshape(batches, BATCH).mean(axis=1))
    change = change_point(logs, seed)
    mser_s, change_s = cut * BATCH * seconds, None if change is None else change * seconds
    return Pilot(network, load, _kind(logs, cut * BATCH, change, batches), mser_s, change_s, len(logs))


def mser(values: Array) -> int:
    """How many of the first values to leave out: those that make the standard error of the others smallest."""
    n = len(values)
    errors = [float(values[d:].var()) / (n - d) for d in range(n // 2 + 1)]
    return int(np.argmin(errors))


def change_point(values: Array, seed: int) -> int | None:
    """Where the series changes its level most, or None if a shuffled one does so as well in 5 % of cases."""
    if len(values) < 2 * _EDGE + 1 or float(np.ptp(values)) == 0:
        return None
    rng = np.random.default_rng(seed)
    best, gain = _split(values)
    as_good = sum(_split(rng.permutation(values))[1] >= gain for _ in range(_PERMUTATIONS))
    return best if (as_good + 1) / (_PERMUTATIONS + 1) <= _ERROR else None


def common(pilots: Sequence[Pilot]) -> float:
    """Seconds to leave out for every network and load."""
    longest = max((pilot.needed_s for pilot in pilots), default=0.0)
    return round(min(LONGEST_S, max(SHORTEST_S, MARGIN * longest)), 2)


def _split(values: Array) -> tuple[int, float]:
    """The cut that explains most of the squares, and how much."""
    n = len(values)
    sums = np.cumsum(values)
    cuts = np.arange(_EDGE, n - _EDGE + 1)
    before, after = sums[cuts - 1] / cuts, (sums[-1] - sums[cuts - 1]) / (n - cuts)
    gains = cuts * (n - cuts) / n * (before - after) ** 2
    index = int(np.argmax(gains))
    return int(cuts[index]), float(gains[index])


def _kind(logs: Array, cut: int, change: int | None, batches: int) -> PilotKind:
    if change is None:
        # MSER always finds something to leave out in noise; alone it is not believed.
        return "flat"
    if change > len(logs) // 2 or cut >= (batches // 2) * BATCH:
        return "no steady state"
    return "warm-up" if logs[:change].mean() > logs[change:].mean() else "slowdown"
