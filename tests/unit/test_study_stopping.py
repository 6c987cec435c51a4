"""A study that stops by its precision looks seldom enough, wide enough, and comes to the same looks again."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from barewire.errors import PlanError
from barewire.records import Summary
from barewire.results.analysis import Run
from barewire.results.precision import looks, stopping, targets
from barewire.statistics import student_t
from barewire.study.design.plan_file import load_plan
from barewire.study.execution.run import RunDirectory
from tests.support.records import plan_record
from tests.support.synthetic import write_run


def run_of(path: Path, until: list[str], most: int, **world: Any) -> Run:
    write_run(
        path,
        {"docker": 1.3, "ptp": 1.1},
        unavailable=None,
        rejected=False,
        summary=False,
        workloads=("http", "http-max"),
        **world,
    )
    run = RunDirectory.open(path).data()
    plan = {**run.record.plan, "until": until, "blocks": most}
    return replace(run, record=replace(run.record, plan=plan_record(plan)))


def test_levels_are_those_of_the_published_boundaries() -> None:
    # Lan and DeMets' Pocock-like spending, five looks at equal distances, two-sided 5 %: tables give these.
    published = (2.438, 2.427, 2.410, 2.397, 2.386)
    found = [-float(ndtri((1 - level) / 2)) for level in looks.levels((20, 40, 60, 80, 100), 100)]
    assert found == pytest.approx(published, abs=0.001)


def test_one_look_at_the_end_is_an_ordinary_interval() -> None:
    assert looks.levels((10,), 10) == pytest.approx((0.95,), abs=1e-6)
    assert looks.levels((10,), 60, last=True) == pytest.approx((0.95,), abs=1e-6)


@given(st.integers(6, 1000))
def test_looks_rise_from_six_blocks_and_each_is_above_95_percent(most: int) -> None:
    planned = looks.planned(most)
    assert planned[0] == 6
    assert planned[-1] == most
    assert list(planned) == sorted(set(planned))
    assert all(0.95 <= level < 1 for level in looks.levels(planned, most))


def test_all_looks_together_err_in_about_five_percent_of_studies() -> None:
    # Every look at every study: an interval that has lost the truth at any look is an error of that study.
    counts, studies = looks.planned(40), 4000
    rng = np.random.default_rng(7)
    drawn = rng.normal(0, 1, (studies, counts[-1]))
    lost = np.zeros(studies, dtype=bool)
    for count, level in zip(counts, looks.levels(counts, counts[-1]), strict=True):
        seen = drawn[:, :count]
        half = student_t(count - 1, 0.5 + level / 2) * seen.std(axis=1, ddof=1) / np.sqrt(count)
        lost |= np.abs(seen.mean(axis=1)) > half
    assert 0.03 < lost.mean() < 0.07, "seed 7"


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("p50=2%", ("p50", "latency", 0.5, 0.02)),
        (" p99.90 = 10% ", ("p99.9", "latency", 0.999, 0.1)),
        ("rate=1%", ("rate", "request_rate", None, 0.01)),
        ("throughput=3%", ("throughput", "throughput", None, 0.03)),
    ],
)
def test_a_target_names_a_metric_and_a_half_width(text: str, record: tuple[object, ...]) -> None:
    target = targets.parse(text)
    assert (target.word, target.metric, target.quantile, pytest.approx(target.half_width)) == record
    assert targets.parse(str(target)) == target


@pytest.mark.parametrize("text", ["p50", "p50=2", "p51=2%", "p100=2%", "speed=2%", "p50=0%", "p50=101%", "=2%", ""])
def test_what_is_no_target_is_refused_with_what_there_is(text: str) -> None:
    with pytest.raises(PlanError):
        targets.parse(text)


def test_a_plan_with_targets_has_many_blocks_by_default() -> None:
    assert load_plan(None, {"until": "p50=2%,p99=5.0%"}).until == ("p50=2%", "p99=5%")
    assert load_plan(None, {"until": "p50=2%"}).blocks == 60
    assert load_plan(None, {"until": "p50=2%", "quick": True}).blocks == 60
    assert load_plan(None, {"until": "p50=2%", "blocks": 8}).blocks == 8
    with pytest.raises(PlanError, match=r"--blocks does not fit: with until there must be at least 6"):
        load_plan(None, {"until": "p50=2%", "blocks": 5})
    with pytest.raises(PlanError, match=r"--until cannot be 'p50': 'p50' has no value"):
        load_plan(None, {"until": "p50"})


def test_a_precise_run_has_met_its_targets_and_names_the_look(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", ["p50=5%", "rate=5%"], 30, blocks=6, effect=0.01)
    record = stopping.record(run)
    assert record is not None
    assert (record.met, record.ended, record.targets) == (True, "met", ("p50=5%", "rate=5%"))
    (only,) = record.looks
    assert only.blocks == 6
    assert only.confidence == pytest.approx(stopping.confidence(run), abs=1e-5)
    assert 0 < (only.half_widths["p50=5%"] or 0) < 0.05


def test_a_noisy_run_continues_and_estimates_the_blocks_it_needs(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", ["p50=1%"], 100, blocks=7, effect=0.05)
    seen = stopping.look(run, 6)
    assert not seen.met
    needed = stopping.blocks_needed(seen, 100)
    assert needed in looks.planned(100)
    assert needed > 6
    record = stopping.record(run)
    assert record is not None
    assert (record.met, record.ended) == (False, "out of time or interrupted")
    # Six and seven blocks were looked at; the second is the last, and gets what was left of the error rate.
    assert [look.blocks for look in record.looks] == [6, 7]
    assert stopping.confidence(run) < looks.levels((6, 7), 100)[-1]


def test_a_block_that_lacks_a_trial_does_not_count_as_seen(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", ["p50=5%"], 30, blocks=7)
    lacking = replace(run, trials=[t for t in run.trials if (t.block, t.network) != (3, "docker")])
    assert stopping.whole_blocks(lacking) == (1, 2, 4, 5, 6, 7)
    assert stopping.look(lacking, 6).widths["p50=5%"] < inf


def test_a_target_that_no_load_measures_is_never_met(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", ["p99.999=5%"], 30, blocks=6)
    assert stopping.look(run, 6).widths == {"p99.999=5%": inf}
    assert stopping.blocks_needed(stopping.look(run, 6), 30) == 30


def test_a_summary_has_the_last_looks_intervals_if_there_are_any(tmp_path: Path) -> None:
    write_run(
        tmp_path / "run", {"docker": 1.3}, blocks=6, unavailable=None, rejected=False, workloads=("http", "http-max")
    )
    fixed = RunDirectory.open(tmp_path / "run").summarise()
    assert fixed.stopping is None
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    record["plan"] |= {"until": ["p50=5%"], "blocks": 60}
    (tmp_path / "run" / "run.json").write_text(json.dumps(record))
    stopped = RunDirectory.open(tmp_path / "run").summarise()
    assert stopped.complete

    def width(summary: Summary) -> float:
        cell = next(c for c in summary.cells if c.network == "docker" and c.metric == "request_rate")
        assert cell.ratio_high and cell.ratio_low
        return cell.ratio_high / cell.ratio_low

    assert width(stopped) > width(fixed)
