"""The maximum rate is an interval around the truth, also where some probes are spoilt."""

from __future__ import annotations

import random

import pytest
from MLRsearch import AbstractMeasurer, MeasurementResult

from barewire.study import search

CAPACITY = 80_000.0


class Path(AbstractMeasurer):  # type: ignore[misc]
    """A path that carries so much, and in a share of probes much less."""

    def __init__(self, capacity: float, spoilt: float = 0.0, seed: int = 1) -> None:
        self._capacity, self._spoilt, self._chance = capacity, spoilt, random.Random(seed)
        self.seconds = 0.0

    def measure(self, intended_duration: float, intended_load: float) -> MeasurementResult:
        self.seconds += intended_duration
        carried = self._capacity * (0.5 if self._chance.random() < self._spoilt else 1.0)
        offered = round(intended_load * intended_duration)
        return MeasurementResult(
            intended_duration=intended_duration, intended_load=intended_load, offered_count=offered,
            forwarding_count=min(offered, round(carried * intended_duration)), duration_with_overheads=intended_duration,
        )  # fmt: skip


def test_the_interval_holds_what_the_path_carries_and_is_narrow() -> None:
    low, high = search._searched(Path(CAPACITY), 1.05 * CAPACITY)
    assert low and high
    # 99 % answered is sustained, so a rate of up to 1 % above the capacity is.
    assert low <= CAPACITY / search.SUSTAINED < high
    assert 0 < high - low <= search.WIDTH * high + 1e-6


@pytest.mark.parametrize("capacity", [5, 50, 1_000, 8_000, 3_000_000])
def test_slow_and_fast_paths_have_an_interval_too(capacity: float) -> None:
    low, high = search._searched(Path(capacity), 1.05 * capacity)
    # Whole requests of short probes are coarse on a slow path.
    assert low and 0.5 * capacity <= low <= 1.2 * capacity
    assert high is None or high > low


def test_some_spoilt_probes_do_not_halve_the_maximum() -> None:
    for seed in range(10):
        low, _ = search._searched(Path(CAPACITY, spoilt=0.1, seed=seed), 1.05 * CAPACITY)
        assert low and low > 0.8 * CAPACITY, f"seed {seed}"


def test_a_search_is_a_matter_of_seconds() -> None:
    path = Path(CAPACITY)
    search._searched(path, 1.05 * CAPACITY)
    assert path.seconds < 10


def test_a_path_that_carries_nothing_has_no_interval() -> None:
    low, _ = search._searched(Path(CAPACITY / 1000), CAPACITY)
    assert low is None
