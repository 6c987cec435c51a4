"""Change points: found where there are any, and hardly ever where there are none."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.statistics.change_points import SHORTEST, change_points

NOISE = 0.03


def energy(values: list[float], cut: int) -> float:
    """The statistic as its paper writes it, by loops."""
    before, after = values[:cut], values[cut:]
    m, k = len(before), len(after)
    across = 2 / (m * k) * sum(abs(x - y) for x in before for y in after)
    within = [
        sum(abs(part[i] - part[j]) for i in range(len(part)) for j in range(i)) / (len(part) * (len(part) - 1) / 2)
        for part in (before, after)
    ]
    return m * k / (m + k) * (across - sum(within))


@pytest.mark.parametrize("length", [12, 25])
@pytest.mark.parametrize("heavy", [False, True])
def test_series_without_a_change_rarely_get_a_change_point(length: int, heavy: bool) -> None:
    rng = np.random.default_rng([length, heavy])
    flagged = 0
    for seed in range(200):
        noise = rng.standard_t(3, length) if heavy else rng.normal(size=length)
        flagged += bool(change_points(list(NOISE * noise), error=0.05, seed=seed))
    # 10 are expected at most; 18 would be passed by chance in 1 of 200 such tests.
    assert flagged <= 17


def test_a_step_of_a_tenth_in_noise_is_found_where_it_is() -> None:
    rng = np.random.default_rng(7)
    near = 0
    for seed in range(100):
        series = rng.normal(0, NOISE, 20)
        series[12:] += np.log(1.1)
        found = change_points(list(series), error=0.01, seed=seed)
        near += any(abs(cut - 12) <= 1 for cut in found)
    assert near >= 90


def test_two_steps_are_two_change_points() -> None:
    rng = np.random.default_rng(8)
    series = np.concatenate([rng.normal(level, 0.01, 10) for level in (0, 0.2, 0.05)])
    assert change_points(list(series), error=0.01) == (10, 20)


def test_the_cut_is_where_the_papers_statistic_is_largest() -> None:
    rng = np.random.default_rng(9)
    series = [*rng.normal(0, 1, 7), *rng.normal(3, 1, 6)]
    best = max(range(SHORTEST, len(series) - SHORTEST + 1), key=lambda cut: energy(series, cut))
    assert change_points(list(series), error=0.05)[0] == best


@given(st.lists(st.floats(-1, 1), max_size=5))
def test_too_short_a_series_has_none(series: list[float]) -> None:
    assert change_points(list(series), error=0.2) == ()


@given(st.lists(st.floats(-10, 10), min_size=6, max_size=30), st.integers(0, 99))
def test_segments_have_three_runs_or_more_and_the_seed_decides(series: list[float], seed: int) -> None:
    found = change_points(list(series), error=0.1, seed=seed)
    bounds = [0, *found, len(series)]
    assert all(after - before >= SHORTEST for before, after in pairwise(bounds))
    assert found == change_points(list(series), error=0.1, seed=seed)


def test_a_constant_series_has_none() -> None:
    assert change_points([1.0] * 40, error=0.2) == ()
