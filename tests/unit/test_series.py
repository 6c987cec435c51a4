"""Ticks become what effective sample sizes and stationarity need, and a summary says both."""

from __future__ import annotations

import numpy as np
import pytest

from barewire import statistics
from barewire.records import Load, Ticks
from barewire.results import within
from barewire.workloads.generator.series import GeneratorTicks, series


def ticks(values: list[list[int]]) -> GeneratorTicks:
    """Ticks in buckets of 64 ns, as the generator has them below 2 us."""
    counted = [
        dict(zip(*np.unique(np.array(v, dtype=np.int64) // 64 * 64, return_counts=True), strict=True)) for v in values
    ]
    return GeneratorTicks(100_000_000, tuple(tuple((int(k), int(n)) for k, n in one.items()) for one in counted))


def test_samples_medians_and_exceedances_are_those_of_the_ticks() -> None:
    found = series(ticks([[100] * 90 + [1900] * 10, [100] * 50 + [1000] * 50, []]))
    assert found and found.seconds == 0.1
    assert found.samples == (100, 100, 0)
    assert found.median_ns[0] == pytest.approx(64 + 64 * 50 / 90, abs=1)
    assert found.median_ns[2] == 0
    assert found.above["0.95"] == (10, 0, 0)


def test_a_load_without_an_answer_has_no_series() -> None:
    assert series(ticks([[], []])) is None


def test_a_quantile_without_an_edge_near_it_is_left_out() -> None:
    found = series(ticks([[100] * 1000] * 10))
    assert found and found.above == {}


@pytest.mark.parametrize("together", [1, 20])
def test_stalls_make_samples_worth_less(together: int) -> None:
    rng = np.random.default_rng(together)
    loads = []
    for _ in range(8):
        slow = together * rng.binomial(1000 // together, 0.01, 20)
        found = series(ticks([[100] * (1000 - k) + [1900] * k for k in slow]))
        loads.append(Load("tcp-rr", "tcp-rr", ticks=found))
    worth = within.inefficiency(loads, 0.99)
    assert worth == pytest.approx(together, rel=0.25)
    assert worth and statistics.supports(8 * 20_000 / worth, 0.999) == (together == 1)


def test_the_share_of_steady_loads_counts_those_that_can_show_it() -> None:
    def load(medians: list[float]) -> Load:
        whole = tuple(round(one) for one in medians)
        return Load("tcp-rr", "tcp-rr", ticks=Ticks(0.1, whole, whole, {}))

    bare = Load("tcp-rr", "tcp-rr")

    noise = np.random.default_rng(1).normal(0, 0.01, 40)
    steady, drifting = list(1e6 * np.exp(noise)), list(1e6 * np.exp(noise + np.linspace(0, 1, 40)))
    assert within.stationary_share(
        [load(steady), load(steady), load(drifting), load([1.0] * 3), bare]
    ) == pytest.approx(2 / 3)
    assert within.stationary_share([bare]) is None
    assert within.inefficiency([bare], 0.5) is None
