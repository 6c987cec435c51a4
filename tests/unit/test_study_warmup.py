"""The warm-up is found where there is one, not where there is only noise, and is the same for all."""

from __future__ import annotations

import numpy as np
import pytest

from barewire.study.design import budget
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import warmup
from barewire.study.execution.warmup import Pilot, common, judge, mser

STEP_S = 0.02


def medians(level: list[float], noise: float, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    return list(30_000 * np.exp(np.asarray(level) + rng.normal(0, noise, len(level))))


def test_a_slow_beginning_is_a_warm_up_that_ends_where_it_ends() -> None:
    found = judge("host", "50%", medians([0.5] * 10 + [0.0] * 40, 0.05, 1), 1)
    assert found.kind == "warm-up"
    assert found.change_s == pytest.approx(10 * STEP_S)
    assert found.mser_s == pytest.approx(10 * STEP_S)
    assert common([found]) == pytest.approx(0.25)


def test_a_beginning_that_is_faster_is_a_slowdown_and_is_cut_too() -> None:
    found = judge("host", "50%", medians([-0.5] * 8 + [0.0] * 42, 0.05, 2), 2)
    assert found.kind == "slowdown"
    assert found.needed_s == pytest.approx(max(found.mser_s, 8 * STEP_S))


def test_noise_alone_is_flat_in_about_all_pilots() -> None:
    # A permutation test at 5 %: of 60 series without a change few are said to have one.
    kinds = [judge("host", "50%", medians([0.0] * 50, 0.1, seed), seed).kind for seed in range(60)]
    assert kinds.count("flat") >= 51, kinds


def test_a_level_that_changes_late_cuts_nothing() -> None:
    found = judge("host", "50%", medians([0.0] * 35 + [0.6] * 15, 0.05, 3), 3)
    assert found.kind == "no steady state"
    assert found.needed_s == 0


def test_the_longest_beginning_counts_for_all_within_bounds() -> None:
    def pilot(seconds: float) -> Pilot:
        return Pilot("ptp", "50%", "warm-up", seconds, None, 50)

    assert common([]) == warmup.SHORTEST_S
    assert common([pilot(0.1), pilot(0.2)]) == pytest.approx(0.25)
    assert common([pilot(10)]) == warmup.LONGEST_S


def test_intervals_without_answers_and_short_pilots_say_nothing() -> None:
    assert judge("host", "50%", [0.0] * 50, 1).kind == "flat"
    assert judge("host", "50%", [], 1) == Pilot("host", "50%", "flat", 0.0, None, 0)


def test_mser_leaves_out_what_makes_the_rest_quietest() -> None:
    values = np.array([9.0, 5.0, 1.0, 1.1, 0.9, 1.0, 1.1, 0.9, 1.0, 1.0])
    assert mser(values) == 2


def test_a_plan_finds_its_warm_up_unless_it_says_so_itself() -> None:
    assert load_plan().warmup == "auto"
    assert load_plan(None, {"warmup": "auto"}).warmup == "auto"
    assert load_plan(None, {"warmup": "0.3"}).warmup == 0.3


def test_cheap_pilots_run_on_all_networks_and_others_on_two() -> None:
    assert budget.pilots(load_plan(), 10) == 10
    assert budget.pilots(load_plan(None, {"quick": True}), 10) == 2
