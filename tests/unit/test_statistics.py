"""Intervals and verdicts: they cover the truth as often as they claim, and refuse to speak where they cannot."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from barewire import statistics
from barewire.statistics import Interval

GRID = np.geomspace(1e4, 1e7, 3000)
"""Values of the buckets of the histograms below."""


def buckets(rng: np.random.Generator, scale: float, samples: int) -> NDArray[np.int64]:
    values = rng.lognormal(math.log(40_000 * scale), 0.4, samples)
    return np.bincount(np.clip(np.searchsorted(GRID, values), 0, len(GRID) - 1), minlength=len(GRID)).astype(np.int64)


@pytest.mark.parametrize("blocks", [3, 6, 12])
def test_the_t_interval_contains_the_truth_in_95_of_100_studies(blocks: int) -> None:
    rng = np.random.default_rng(20)
    studies = 1000
    hits = 0
    for _ in range(studies):
        effect = rng.normal(0, 0.04, (3, blocks))
        drift = np.linspace(0, 0.2, blocks)  # common to a block, so it must cancel
        network = math.log(1.3) + effect[0] + drift
        hosts = (effect[1] + effect[2]) / 2 + drift
        interval = statistics.paired_log_t(list(network - hosts))
        assert interval and interval.low and interval.high
        hits += interval.low <= 1.3 <= interval.high
    assert 0.93 * studies <= hits <= 0.97 * studies


@pytest.mark.parametrize("effect", [0.01, 0.08])
def test_the_bootstrap_of_a_merged_tail_contains_the_truth(effect: float) -> None:
    rng = np.random.default_rng(21)
    studies = 150
    hits = 0
    for study in range(studies):
        network = np.array([buckets(rng, 1.3 * math.exp(rng.normal(0, effect)), 3000) for _ in range(6)])
        host = np.array([buckets(rng, math.exp(rng.normal(0, effect / 2**0.5)), 6000) for _ in range(6)])
        interval = statistics.bootstrap_quantile(network, host, GRID, 0.999, study)
        assert interval and interval.low and interval.high
        hits += interval.low <= 1.3 <= interval.high
    assert 0.91 * studies <= hits <= 0.99 * studies


def test_equal_networks_rarely_get_a_false_verdict() -> None:
    rng = np.random.default_rng(22)
    false = 0
    for _ in range(1000):
        network, a, b = rng.normal(0, 0.05, (3, 6))
        interval = statistics.paired_log_t(list(network - (a + b) / 2))
        floor = statistics.floor_of(statistics.paired_log_t(list(a - b)))
        false += statistics.verdict("lower", interval, floor) in ("slower", "faster")
    assert false <= 50


def test_one_block_gives_a_ratio_and_no_interval() -> None:
    found = statistics.paired_log_t([math.log(2)])
    assert found and found.ratio == pytest.approx(2)
    assert replace(found, ratio=2.0) == Interval(2.0, None, None, 1, "paired-log-t")
    assert statistics.paired_log_t([]) is None


def test_equal_blocks_give_an_interval_without_width() -> None:
    interval = statistics.paired_log_t([math.log(1.5)] * 4)
    assert interval and interval.low == interval.high == pytest.approx(1.5)


def test_the_t_interval_is_that_of_the_textbook() -> None:
    # Student's t table: 2.571 for 5 degrees of freedom, two-sided 95 %.
    logs = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    half = 2.5706 * np.std(logs, ddof=1) / math.sqrt(6)
    interval = statistics.paired_log_t(logs)
    assert interval and interval.high
    assert math.log(interval.high) == pytest.approx(0.35 + half, rel=1e-4)


@pytest.mark.parametrize(
    ("quantile", "needed"),
    [(0.5, 20), (0.99, 1000), (0.995, 2000), (0.999, 10_000), (0.9999, 100_000), (0.99999, 10**6)],
)
def test_a_quantile_is_supported_by_ten_samples_above_it(quantile: float, needed: int) -> None:
    assert statistics.supports(needed, quantile)
    assert not statistics.supports(needed - 1, quantile)


def test_a_maximum_is_never_supported() -> None:
    assert not statistics.supports(10**12, 1.0)


def test_too_few_blocks_for_the_bootstrap_give_no_interval() -> None:
    counts = np.array([[5, 5, 5]] * 5, dtype=np.int64)
    interval = statistics.bootstrap_quantile(counts, counts, np.array([1.0, 2.0, 3.0]), 0.5, 1)
    assert interval == Interval(1.0, None, None, 5, "bootstrap-blocks")


def test_the_bootstrap_is_the_same_for_the_same_seed() -> None:
    rng = np.random.default_rng(1)
    network, host = (np.array([buckets(rng, s, 500) for s in rng.lognormal(0, 0.1, 6)]) for _ in range(2))
    first, second = (statistics.bootstrap_quantile(network, host, GRID, 0.99, 7) for _ in range(2))
    assert first == second


def test_an_empty_histogram_has_no_ratio() -> None:
    empty, full = np.zeros((6, 3), dtype=np.int64), np.ones((6, 3), dtype=np.int64)
    assert statistics.bootstrap_quantile(empty, full, np.array([1.0, 2.0, 3.0]), 0.5, 1) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=300), st.sampled_from([0.1, 0.5, 0.9, 0.99, 0.999, 1.0]))
def test_a_merged_quantile_is_the_sample_of_that_rank(samples: list[int], quantile: float) -> None:
    counts = np.bincount(samples, minlength=51).astype(np.int64)
    rank = max(1, int(quantile * len(samples) + 0.5))
    assert statistics.merged_quantile(counts, quantile) == sorted(samples)[rank - 1]


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=60), min_size=6, max_size=8), st.integers(0, 2**32))
def test_a_ratio_of_a_network_to_itself_is_one_in_every_resample(blocks: list[list[int]], seed: int) -> None:
    counts = np.array([np.bincount(samples, minlength=31) for samples in blocks], dtype=np.int64)
    interval = statistics.bootstrap_quantile(counts, counts, np.arange(1.0, 32.0), 0.9, seed)
    assert interval and interval.ratio == interval.low == interval.high == 1


def test_a_proven_difference_is_named_by_what_is_better() -> None:
    more = Interval(1.2, 1.1, 1.3, 6, "")
    less = Interval(0.8, 0.7, 0.9, 6, "")
    assert statistics.verdict("lower", more, 1.02) == "slower"
    assert statistics.verdict("higher", more, 1.02) == "faster"
    assert statistics.verdict("lower", less, 1.02) == "faster"
    assert statistics.verdict("higher", less, 1.02) == "slower"


def test_a_difference_below_the_noise_floor_has_its_own_verdict() -> None:
    assert statistics.verdict("lower", Interval(1.13, 1.12, 1.14, 6, ""), 1.15) == "below-noise-floor"
    assert statistics.verdict("lower", Interval(0.89, 0.82, 0.97, 6, ""), 1.15) == "below-noise-floor"


def test_an_interval_that_contains_1_is_no_difference_found() -> None:
    assert statistics.verdict("lower", Interval(1.2, 0.99, 1.45, 6, ""), 1.0) == "no-difference-found"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.96, 1.04, "equivalent"),
        (1 / 1.05, 1.05, "equivalent"),
        (0.95, 1.04, "no-difference-found"),
        (0.96, 1.051, "no-difference-found"),
        (1.01, 1.03, "slower"),
    ],
)
def test_equivalence_needs_the_whole_interval_inside_the_margin(low: float, high: float, said: str) -> None:
    assert statistics.verdict("lower", Interval(math.sqrt(low * high), low, high, 6, ""), 1.0) == said


def test_a_margin_of_the_plan_decides_what_is_equivalent() -> None:
    interval = Interval(1.0, 0.92, 1.08, 6, "")
    assert statistics.verdict("lower", interval, 1.0) == "no-difference-found"
    assert statistics.verdict("lower", interval, 1.0, margin=0.1) == "equivalent"


def test_noise_that_hides_a_large_difference_is_inconclusive() -> None:
    wide = Interval(1.1, 0.5, 2.4, 6, "")
    assert statistics.verdict("lower", wide, 1.2, detectable=2.6) == "inconclusive"
    assert statistics.verdict("lower", wide, 1.2, detectable=1.4) == "no-difference-found"
    assert statistics.verdict("lower", Interval(4.0, 2.0, 8.0, 6, ""), 7.02) == "inconclusive"
    assert statistics.verdict("lower", Interval(9.0, 7.1, 11.0, 6, ""), 7.02, detectable=7.5) == "slower"


def test_without_an_interval_or_a_floor_there_is_no_verdict() -> None:
    assert statistics.verdict("lower", None, 1.02) == "unsupported"
    assert statistics.verdict("lower", Interval(1.2, None, None, 1, ""), 1.02) == "unsupported"
    assert statistics.verdict("lower", Interval(1.2, 1.1, 1.3, 6, ""), None) == "unsupported"


def test_the_floor_is_the_largest_gap_of_host_against_host() -> None:
    assert statistics.floor_of(Interval(1.0, 0.95, 1.02, 6, "")) == pytest.approx(1 / 0.95)
    assert statistics.floor_of(Interval(1.0, 0.99, 1.02, 6, "")) == pytest.approx(1.02)
    assert statistics.floor_of(Interval(1.0, None, None, 1, "")) is None
