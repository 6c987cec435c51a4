"""Do intervals of a study that stops by its precision still hold? Simulated studies with a known ratio, stopped at the first
look whose interval is narrow enough.

    scripts/bench stopping [STUDIES]

For each kind of blocks and each target, one row: how often the interval reported at the stop holds the truth, how often it did
with 95 % intervals at every look instead (what a study would do that does not know of looks), and the blocks it took. Blocks are
drawn as log ratios, because intervals are made from nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from barewire.results.precision import looks
from barewire.results.precision.targets import FEWEST_BLOCKS
from barewire.statistics.dependence import dependence, widening
from barewire.statistics.interval import CONFIDENCE

Array = NDArray[np.float64]
SPREAD = 0.03
MOST = 60
TARGETS = (0.04, 0.02, 0.01)
SEED = 20260101


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.normal(0, SPREAD, shape)


def heavy_tails(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return SPREAD * rng.standard_t(3, shape) / np.sqrt(3)


def two_modes(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return SPREAD * rng.choice([-1.0, 1.0], shape) + rng.normal(0, SPREAD / 4, shape)


def skewed(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return SPREAD * (rng.exponential(1, shape) - 1)


SCENARIOS: Mapping[str, Callable[[np.random.Generator, tuple[int, int]], Array]] = {
    "normal": normal, "heavy tails": heavy_tails, "two modes": two_modes, "skewed": skewed,
}  # fmt: skip


def stopped(drawn: Array, target: float, levels: Mapping[int, float], last: Mapping[int, float]) -> tuple[Array, Array]:
    """For each study (a row) whether its interval holds 0 when it stops, and after how many blocks."""
    from scipy.special import stdtrit

    holds = np.zeros(len(drawn))
    blocks = np.zeros(len(drawn))
    going = np.ones(len(drawn), dtype=bool)
    for count, level in levels.items():
        seen = drawn[:, :count]
        error = seen.std(axis=1, ddof=1) / np.sqrt(count)
        half = float(stdtrit(count - 1, 0.5 + level / 2)) * error
        ends = going & ((np.exp(half) - 1 <= target) | (count == MOST))
        missed = ends & (np.exp(half) - 1 > target)
        half[missed] = float(stdtrit(count - 1, 0.5 + last[count] / 2)) * error[missed]
        holds[ends] = np.abs(seen.mean(axis=1))[ends] <= half[ends]
        blocks[ends] = count
        going &= ~ends
    return holds, blocks


def followed(studies: int, autocorrelation: float, rng: np.random.Generator) -> Array:
    """Log-ratios of five networks whose blocks follow each other, each with its own and the host's noise: (studies, MOST, 5)."""
    noise = rng.normal(0, 1, (studies, MOST, 6))
    for block in range(1, MOST):
        noise[:, block] = autocorrelation * noise[:, block - 1] + np.sqrt(1 - autocorrelation**2) * noise[:, block]
    return np.asarray(SPREAD * (noise[:, :, :5] - noise[:, :, 5:] / np.sqrt(2)))


def stopped_dependent(drawn: Array, target: float, levels: Mapping[int, float]) -> tuple[float, float, float]:
    """Of studies of five networks that stop when all are precise enough: how often an interval holds the truth at the stop with
    widening, how often without, and the blocks in the median."""
    from scipy.special import stdtrit

    wide, plain, ended = [], [], []
    for study in drawn:
        for count, level in levels.items():
            seen = study[:count]
            half = float(stdtrit(count - 1, 0.5 + level / 2)) * seen.std(axis=0, ddof=1) / np.sqrt(count)
            factor = widening(count, dependence([seen]).autocorrelation, level)
            if np.exp(half.max() * factor) - 1 <= target or count == MOST:
                off = np.abs(seen.mean(axis=0))
                wide.append(float((off <= half * factor).mean()))
                plain.append(float((off <= half).mean()))
                ended.append(count)
                break
    return float(np.mean(wide)), float(np.mean(plain)), float(np.median(ended))


def dependent_table(studies: int, spending: Mapping[int, float]) -> None:
    print("\n| autocorrelation | target | interval at the stop holds the truth | without widening | blocks, median |")
    print("|---|---|---|---|---|")
    for autocorrelation in (0.0, 0.3, 0.6):
        for target in TARGETS[:2]:
            drawn = followed(studies, autocorrelation, np.random.default_rng([SEED, int(100 * autocorrelation)]))
            wide, plain, blocks = stopped_dependent(drawn, target, spending)
            print(f"| {autocorrelation:g} | {target:.0%} | {wide:.1%} | {plain:.1%} | {blocks:.0f} |", flush=True)


def main() -> None:
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    counts = looks.planned(MOST)
    spending = dict(zip(counts, looks.levels(counts, MOST), strict=True))
    last = {n: looks.levels([c for c in counts if c <= n], MOST, last=True)[-1] for n in counts}
    naive = dict.fromkeys(counts, CONFIDENCE)
    assert counts[0] == FEWEST_BLOCKS
    print(
        f"{studies} studies, spread of a block {SPREAD:.0%}, looks after {', '.join(map(str, counts))} blocks, seed {SEED}\n"
    )
    print("| blocks are | target | interval at the stop holds the truth | 95 % at every look | blocks, median |")
    print("|---|---|---|---|---|")
    for number, (name, draw) in enumerate(SCENARIOS.items()):
        for target in TARGETS:
            drawn = draw(np.random.default_rng([SEED, number]), (studies, MOST))
            (holds, blocks), (unadjusted, _) = (stopped(drawn, target, which, last if which is spending else naive)
                                                for which in (spending, naive))  # fmt: skip
            print(
                f"| {name} | {target:.0%} | {holds.mean():.1%} | {unadjusted.mean():.1%} | {np.median(blocks):.0f} |",
                flush=True,
            )
    dependent_table(min(studies, 400), spending)


if __name__ == "__main__":
    main()
