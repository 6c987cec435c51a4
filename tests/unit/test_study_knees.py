"""What the rates of a study are shares of: the slowest network's maximum, each one's own, and what the report says of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from barewire import render, schemas
from barewire.errors import MeasurementError
from barewire.records import MaximumRecord, plain
from barewire.render.run import data, knees
from barewire.render.run.answer import answer
from barewire.results import upgrade
from barewire.study.design import blocks
from barewire.study.design.blocks import steps
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan, plan_of
from barewire.study.execution import knees as knees_of_study
from barewire.study.execution.conduct import _site
from barewire.study.execution.knees import Rates, of_record, rates, wanted
from barewire.study.execution.run import RunDirectory
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.local import LocalTestbed
from barewire.workloads import http
from tests.support import synthetic
from tests.support.records import plan_record, run_of

SIZE = 100


def found(low: float | None, high: float | None = None, note: str = "", rate: float = 0.0) -> MaximumRecord:
    high = high or (low and low * 1.03)
    return MaximumRecord(
        low or rate, rate_low_per_s=low, rate_high_per_s=high, closed_loop_per_s=(low or rate, low or rate), note=note
    )


def planned(**options: object) -> StudyPlan:
    return load_plan(None, {"networks": "ptp,flannel/vxlan", "sizes": "100", **options})


def searched(**options: object) -> Rates:
    others = {"ptp": {SIZE: found(90_000.0)}, "flannel/vxlan": {SIZE: found(50_000.0)}}
    return rates(planned(**options), {SIZE: found(100_000.0)}, others)


def test_a_share_is_of_the_slowest_network_so_that_all_carry_it() -> None:
    one = searched()
    assert one.full() == {SIZE: 50_000.0}
    assert one.maximum.response_bytes["100"].of == "flannel/vxlan"
    assert one.own() == {SIZE: {"host": 100_000.0, "ptp": 90_000.0, "flannel/vxlan": 50_000.0}}
    assert one.knees is not None
    knee = one.knees.response_bytes["100"]["flannel/vxlan"]
    assert knee.share == 0.5
    assert (knee.share_low or 0) < 0.5 < (knee.share_high or 0)


@pytest.mark.parametrize(
    ("options", "host", "said"),
    [
        ({}, 0.0, "the load 30% of host would offer 0 requests/s"),
        ({"loads": "0.01%"}, 10_000.0, "the load 0.01% of ptp would offer"),
        ({"own_loads": "0.01%"}, 10_000.0, "the load own-0.01% of ptp would offer"),
    ],
)
def test_a_rate_without_one_request_is_refused(options: dict[str, object], host: float, said: str) -> None:
    plan = planned(seconds=0.5, seed=1, **options)
    site = replace(_site(LabSource(plan, LocalTestbed()), {SIZE: host}), own={SIZE: {"ptp": host}})
    with pytest.raises(MeasurementError, match=f"{said}.*less than one request in 0.5 s"):
        knees_of_study.refuse_empty(plan, site, ["host", "ptp"] if not host else ["ptp"])
    knees_of_study.refuse_empty(planned(seconds=0.5, seed=1), replace(site, maximum={SIZE: 9.0}, own={}), ["host"])


def test_a_share_may_still_be_of_the_host() -> None:
    one = searched(loads_of="host")
    assert one.full() == {SIZE: 100_000.0}
    assert one.maximum.response_bytes["100"].of == "host"


def test_a_search_that_was_refused_has_no_share() -> None:
    one = rates(planned(), {SIZE: found(100_000.0)}, {"ptp": {SIZE: found(None, note="it stood still", rate=9.0)}})
    assert one.knees is not None
    knee = one.knees.response_bytes["100"]["ptp"]
    assert (knee.share, knee.note) == (None, "it stood still")


def test_only_what_needs_them_searches_every_network() -> None:
    names = ["host", "ptp", "flannel/vxlan"]
    assert wanted(planned(), names) == names[1:]
    assert wanted(planned(workloads="tcp-rr"), names) == []
    assert wanted(planned(loads_of="host", own_loads="none"), names) == []
    assert wanted(planned(loads_of="host"), names) == names[1:]


def test_a_run_of_an_earlier_version_offers_what_it_did() -> None:
    record = {key: value for key, value in planned().record().items() if key not in ("loads_of", "own_loads")}
    plan = plan_of(plan_record(upgrade.plan(record)), "run.json")
    assert (plan.loads_of, plan.own_loads) == ("host", ())
    assert not [step for step in steps(plan) if step.own]
    old = of_record(run_of({"maximum": {"response_bytes": {"100": {"rate_per_s": 7.0}}}}))
    assert (old.full(), old.own()) == ({SIZE: 7.0}, {})


@pytest.mark.kernel
def test_two_networks_are_offered_one_rate_and_their_own_shares() -> None:
    plan = planned(workloads="http", loads="50%", own_loads="50%", seconds=0.1, warmup=0)
    one = searched()
    source = LabSource(plan, LocalTestbed())
    offered: dict[str, dict[str, float | None]] = {}
    site = _site(source, one.full())
    site.own.update(one.own())
    for name in ("host", "ptp"):
        with source.open(name) as path:
            offered[name] = {step.load: http.WORKLOAD.spec(step, path, plan, site).rate_per_s for step in steps(plan)}
    assert offered == {"host": {"50%": 25_000.0, "own-50%": 50_000.0}, "ptp": {"50%": 25_000.0, "own-50%": 45_000.0}}


def test_an_own_share_is_a_load_beside_the_common_ones() -> None:
    plan = planned(loads="30%,50%", own_loads="50%", workloads="http")
    assert [(step.load, step.own) for step in blocks.steps(plan)] == [("30%", False), ("50%", False), ("own-50%", True)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of two networks whose maxima were searched for."""
    return synthetic.write_run(tmp_path / "run", {"ptp": 1.05, "flannel/vxlan": 1.5}, blocks=3, requests=2500)


def read_run(path: Path, one: Rates) -> data.ReportData:
    record = json.loads((path / "run.json").read_text())
    record |= {"maximum": plain(one.maximum), "knees": {**plain(one.knees), "searched": True}}
    jsonschema.Draft202012Validator(schemas.schema("run")).validate(record)
    (path / "run.json").write_text(json.dumps(record))
    with RunDirectory.open(path, write=True) as opened:
        summary = opened.summarise()
    jsonschema.Draft202012Validator(schemas.schema("summary")).validate(plain(summary))
    return data.load(path)


def test_every_report_says_what_each_network_carries(run: Path) -> None:
    read = read_run(run, searched())
    assert knees.sentence(read).startswith("flannel/vxlan carries 50\u00a0%")
    said = answer(read)
    assert "of the maximum rate of flannel/vxlan, the slowest network" in said.headline
    assert said.noise.startswith("flannel/vxlan carries")
    for name in ("text", "markdown", "html"):
        text = render.render(run, name)
        assert isinstance(text, str)
        assert "flannel/vxlan carries 50\u00a0%" in text.replace("\n", " ").replace("\\", ""), name
    assert knees.TITLE in str(render.render(run, "text"))
    assert [one.network for one in knees.rows(read)] == ["host", "ptp", "flannel/vxlan"]


def test_a_maximum_that_was_not_found_is_the_first_thing_said(run: Path) -> None:
    doubtful = rates(planned(loads_of="host"), {SIZE: found(None, note="the search found nothing", rate=500.0)}, {})
    read = read_run(run, doubtful)
    assert answer(read).partial.startswith("The maximum rate of host was not found (the search found nothing)")
    for name in ("text", "markdown", "html"):
        text = str(render.render(run, name)).replace("\n", " ").replace("\u00a0", " ")
        assert "of a guess at the maximum rate of host" in text, name
        assert "the host's maximum rate" not in text, name
    assert "100 % is a guess at the maximum rate of host" in str(render.render(run, "html"))
    assert str(render.render(run, "text")).lstrip().startswith("The maximum rate of host was not found")
