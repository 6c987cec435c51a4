"""Restarts within a study: groups of blocks, each recorded, each after a restart of the place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from barewire.errors import PlanError
from barewire.records import Trial
from barewire.results import reading
from barewire.results.comparison.sides import restarts as groups_of
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import restarts
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.fake import FakeTestbed
from tests.support.command import Done, with_run


def trial(number: int, **keys: int | None) -> Trial:
    return replace(Trial("", number, "ptp", valid=True), **keys)  # type: ignore[arg-type]


def test_blocks_are_parted_evenly_and_the_place_restarts_between() -> None:
    plan = load_plan(None, {"networks": ["host", "ptp"], "blocks": 7, "restarts": 3, "seed": 1})
    testbed, done = FakeTestbed(), list[Trial]()
    source = LabSource(plan, testbed)
    for block in range(1, 8):
        for _ in range(2):
            begun = restarts.begin(plan, block, done, source)
            done.append(trial(len(done) + 1, block=block, restart=begun))
    assert [one.restart for one in done[::2]] == [1, 1, 1, 2, 2, 3, 3]
    assert testbed.restarts == 2


def test_a_study_with_more_blocks_goes_on_in_its_last_group() -> None:
    plan = load_plan(None, {"networks": ["host", "ptp"], "blocks": 12, "restarts": 3, "seed": 1})
    assert [restarts.group(plan, block, [trial(1, restart=3)]) for block in (7, 9, 12)] == [3, 3, 3]


def test_a_resumed_study_goes_on_with_its_pair_of_nodes() -> None:
    begun: list[int] = []

    class Source:
        def restart(self, group: int) -> None:
            begun.append(group)

    plan = load_plan(None, {"testbed": "kubernetes", "pairs": 3, "blocks": 6, "seed": 1})
    for last in (1, 2, 3):
        restarts.resume(plan, [trial(1, restart=1), trial(2, restart=last)], Source())  # type: ignore[arg-type]
    assert begun == [2, 3]


def test_a_plan_without_restarts_records_none() -> None:
    plan = load_plan(None, {"networks": ["host", "ptp"], "blocks": 4, "seed": 1})
    assert restarts.begin(plan, 3, [trial(1, block=2)], LabSource(plan, FakeTestbed())) is None


@pytest.mark.parametrize(
    "options", [{"blocks": 2, "restarts": 3}, {"restarts": 2, "until": "p50=2%", "workloads": "http"}, {"restarts": 0}]
)
def test_groups_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="restarts"):
        load_plan(None, {"networks": ["host", "ptp"], **options})


@pytest.mark.kernel
def test_a_study_records_the_group_of_every_trial(tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-P", "-m", "barewire", "study", "--networks", "host,ptp", "--workloads", "tcp-rr", "--blocks", "2",
         "--restarts", "2", "--seconds", "0.2", "--warmup", "0.05", "--seed", "3", "--force", "--out", str(run)],
        capture_output=True, text=True, check=False, timeout=300, env={**os.environ},
    )  # fmt: skip
    with_run(Done(done.returncode, done.stdout, done.stderr), run)
    found = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    assert {(one["block"], one["restart"]) for one in found} == {(1, 1), (2, 2)}, done.stderr
    # On a busy machine all trials of a block may be rejected.
    valid = sorted({one["block"] for one in found if not one["rejected"]})
    assert groups_of(reading.read(run).analysed()) == tuple(frozenset({block}) for block in valid)
