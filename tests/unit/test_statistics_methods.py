"""Each method alone: held against another's implementation, a textbook, or numbers whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire import statistics
from barewire.statistics import choice, effective, stationarity
from barewire.statistics.hodges_lehmann import attained, rank


@pytest.mark.parametrize("n", [6, 8, 10, 13, 20])
def test_the_rank_interval_is_what_scipys_test_accepts(n: int) -> None:
    from scipy.stats import wilcoxon  # 0.8 s, which each worker would spend

    values = np.random.default_rng(n).normal(0.3, 1, n)
    found = statistics.hodges_lehmann(list(values))
    assert found and found.low is not None and found.high is not None
    for inside, outside in ((1e-9, -1e-9), (-1e-9, 1e-9)):
        bound = found.low if inside > 0 else found.high
        assert wilcoxon(values - (bound + inside), method="exact").pvalue > 0.05
        assert wilcoxon(values - (bound + outside), method="exact").pvalue <= 0.05


@pytest.mark.parametrize(("n", "percent"), [(6, 96.875), (8, 96.094), (10, 95.117)])
def test_few_blocks_hold_more_than_asked_by_ranks(n: int, percent: float) -> None:
    held = attained(n, 0.95)
    assert held and held * 100 == pytest.approx(percent, abs=1e-3)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_fewer_than_six_blocks_have_no_interval_by_ranks(n: int) -> None:
    found = statistics.hodges_lehmann([0.1 * i for i in range(n)])
    assert found and (found.low, found.high) == (None, None)
    assert attained(n, 0.95) is None


def test_no_block_has_no_estimate() -> None:
    assert statistics.hodges_lehmann([]) is None
    assert statistics.paired([]) is None


def test_one_wild_block_hardly_moves_the_pairwise_median() -> None:
    calm = [0.10, 0.11, 0.09, 0.10, 0.12, 0.08, 0.10, 0.11, 0.09, 0.10]
    found, wild = statistics.hodges_lehmann(calm), statistics.hodges_lehmann([*calm[:-1], 5.0])
    assert found and wild
    assert wild.value == pytest.approx(found.value, abs=0.01)


def test_a_wild_block_is_flagged_and_the_rank_interval_shown() -> None:
    found = statistics.paired([*np.linspace(0.08, 0.12, 14), 5.0])
    assert found and found.disagree
    assert (found.method, found.shown, found.twin) == ("hodges-lehmann", found.ranks, found.t)
    assert found.ranks.half < found.t.half


def test_calm_blocks_are_not_flagged() -> None:
    rng = np.random.default_rng(3)
    flagged = [statistics.paired(list(rng.normal(0, 1, 10))) for _ in range(500)]
    assert sum(bool(one and one.disagree) for one in flagged) <= 5


def test_where_ranks_lack_confidence_for_many_networks_t_does_it() -> None:
    values = [0.1, 0.2, 0.3, 0.4, 0.5, 3.0]
    assert choice.estimate_by("hodges-lehmann", values, 0.95) == statistics.hodges_lehmann(values)
    assert choice.estimate_by("hodges-lehmann", values, 0.99) == statistics.paired_t(values, 0.99)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=12), st.floats(-3, 3))
def test_moving_all_blocks_moves_every_interval(values: list[float], shift: float) -> None:
    moved = [value + shift for value in values]
    for method in (statistics.paired_t, statistics.hodges_lehmann):
        one, other = method(values), method(moved)
        assert one and other
        assert other.value == pytest.approx(one.value + shift, abs=1e-9)
        if one.low is not None and one.high is not None and other.low is not None:
            assert other.low == pytest.approx(one.low + shift, abs=1e-9)
            assert one.low - 1e-9 <= one.value <= one.high + 1e-9


def test_several_intervals_hold_together_at_sidaks_confidence() -> None:
    assert statistics.each(1) == pytest.approx(0.95)
    assert statistics.each(0) == pytest.approx(0.95)
    assert statistics.each(5) ** 5 == pytest.approx(0.95)


def test_more_confidence_takes_a_lower_rank() -> None:
    ranks = [rank(20, confidence) for confidence in (0.5, 0.9, 0.95, 0.99, 0.999)]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[-1] >= 1


def test_independent_requests_are_worth_themselves() -> None:
    rng = np.random.default_rng(5)
    found = statistics.inefficiency((np.full(40, 2000), rng.binomial(2000, 0.01, 40)) for _ in range(20))
    assert found and 1 <= found < 1.15


@pytest.mark.parametrize("together", [4, 25])
def test_requests_that_are_late_together_are_worth_one(together: int) -> None:
    rng = np.random.default_rng(6)
    trials = [(np.full(40, 2000), together * rng.binomial(2000 // together, 0.01, 40)) for _ in range(20)]
    assert statistics.inefficiency(trials) == pytest.approx(together, rel=0.15)


def test_a_stall_across_intervals_is_found_by_joining_them() -> None:
    rng = np.random.default_rng(7)
    # Each disturbance lasts four intervals: neighbours depend on each other.
    above = np.repeat(rng.binomial(500, 0.02, 40) * 4, 4)
    joined = statistics.inefficiency([(np.full(160, 2000), above)])
    apart = statistics.inefficiency([(np.full(160, 2000), rng.permutation(above))])
    assert joined and apart and joined > 2 * apart


def test_too_few_intervals_show_nothing() -> None:
    few = np.full(effective.FEWEST_DEGREES, 100)
    assert statistics.inefficiency([(few, few // 10)]) is None
    assert statistics.inefficiency([(few, few // 10)] * 2) == 1.0
    assert statistics.inefficiency([]) is None
    assert statistics.inefficiency([(np.full(20, 100), np.zeros(20, dtype=np.int64))]) is None
    assert statistics.is_stationary(np.full(stationarity.FEWEST - 1, 1.0)) is None


@pytest.mark.parametrize("length", [10, 20, 50, 200])
def test_a_steady_load_is_rarely_called_unsteady(length: int) -> None:
    rng = np.random.default_rng(length)
    called = [statistics.is_stationary(np.exp(rng.normal(10, 0.1, length))) for _ in range(600)]
    assert called.count(False) <= 600 * 0.02 + 3 * math.sqrt(600 * 0.02 * 0.98)


@pytest.mark.parametrize("length", [20, 50, 200])
def test_a_load_that_drifts_or_steps_is_unsteady(length: int) -> None:
    rng = np.random.default_rng(length)
    noise = rng.normal(10, 0.02, length)
    assert statistics.is_stationary(np.exp(noise + np.linspace(0, 0.3, length))) is False
    assert statistics.is_stationary(np.exp(noise + 0.2 * (np.arange(length) >= length // 2))) is False
    assert statistics.is_stationary(np.full(length, 7.0)) is True


def test_the_kpss_statistic_is_that_of_its_definition() -> None:
    values = np.random.default_rng(9).normal(size=100)
    away = values - values.mean()
    lags = 4
    variance = sum(
        (1 - abs(lag) / (lags + 1)) * sum(away[i] * away[i + abs(lag)] for i in range(100 - abs(lag)))
        for lag in range(-lags, lags + 1)
    ) / 100  # fmt: skip
    expected = sum(sum(away[: i + 1]) ** 2 for i in range(100)) / 100**2 / variance
    assert stationarity.kpss(values) == pytest.approx(expected)


def test_one_steady_series_in_100_exceeds_the_critical_value() -> None:
    rng = np.random.default_rng(10)
    over = sum(stationarity.kpss(rng.normal(size=400)) > stationarity.KPSS_ONE_PERCENT for _ in range(2000))
    assert 8 <= over <= 34  # 20 are expected; 3 standard deviations of the binomial


def test_pooled_errors_are_those_of_the_blocks() -> None:
    # With one bucket a block the quantile of the merged histogram at 0.5 is the middle block's, and errors must be finite.
    counts = np.diag([100] * 7).astype(np.int64)
    found = statistics.pooled(counts, counts[:, ::-1], np.arange(1.0, 8.0), 0.5, 1)
    assert found and found.log_error and found.difference_error
    assert (found.log_ratio, found.difference) == (0.0, 0.0)


def test_an_estimate_too_large_for_a_double_is_infinite() -> None:
    found = statistics.paired_log_t([0.0, 800.0])
    assert found and found.high == math.inf
    assert statistics.verdict("lower", found, 1.0) == "unsupported"


def test_a_quantile_between_body_and_stalls_is_on_an_edge() -> None:
    """Of 10,000 requests in each of six blocks 1.2 % were stalled, and came 40 at a time: 250 are independent."""
    values = np.array([50_000.0, 60_000.0, 1_500_000.0])
    counts = np.tile(np.array([5000, 4880, 120], dtype=np.int64), (6, 1))
    assert statistics.is_on_an_edge(counts, 0.99, 6 * 250, values)
    # The body is far from the stalls, and so is what lies within them.
    assert not statistics.is_on_an_edge(counts, 0.95, 6 * 250, values)
    assert not statistics.is_on_an_edge(counts, 0.995, 60_000, values)
    assert not statistics.is_on_an_edge(np.zeros((6, 3), dtype=np.int64), 0.99, 1500, values)


@pytest.mark.parametrize(
    ("body", "of", "two_kinds"),
    [(0, 6, False), (1, 6, False), (2, 6, True), (4, 6, True), (2, 12, False), (3, 12, True)],
)
def test_a_tail_that_some_trials_lack_is_of_two_kinds(body: int, of: int, two_kinds: bool) -> None:
    rng = np.random.default_rng(body)
    values = np.where(np.arange(of) < body, 5e4, 2e6) * np.exp(rng.normal(0, 0.1, of))
    assert statistics.is_of_two_kinds(rng.permutation(values).tolist(), 1.5e6) == two_kinds
    # Where the quantile of all lies in the body, the others have what lies above it.
    assert not statistics.is_of_two_kinds(values.tolist(), 6e4) and not statistics.is_of_two_kinds([], 1e6)


def test_noisy_tails_are_not_of_two_kinds() -> None:
    """Of blocks that differ by 26 to 87 %, as p99 of real runs does, nearly none."""
    rng = np.random.default_rng(1)
    for spread in (0.26, 0.5, 0.87):
        drawn = np.exp(rng.normal(0, spread, (2000, 6)))
        assert np.mean([statistics.is_of_two_kinds(one.tolist(), np.median(one)) for one in drawn]) <= 0.05


def test_a_heavy_tail_alone_is_no_edge() -> None:
    values = np.geomspace(1e4, 1e12, 2000)
    above = (values / values[0]) ** -1.2
    counts = np.tile(np.round(1e6 * -np.diff(above, append=0.0)).astype(np.int64), (6, 1))
    for quantile in (0.5, 0.99, 0.999):
        assert not statistics.is_on_an_edge(counts, quantile, 10 / (1 - quantile), values)


def test_a_tail_that_two_blocks_of_six_make_is_not_shared() -> None:
    counts = np.zeros((6, 3), dtype=np.int64)
    counts[:, 0] = 10_000
    counts[:2, 2] = [40, 35]
    assert not statistics.is_shared(counts, 0.998)
    counts[:, 2] = [4, 2, 3, 1, 0, 5]
    assert statistics.is_shared(counts, 0.9997)
    assert effective.contributors(np.array([10, 10, 10, 10, 10, 10])) == 6
    assert effective.contributors(np.array([500, 500, 0, 0, 0, 0])) == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("intervals", [2, 4, 5])
def test_stalls_in_short_loads_cost_effective_samples(intervals: int) -> None:
    rng = np.random.default_rng(intervals)
    samples = np.full(intervals, 2000)
    independent = [(samples, rng.binomial(2000, 0.005, intervals)) for _ in range(12)]
    stalled = [(samples, rng.permutation([60, *(0 for _ in range(intervals - 1))])) for _ in range(12)]
    assert (statistics.inefficiency(independent) or 9) < 2.5
    assert (statistics.inefficiency(stalled) or 0) > 25
