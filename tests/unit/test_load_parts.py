"""The generator's parts by themselves: buckets, queue and schedule, asked under the address and undefined sanitizers."""

from __future__ import annotations

import itertools
import statistics
from collections import deque
from fractions import Fraction

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import example, given
from hypothesis import strategies as st

from barewire.workloads.generator.histogram import DIGITS, HIGHEST_NS, LOWEST_NS
from tests.support.generator import ask

PACKAGE = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
EDGES = sorted({edge + off for bit in range(42) for edge in (1 << bit, 2047 << max(0, bit - 11)) for off in (-1, 0, 1)})

values = st.one_of(st.integers(0, HIGHEST_NS), st.integers(0, 41).flatmap(lambda bit: st.integers(0, 1 << bit)))


def assert_same_buckets(numbers: list[int]) -> None:
    found = [tuple(map(int, word.split(":"))) for word in ask("bucket", *numbers)]
    lowest = [int(PACKAGE.get_lowest_equivalent_value(number)) for number in numbers]
    assert [value for _, value in found] == lowest
    assert [PACKAGE.get_value_from_index(index) for index, _ in found] == lowest


def test_buckets_are_those_of_the_package_at_every_edge() -> None:
    assert_same_buckets([number for number in EDGES if 0 <= number <= HIGHEST_NS] + [HIGHEST_NS])


@given(st.lists(values, min_size=1, max_size=200))
def test_buckets_are_those_of_the_package(numbers: list[int]) -> None:
    assert_same_buckets(numbers)


@given(st.lists(values, max_size=100), st.integers(1, 40000))
def test_a_histogram_taken_down_in_slices_loses_nothing(numbers: list[int], most: int) -> None:
    *pairs, saturated = ask("histogram", most, *numbers)
    package = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for number in numbers:
        package.record_value(number)
    expected = [
        (package.get_value_from_index(index), count)
        for index, count in enumerate(package.counts)
        if count
    ]  # fmt: skip
    assert [tuple(map(int, pair.split(":"))) for pair in pairs] == expected
    assert saturated == "0"


def test_what_takes_longer_than_an_hour_is_an_hour_and_counted() -> None:
    hour = int(PACKAGE.get_lowest_equivalent_value(HIGHEST_NS))
    assert ask("histogram", 50000, HIGHEST_NS, HIGHEST_NS + 1, 2**62, -5) == ["0:1", f"{hour}:3", "2"]


@given(st.lists(st.integers(-1, 1000), max_size=300))
def test_a_queue_gives_back_what_it_was_given_in_order(steps: list[int]) -> None:
    model: deque[int] = deque()
    expected = []
    for step in steps:
        if step >= 0:
            model.append(step)
        elif model:
            expected.append(model.popleft())
    assert list(map(int, ask("queue", *steps))) == expected + list(model)


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("rate", [1, 3, 1000, 29970.03, 999983, 40000000])
def test_even_requests_are_due_at_their_number_over_the_rate(rate: float, threads: int) -> None:
    count = 200
    for thread in range(threads):
        times = list(map(int, ask("schedule", rate, "even", thread, threads, threads, 1, count)))
        for turn, time in enumerate(times):
            exact = Fraction(thread + turn * threads) * 10**9 / Fraction(rate)
            assert abs(time - exact) <= 1  # a nanosecond, from rounding down


@pytest.mark.parametrize(("rate", "seconds"), [(10, 1), (1000, 3), (12345, 2), (7, 10)])
def test_threads_together_send_rate_times_duration_requests_once(rate: int, seconds: int) -> None:
    threads = 3
    times = [
        time
        for thread in range(threads)
        for time in map(int, ask("schedule", rate, "even", thread, threads, threads, 1, rate * seconds // threads + 2))
        if time < seconds * 10**9
    ]
    assert len(times) == len(set(times)) == rate * seconds


@given(st.integers(1, 50_000), st.integers(1, 20))
@example(29, 1)
@example(49, 3)
@example(77, 10)
def test_a_whole_second_begins_with_a_multiple_of_the_rate(rate: int, seconds: int) -> None:
    """A request that comes a nanosecond early would be one too many for the second before."""
    first = max(0, rate * seconds - 1)
    before, at = (int(ask("schedule", rate, "even", number, 1, number + 1, 1, 1)[0]) for number in (first, first + 1))
    assert before < at == seconds * 10**9


@pytest.mark.parametrize("arrivals", ["even", "poisson"])
@pytest.mark.parametrize("rate", [1e-6, 1e-9, 1e-11, 1e-300, 5e-324])
def test_a_request_of_a_very_low_rate_is_never_due(rate: float, arrivals: str) -> None:
    """Its time has more nanoseconds than 64 bits can count."""
    first, *later = map(int, ask("schedule", rate, arrivals, 0, 1, 1, 1, 3))
    assert first == 0 or arrivals == "poisson"
    assert all(86400 * 10**9 < time <= 10**18 for time in later)


def test_poisson_arrivals_repeat_with_their_seed_only() -> None:
    def times(thread: int, seed: int) -> list[str]:
        return ask("schedule", 1000, "poisson", thread, 2, 2, seed, 50)

    assert times(0, 7) == times(0, 7)
    assert len({tuple(times(thread, seed)) for thread in (0, 1) for seed in (7, 8)}) == 4


@pytest.mark.parametrize("threads", [1, 4])
def test_poisson_gaps_have_the_mean_and_spread_of_an_exponential(threads: int) -> None:
    """With 20,000 gaps the mean's standard error is 0.7 %; the seed is fixed, so this holds always or never."""
    count, rate = 20000, 50000
    times = list(map(int, ask("schedule", rate, "poisson", 0, threads, threads, 3, count + 1)))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    expected = threads * 1e9 / rate
    assert statistics.fmean(gaps) == pytest.approx(expected, rel=0.03)
    assert statistics.stdev(gaps) == pytest.approx(expected, rel=0.05)
    assert sum(gap > expected for gap in gaps) / count == pytest.approx(0.3679, rel=0.03)
    assert all(gap >= 0 for gap in gaps)


def test_poisson_times_are_an_even_schedule_on_average() -> None:
    """Threads that each draw at their share of the rate add up to the whole rate."""
    seconds, rate, threads = 2, 20000, 4
    counts = [
        sum(int(time) < seconds * 10**9 for time in ask("schedule", rate, "poisson", thread, threads, threads, 1, rate))
        for thread in range(threads)
    ]
    assert sum(counts) == pytest.approx(rate * seconds, rel=0.02)


@pytest.mark.parametrize(("connections", "threads"), [(5, 2), (7, 3), (4, 4), (9, 4), (1, 1)])
def test_every_connection_has_its_share_in_unequal_threads(connections: int, threads: int) -> None:
    rate, rounds = 1000, 6
    requests = {}
    for thread in range(threads):
        mine = range(thread, connections, threads)
        times = map(int, ask("schedule", rate, "even", thread, threads, connections, 1, rounds * len(mine)))
        requests |= {time * rate // 10**9: mine[turn % len(mine)] for turn, time in enumerate(times)}
    assert requests == {number: number % connections for number in range(rounds * connections)}


def test_random_arrivals_are_shared_out_by_connections() -> None:
    seconds, rate = 20, 3000
    counts = [
        sum(int(time) < seconds * 10**9 for time in ask("schedule", rate, "poisson", thread, 2, 3, 1, rate * seconds))
        for thread in range(2)
    ]
    assert [count / seconds / rate for count in counts] == pytest.approx([2 / 3, 1 / 3], rel=0.03)
