"""Power and detectable differences, against scipy's noncentral t and against simulated studies."""

from __future__ import annotations

from math import exp, inf, log, sqrt

import numpy as np
import pytest
from scipy.stats import nct
from scipy.stats import t as student

from barewire import statistics
from barewire.statistics import Interval


@pytest.mark.parametrize("degrees", [1, 2, 5, 9, 19])
@pytest.mark.parametrize("ratio", [1.05, 1.2, 2.0])
def test_power_without_a_floor_is_that_of_the_noncentral_t(degrees: int, ratio: float) -> None:
    error, confidence = 0.05 / sqrt(degrees + 1), 0.95 ** (1 / 6)
    critical = student.ppf(0.5 + confidence / 2, degrees)
    expected = float(nct.sf(critical, degrees, log(ratio) / error))
    assert statistics.power(ratio, error, degrees, confidence) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(("blocks", "floor"), [(6, 1.0), (6, 1.1), (10, 1.05)])
def test_a_detectable_difference_is_found_in_4_of_5_studies(blocks: int, floor: float) -> None:
    spread, confidence, studies = 0.07, 0.95 ** (1 / 5), 4000
    ratio = statistics.detectable(spread / sqrt(blocks), blocks - 1, confidence, floor)
    drawn = np.random.default_rng(blocks).normal(log(ratio), spread, (studies, blocks))
    found = [statistics.paired_log_t(list(row), confidence) for row in drawn]
    slower = sum(statistics.verdict("lower", one, floor) == "slower" for one in found)
    assert slower / studies == pytest.approx(statistics.DETECTED, abs=0.02)


def test_blocks_for_a_difference_are_the_fewest_with_the_power() -> None:
    blocks = statistics.blocks_for(1.1, 0.07)
    assert blocks is not None
    before, after = (statistics.power(1.1, 0.07 / sqrt(n), n - 1) for n in (blocks - 1, blocks))
    assert before < statistics.DETECTED <= after
    assert statistics.blocks_for(1.01, 0.9) is None


def test_the_interval_of_a_study_gives_its_detectable_difference() -> None:
    error, blocks = 0.03, 6
    half = statistics.student_t(blocks - 1, 0.975) * error
    interval = Interval(1.0, exp(-half), exp(half), blocks, "paired-log-t")
    expected = statistics.detectable(error, blocks - 1)
    assert statistics.detectable_by(interval, 0.95, 1.0) == pytest.approx(expected)


def test_the_unreachable_is_infinite_and_the_unknown_none() -> None:
    assert statistics.detectable_by(Interval(1.0, 0.0, inf, 2, ""), 0.95, 1.0) == inf
    assert statistics.detectable_by(Interval(1.0, None, None, 1, ""), 0.95, 1.0) is None
    assert statistics.detectable_by(None, 0.95, 1.0) is None
    assert statistics.detectable(0.0, 5, floor=1.0001) == 1.0001
