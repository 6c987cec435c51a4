"""Blocks that depend on each other are seen, and intervals that are widened for it hold the truth."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from barewire import statistics
from barewire.statistics import dependence as of_blocks
from barewire.statistics.dependence import LEVEL, dependence, effective, estimate, widening
from benchmarks import coverage


def followed(blocks: int, networks: int, autocorrelation: float, rng: np.random.Generator) -> np.ndarray:
    return coverage.followed(rng, (blocks, networks), autocorrelation)


@pytest.mark.parametrize("blocks", [5, 6, 12])
def test_independent_blocks_are_rarely_called_dependent(blocks: int) -> None:
    rng, studies = np.random.default_rng(blocks), 600
    chances = [dependence([rng.normal(size=(blocks, 4))], seed).chance for seed in range(studies)]
    seen = sum(chance is not None and chance <= LEVEL for chance in chances)
    assert abs(seen / studies - LEVEL) < 4 * sqrt(LEVEL * (1 - LEVEL) / studies)


def test_the_estimate_is_the_observed_mean_autocorrelation() -> None:
    rng = np.random.default_rng(3)
    for blocks in (6, 10):
        effects = [followed(blocks, 42, 0.6, rng)[:, :40] for _ in range(40)]
        about = [one - one.mean(axis=0) for one in effects]
        products = sum(float((one[1:] * one[:-1]).sum()) for one in about)
        squares = sum(float((one**2).sum()) for one in about)
        assert estimate(products / squares, blocks) == pytest.approx(0.6, abs=0.06)


def test_a_known_autocorrelation_gives_intervals_with_the_truth() -> None:
    rng, blocks, studies = np.random.default_rng(4), 8, 1500
    factor, hits = widening(blocks, 0.6), 0
    for _ in range(studies):
        one = followed(blocks, 3, 0.6, rng)[:, 0]
        half = statistics.student_t(blocks - 1, 0.975) * one.std(ddof=1) / sqrt(blocks) * factor
        hits += abs(one.mean()) <= half
    assert 0.92 <= hits / studies <= 0.98


def test_the_effective_blocks_are_those_of_equal_variance() -> None:
    assert effective(6, 0.0) == 6
    # 1 + 2 (5/6 0.6 + 4/6 0.36 + ...) for six blocks.
    by_hand = 1 + 2 * sum((1 - lag / 6) * 0.6**lag for lag in range(1, 6))
    assert effective(6, 0.6) == pytest.approx(6 / by_hand)
    assert widening(6, 0.0) == 1.0


def test_fewer_blocks_than_have_enough_orders_are_not_tested() -> None:
    alike = np.cumsum(np.ones((of_blocks.FEWEST - 1, 3)), axis=0)
    found = dependence([alike])
    assert (found.chance, found.autocorrelation) == (None, 0.0)


@pytest.mark.parametrize(("blocks", "least"), [(6, 0.82), (10, 0.87)])
def test_cells_of_dependent_blocks_are_widened(blocks: int, least: float) -> None:
    counts = coverage.dependent(0.6, blocks, 80, seed=2)
    assert counts.share("plain") < 0.8
    assert counts.share("wider") >= least
    assert counts.share("seen") > 0.6
