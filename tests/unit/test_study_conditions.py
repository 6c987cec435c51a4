"""A study over conditions, without a kernel: what its file must be like, turns, shares."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.errors import BarewireError, PlanError, RunError
from barewire.kernel.tuning.hold import Hold
from barewire.kernel.tuning.ledger import Ledger
from barewire.kernel.tuning.setting import Tree
from barewire.render.run import tuned
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import conditions
from barewire.testbeds.local import LocalTestbed
from tests.support.records import run_of

WHOLE: dict[str, Any] = {
    "schema": "barewire/study/2", "study": "0011", "created": "2026-01-01T00:00:00Z", "command": "barewire study",
    "factor": "tune", "plan": {}, "conditions": [{"name": "none", "run": "none", "tune": "none", "definition": {"name": "none"}}],
}  # fmt: skip


def resumed(path: Path) -> None:
    hold = Hold(Tree(path), Ledger(path / "state"))
    with conditions.resumed(path, LocalTestbed(), cast("conditions.ConditionsProgress", None), hold):
        raise AssertionError("it was taken for a study")


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema": "barewire/run/2"},
        {"schema": "barewire/study/1"},
        {"schema": "barewire/study/3"},
        {"conditions": []},
        {"conditions": {}},
        {"conditions": [3]},
        {"conditions": [{"name": "none", "run": "../none", "tune": "none", "definition": {}}]},
        {"conditions": [{"name": "none", "run": "none", "tune": "none", "definition": 3}]},
    ],
)
def test_a_wrong_study_is_refused_with_its_file(tmp_path: Path, wrong: dict[str, Any]) -> None:
    (tmp_path / "study.json").write_text(json.dumps(WHOLE | wrong))
    with pytest.raises(RunError) as caught:
        resumed(tmp_path)
    assert str(tmp_path / "study.json") in str(caught.value)


@pytest.mark.parametrize("key", sorted(WHOLE))
def test_a_study_that_lacks_a_key_is_refused(tmp_path: Path, key: str) -> None:
    (tmp_path / "study.json").write_text(json.dumps({k: v for k, v in WHOLE.items() if k != key}))
    with pytest.raises(RunError):
        resumed(tmp_path)


@given(content=st.binary(max_size=200))
def test_anything_else_is_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("study")
    (path / "study.json").write_bytes(content)
    with pytest.raises(BarewireError):
        resumed(path)
    ledger = Ledger(path)
    ledger.file.write_bytes(content)
    with pytest.raises(BarewireError):
        ledger.read()


def test_each_condition_gets_an_equal_part_of_the_budget() -> None:
    plan = load_plan(None, {"tune": "none,latency", "budget": 10.0, "seed": 1})
    assert conditions.share(plan).budget == 5
    assert conditions.share(plan).tune == ("none",)


def test_both_pairs_of_racks_are_two_conditions_of_one_budget() -> None:
    plan = load_plan(None, {"topology": "racks=2,nodes=3,pair=both,spines=2", "budget": 10.0, "seed": 1})
    assert plan.topologies == {
        "within": "racks=2,nodes=3,spines=2,pair=within", "across": "racks=2,nodes=3,spines=2,pair=across",
    }  # fmt: skip
    shared = conditions.share(plan)
    assert (shared.budget, shared.topology) == (5, plan.topologies["within"])
    with pytest.raises(PlanError, match="pair=both cannot be compared beside several kernels or tunings"):
        load_plan(None, {"topology": "racks=2,nodes=2,pair=both", "tune": "none,latency"})


def test_a_pair_without_its_topology_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text(json.dumps(WHOLE | {"factor": "pair"}))
    with pytest.raises(RunError, match="'conditions' is missing or wrong"):
        resumed(tmp_path)


def test_every_condition_comes_first_in_about_half_of_the_blocks() -> None:
    plan = SimpleNamespace(seed=3)
    both = [
        cast("conditions.ConditionInForce", SimpleNamespace(name=name, opened=SimpleNamespace(plan=plan)))
        for name in ("none", "latency")
    ]
    firsts = [conditions._order(both, block)[0].name for block in range(1, 201)]
    assert 70 < firsts.count("none") < 130


def sentence(**tuning: Any) -> str:
    return tuned.sentence(cast("Any", SimpleNamespace(run=run_of({"tuning": tuning} if tuning else {}))))


def test_a_report_has_a_line_of_tuning_and_what_is_not_set() -> None:
    machine = [{"setting": f"s{number}", "set": number > 7} for number in range(10)]
    assert sentence() == ""
    assert sentence(profile="none", machine=[], lab=[], by_hand="") == "none"
    assert (
        sentence(profile="none", machine=[], lab=[], by_hand="latency")
        == "none; the machine was tuned by hand, with latency"
    )
    line = sentence(profile="mine", machine=machine, lab=[{"setting": "rps", "set": True}], by_hand="")
    assert line.replace("\u00a0", " ") == "mine, 3 of 11 settings; not set: s0, s1, s2, s3, s4, s5 and 2 more"
