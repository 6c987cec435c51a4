"""Effects that are skewed on one side only: how often is an equal network called different, and what would prevent it?

    scripts/bench skewed [STUDIES]      1,000 studies or pairs of runs a line by default

Every network costs as much as the host, on average of the logarithms. The effects of trials, or of runs, are exponential on one
side (a few are much slower, and most a little faster) and normal on the other, with the same standard deviation where nothing
else is said. Counted are columns with any false verdict, through the code that makes a summary and a comparison.

The second table has remedies from the literature: Johnson's t, corrected for the skewness of the sample ("Modified t Tests and
Confidence Intervals for Asymmetrical Populations", JASA 73, 1978), as a second condition beside Student's; ranks (Wilcoxon); the
sign test by permutation of signs; and a critical value so much larger that exponential effects have 5 %. It takes the judged
interval of one of five networks, without the noise floor, and shows false verdicts, and how often a difference is found that
Student's t finds in 80 % of studies with normal effects.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import product
from math import exp, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))
from barewire import statistics
from barewire.results import BASELINE
from barewire.results.analysis import LoadKey, Run
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.question import Question
from barewire.results.summary import Columns
from barewire.statistics.hodges_lehmann import rank
from barewire.workloads.definition.metric import LATENCY, REQUEST_RATE
from benchmarks import compare
from benchmarks.coverage import ALL_EQUAL, rate, simulated

Numbers = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Numbers]

KEY = LoadKey("http-max", 100)
SPREAD, HOST, RUNS = 0.03, 0.01, 0.02
"""Standard deviations of the effects of a network's trials, of the host's, and of runs."""


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    return rng.normal(0, 1, shape)


def exponential(rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    return np.asarray(rng.exponential(1, shape) - 1)


def lognormal(rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    return np.asarray((rng.lognormal(0, 1, shape) - exp(0.5)) / sqrt((exp(1) - 1) * exp(1)))


def study(rng: np.random.Generator, blocks: int, draw: Draw, host: float = HOST) -> Run:
    effects = rng.normal(0, host, (blocks, len(ALL_EQUAL) + 2))
    effects[:, :-2] = SPREAD * draw(rng, (blocks, len(ALL_EQUAL)))
    return simulated(ALL_EQUAL, effects, rate, int(rng.integers(1 << 30)))


def wrong_column(rng: np.random.Generator, blocks: int, draw: Draw, host: float) -> bool:
    """Whether any of five equal networks is called slower or faster than the host."""
    cells, _ = Columns(study(rng, blocks, draw, host), KEY).column(REQUEST_RATE, None)
    return any(cell.verdict in ("slower", "faster") for cell in cells if cell.network != BASELINE)


def wrong_blocks(rng: np.random.Generator, blocks: int, draw: Draw) -> bool:
    """Whether any of five networks is called changed from a run with normal blocks to another."""
    found = Comparison(study(rng, blocks, normal), study(rng, blocks, draw))
    changes = (found.change(Question(name, KEY, REQUEST_RATE, None)) for name in ALL_EQUAL)
    return any(change is not None and change.verdict in ("better", "worse") for change in changes)


def wrong_runs(rng: np.random.Generator, runs: int, draw: Draw, before: float = RUNS, after: float = RUNS) -> bool:
    """Whether either of two networks is called changed from several runs to others, by the effects that runs have."""
    sides = []
    for spread, drawn in ((before, normal), (after, draw)):
        effects = spread * drawn(rng, (runs, 2))
        sides.append(
            [compare.run(rng, {"changed": 1.5 * exp(a), "same": 1.2 * exp(b)}, 6, False, 0) for a, b in effects]
        )
    found = Comparison(*sides)
    changes = (found.change(Question(name, compare.LOAD, LATENCY, 0.5)) for name in compare.NETWORKS)
    return any(change is not None and change.verdict in ("better", "worse") for change in changes)


def cases() -> Iterator[tuple[str, Callable[[np.random.Generator], bool]]]:
    """Each line of the first table."""
    shapes: tuple[tuple[str, Draw], ...] = (("normal", normal), ("exponential", exponential), ("log-normal", lognormal))
    for (name, draw), blocks in product(shapes, (6, 10, 20)):
        yield (
            f"study, host quiet | {name} | {blocks} blocks",
            lambda rng, b=blocks, d=draw: wrong_column(rng, b, d, HOST),
        )
    for blocks in (6, 10, 20):
        yield (
            f"study, host as noisy | exponential | {blocks} blocks",
            lambda rng, b=blocks: wrong_column(rng, b, exponential, SPREAD),
        )
    for (name, draw), blocks in product(shapes[:2], (6, 10, 20)):
        yield f"compare, a run a side | {name} | {blocks} blocks", lambda rng, b=blocks, d=draw: wrong_blocks(rng, b, d)
    for (name, draw), runs in product(shapes[:2], (3, 5, 10)):
        yield f"compare, runs | {name} | {runs} runs a side", lambda rng, r=runs, d=draw: wrong_runs(rng, r, d)
    yield "compare, runs of 1 % and 5 % | normal | 2 runs a side", lambda rng: wrong_runs(rng, 2, normal, 0.01, 0.05)
    yield "compare, runs of 1 % and 5 % | normal | 3 runs a side", lambda rng: wrong_runs(rng, 3, normal, 0.01, 0.05)


def student(x: Numbers) -> Numbers:
    return np.asarray(x.mean(axis=1) / x.std(axis=1, ddof=1) * sqrt(x.shape[1]))


def johnson(x: Numbers) -> Numbers:
    """Johnson's t, as Hall has it (1992): monotone in Student's."""
    n, t = x.shape[1], student(x)
    cubes = ((x - x.mean(axis=1, keepdims=True)) ** 3).mean(axis=1) * n * n / ((n - 1) * (n - 2))
    skew = cubes / x.std(axis=1, ddof=1) ** 3
    return np.asarray(t + skew * t * t / (3 * sqrt(n)) + skew**2 * t**3 / (27 * n) + skew / (6 * sqrt(n)))


def by_ranks(x: Numbers, confidence: float) -> NDArray[np.bool_]:
    """Wilcoxon's signed ranks: whether the interval of Hodges and Lehmann excludes 0."""
    n = x.shape[1]
    k = rank(n, confidence)
    if not k:
        return np.zeros(len(x), dtype=np.bool_)
    ranks = np.abs(x).argsort(axis=1).argsort(axis=1) + 1
    plus = (ranks * (x > 0)).sum(axis=1)
    return np.asarray(np.minimum(plus, n * (n + 1) // 2 - plus) < k)


def by_signs(x: Numbers, confidence: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A permutation test of the mean: signs are drawn again, or all taken where they are few."""
    n = x.shape[1]
    every = 1 - 2 * ((np.arange(1 << min(n, 10))[:, None] >> np.arange(n)) & 1)
    signs = every if n <= 10 else rng.choice((-1, 1), (2000, n))
    sums = np.abs(x @ signs.T)
    return np.asarray((sums >= np.abs(x.sum(axis=1, keepdims=True)) - 1e-12).mean(axis=1) <= 1 - confidence)


def remedies(studies: int, rng: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Lines of the second table."""
    confidence = statistics.each(len(ALL_EQUAL))
    for blocks in (6, 10, 20):
        hosts = rng.normal(0, HOST / SPREAD / sqrt(2), (studies, blocks))
        skewed, usual = (draw(rng, (studies, blocks)) - hosts for draw in (exponential, normal))
        critical = statistics.student_t(blocks - 1, 0.5 + confidence / 2)
        wide = max(critical, float(np.quantile(np.abs(student(skewed)), confidence)))
        step = usual.std() / sqrt(blocks) * _found_in_80_percent(usual, critical)
        tests: dict[str, Callable[[Numbers], NDArray[np.bool_]]] = {
            "Student": lambda x, c=critical: np.abs(student(x)) > c,
            "and Johnson": lambda x, c=critical: (np.abs(student(x)) > c) & (np.abs(johnson(x)) > c),
            "ranks": lambda x: by_ranks(x, confidence),
            "signs": lambda x: by_signs(x, confidence, rng),
            f"critical value {wide:.1f} instead of {critical:.1f}": lambda x, c=wide: np.abs(student(x)) > c,
        }
        for name, test in tests.items():
            shares = (test(usual), test(skewed), test(usual + step))
            yield (f"{blocks}", name, *(f"{100 * share.mean():.1f}" for share in shares))


def _found_in_80_percent(x: Numbers, critical: float) -> float:
    """The difference, in standard errors, that Student's t finds in 80 % of these."""
    low, high = 0.0, 50.0
    while high - low > 0.01:
        middle = (low + high) / 2
        moved = x + middle * x.std() / sqrt(x.shape[1])
        low, high = (low, middle) if (np.abs(student(moved)) > critical).mean() > 0.8 else (middle, high)
    return high


def main() -> None:
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{studies} studies or pairs a line; per cent of columns with a false verdict\n")
    print("| what | effects of one side | units | false |\n|---|---|---|---|")
    for number, (name, wrong) in enumerate(cases()):
        rng = np.random.default_rng([1, number])
        print(f"| {name} | {100 * np.mean([wrong(rng) for _ in range(studies)]):.1f} |", flush=True)
    print("\n| blocks | rule | false, normal | false, exponential | found, normal |\n|---|---|---|---|---|")
    for line in remedies(max(4000, 4 * studies), np.random.default_rng(2)):
        print(f"| {' | '.join(line)} |", flush=True)


if __name__ == "__main__":
    main()
