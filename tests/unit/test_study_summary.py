"""A summary says what the blocks say: the true ratios, their intervals, and 'unsupported' where there is too little."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import exp, isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barewire.records import Cell, Trial, plain
from barewire.results.analysis import Run
from barewire.results.counts import bucket_values, counts_of
from barewire.results.summary import precision, summarise
from barewire.study.design.blocks import block
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.run import RunDirectory
from tests.support import synthetic
from tests.support.records import run_of, trial_of

TRUTH = {"flannel/vxlan": 1.5, "host+direct": 1.0}
Cells = Mapping[tuple[str, str, str, float | None], Mapping[str, Any]]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("summary") / "run", TRUTH, requests=12_000)


@pytest.fixture(scope="module")
def summary(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((path / "summary.json").read_text())
    return read


@pytest.fixture(scope="module")
def cells(summary: dict[str, Any]) -> Cells:
    return {(c["network"], c["load"], c["metric"], c["quantile"]): c for c in summary["cells"]}


def without(path: Path, *drop: int) -> Run:
    """The run without some of its trials, as if it had been ended or they had been rejected."""
    data = RunDirectory.open(path).data()
    return Run(data.record, [t for t in data.trials if t.trial not in drop], data.counts)


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_a_slower_network_is_found_with_its_true_ratio(cells: Cells, quantile: float) -> None:
    cell = cells["flannel/vxlan", "50%", "latency", quantile]
    assert cell["ratio_low"] <= 1.5 <= cell["ratio_high"]
    assert cell["ratio"] == pytest.approx(1.5, rel=0.03)
    assert cell["value"] / cell["baseline_value"] == pytest.approx(1.5, rel=0.05)
    assert (cell["verdict"], cell["supported"], cell["method"], cell["n"]) == ("slower", True, "paired-log-t", 6)
    assert (cell["unit"], cell["samples"], cell["achieved_share"]) == ("ns", 72_000, pytest.approx(1, abs=1e-4))


def test_no_difference_is_found_between_host_and_host(summary: dict[str, Any]) -> None:
    verdicts = {c["verdict"] for c in summary["cells"] if c["network"] == "host+direct" and c["supported"]}
    assert not verdicts & {"slower", "faster"}


@pytest.mark.parametrize(
    ("load", "metric", "ratio", "unit"),
    [
        ("http-max", "request_rate", 1 / 1.5, "1/s"),
        ("http-crr", "connect_rate", 1 / 1.5, "1/s"),
        ("tcp-stream-1", "throughput", 1 / 1.5, "bit/s"),
        ("tcp-stream-4", "throughput", 1 / 1.5, "bit/s"),
        ("http-max", "cpu_per_request", 1.5, "ns"),
        ("50%", "cpu_per_request", 1.5, "ns"),
        ("setup", "setup_time", 1.5, "ns"),
    ],
)
def test_less_of_a_rate_and_more_of_a_cost_are_both_slower(
    cells: Cells, load: str, metric: str, ratio: float, unit: str
) -> None:
    cell = cells["flannel/vxlan", load, metric, None]
    assert cell["joint_low"] <= ratio <= cell["joint_high"]
    assert cell["ratio"] == pytest.approx(ratio, rel=0.15)
    assert cell["ratio"] == pytest.approx(cell["value"] / cell["baseline_value"], rel=1e-5)
    assert (cell["verdict"], cell["unit"]) == ("slower", unit)


def test_the_host_has_cells_of_its_own_with_the_ratio_1(cells: Cells) -> None:
    cell = cells["host", "50%", "latency", 0.5]
    assert (cell["ratio"], cell["ratio_low"], cell["ratio_high"], cell["method"]) == (1, 1, 1, "baseline")
    assert cell["value"] == cell["baseline_value"] == cells["flannel/vxlan", "50%", "latency", 0.5]["baseline_value"]


def test_objects_are_counted_without_a_verdict(cells: Cells) -> None:
    assert cells["host", "setup", "objects_per_node", None]["value"] == 0
    cell = cells["flannel/vxlan", "setup", "objects_per_node", None]
    assert (cell["value"], cell["ratio"], cell["verdict"]) == (14, None, "unsupported")


def test_tails_without_samples_are_unsupported_and_still_shown(cells: Cells) -> None:
    for quantile in (0.9999, 0.99999, 1.0):
        cell = cells["flannel/vxlan", "50%", "latency", quantile]
        assert (cell["supported"], cell["verdict"], cell["ratio_low"], cell["ratio_high"]) == (
            False,
            "unsupported",
            None,
            None,
        )
        assert cell["value"] > cells["flannel/vxlan", "50%", "latency", 0.999]["value"]


def test_the_maximum_is_the_largest_of_all_trials(path: Path, cells: Cells) -> None:
    trials = RunDirectory.open(path).trials()
    largest = max(
        load.latency_ns["max"] for t in trials if t.valid and t.network == "flannel/vxlan"
        for load in t.loads if load.load == "50%"
    )  # fmt: skip
    assert cells["flannel/vxlan", "50%", "latency", 1.0]["value"] == largest


def test_a_tail_of_all_blocks_is_read_from_merged_histograms(tmp_path: Path) -> None:
    path = synthetic.write_run(tmp_path / "run", {"ptp": 2.0}, requests=2500, rejected=False)
    summary = json.loads((path / "summary.json").read_text())
    cells = {(c["network"], c["quantile"]): c for c in summary["cells"] if c["metric"] == "latency"}
    cell = cells["ptp", 0.999]
    assert (cell["method"], cell["supported"], cell["samples"]) == ("bootstrap-blocks", True, 15_000)
    assert cell["ratio_low"] <= cell["ratio"] <= cell["ratio_high"]
    assert cell["ratio"] == cell["value"] / cell["baseline_value"] or cell["ratio"] == pytest.approx(
        cell["value"] / cell["baseline_value"]
    )
    assert cells["ptp", 0.99]["method"] == "paired-log-t"


def test_merged_values_are_those_of_one_big_histogram(path: Path, cells: Cells) -> None:
    run = RunDirectory.open(path)
    trials = [t.trial for t in run.trials() if t.valid and t.network == "flannel/vxlan"]
    logs = [e.histogram for n in trials for e in run.histograms(n) if e.tag == "latency/50%/100"]
    counts = sum(counts_of(histogram) for histogram in logs)
    samples = np.repeat(bucket_values(), counts)
    assert len(samples) == 72_000
    for quantile in (0.5, 0.99, 0.999):
        expected = np.sort(samples)[int(quantile * len(samples) + 0.5) - 1]
        assert cells["flannel/vxlan", "50%", "latency", quantile]["value"] == expected


def test_bucket_values_are_those_of_the_hdrhistogram_package() -> None:
    from hdrh.histogram import HdrHistogram

    layout = HdrHistogram(1, 3600 * 10**9, 3)
    for index in [0, 1, 1023, 1024, 2047, 2048, 2049, 5000, 20_000, layout.counts_len - 1]:
        value = layout.get_highest_equivalent_value(layout.get_value_from_index(index))
        assert bucket_values()[index] == value


def test_the_noise_floor_has_an_entry_for_each_comparison(summary: dict[str, Any]) -> None:
    floors = {(f["load"], f["metric"], f["quantile"]): f for f in summary["noise_floor"]}
    floor = floors["50%", "latency", 0.5]
    assert floor["floor"] == pytest.approx(max(floor["ratio_high"], 1 / floor["ratio_low"]), rel=1e-5)
    assert floor["n"] == 6
    loads = {
        "50%",
        "own-50%",
        "http-max",
        "http-crr",
        "tcp-stream-1",
        "tcp-stream-1-no-offloads",
        "tcp-stream-4",
        "tcp-rr",
        "udp-rr",
        "udp-stream",
        "setup",
    }
    assert loads == {load for load, _, _ in floors}


def test_every_network_of_the_plan_is_listed_with_its_reason(summary: dict[str, Any]) -> None:
    networks = {n["name"]: n for n in summary["networks"]}
    assert list(networks) == ["host", "flannel/vxlan", "host+direct", "ipvlan/l2"]
    assert not networks["ipvlan/l2"]["measured"]
    assert networks["ipvlan/l2"]["reason"]
    assert networks["ipvlan/l2"]["remedy"]
    assert not any(c["network"] == "ipvlan/l2" for c in summary["cells"])


def test_rejected_trials_are_counted_and_do_not_speak(path: Path, summary: dict[str, Any]) -> None:
    assert (summary["rejected"], summary["complete"], summary["blocks"]) == (2, True, 6)
    data = RunDirectory.open(path).data()
    assert len(data.slots) == 24
    assert all(t.valid for t in data.slots.values())


def test_no_trial_at_all_gives_an_empty_summary(path: Path) -> None:
    data = RunDirectory.open(path).data()
    summary = summarise(Run(data.record, [], data.counts))
    assert (summary.cells, summary.noise_floor, summary.blocks, summary.complete) == ((), (), 0, False)


def test_one_block_gives_values_and_ratios_but_no_interval(path: Path) -> None:
    data = RunDirectory.open(path).data()
    summary = summarise(Run(data.record, [t for t in data.trials if t.block == 1], data.counts))
    cell = next(c for c in summary.cells if c.network == "flannel/vxlan" and c.quantile == 0.5)
    assert cell.ratio == pytest.approx(1.5, rel=0.1)
    assert (cell.ratio_low, cell.supported, cell.verdict, cell.n) == (None, False, "unsupported", 1)
    assert {c.verdict for c in summary.cells} == {"unsupported"}
    assert summary.blocks == 1


def test_a_network_without_a_pair_still_shows_its_value(path: Path) -> None:
    data = RunDirectory.open(path).data()
    alone = next(t for t in data.trials if t.valid and t.network == "flannel/vxlan")
    summary = summarise(Run(data.record, [alone], data.counts))
    cell = next(c for c in summary.cells if c.quantile == 0.5)
    assert cell.value and cell.value > 0
    assert (cell.baseline_value, cell.ratio, cell.n) == (None, None, 0)


def test_a_missing_trial_costs_its_network_one_pair_only(path: Path) -> None:
    trials = RunDirectory.open(path).trials()
    dropped = next(t.trial for t in trials if t.valid and t.network == "flannel/vxlan" and t.block == 3)
    summary = summarise(without(path, dropped))
    n = {c.network: c.n for c in summary.cells if c.quantile == 0.5}
    assert n == {"host": 6, "flannel/vxlan": 5, "host+direct": 6}
    assert summary.complete is False


def test_a_missing_host_costs_everybody_that_block(path: Path) -> None:
    trials = RunDirectory.open(path).trials()
    dropped = next(t.trial for t in trials if t.valid and t.role == "baseline-b" and t.block == 2)
    summary = summarise(without(path, dropped))
    assert {c.n for c in summary.cells if c.quantile == 0.5} == {5}
    assert summary.blocks == 5


def test_a_run_cut_after_any_trial_has_a_summary_without_nan(path: Path) -> None:
    data = RunDirectory.open(path).data()
    for count in range(0, len(data.trials), 3):
        summary = plain(summarise(Run(data.record, data.trials[:count], data.counts)))
        assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_a_rate_that_a_network_cannot_reach_is_seen_in_its_cell(path: Path) -> None:
    data = RunDirectory.open(path).data()
    trials = [json.loads(json.dumps(plain(one))) for one in data.trials]
    for trial in trials:
        for load in trial["loads"]:
            if trial["network"] == "flannel/vxlan" and load["workload"] == "http":
                load["achieved_per_s"] = 0.8 * load["offered_per_s"]
    summary = summarise(Run(data.record, [trial_of(one) for one in trials], data.counts))
    shares = {c.network: c.achieved_share for c in summary.cells if (c.load, c.quantile) == ("50%", 0.5)}
    assert shares["flannel/vxlan"] == pytest.approx(0.8)
    assert (shares["host"] or 0) > 0.99


def test_a_load_in_which_nothing_was_answered_makes_no_number(path: Path) -> None:
    data = RunDirectory.open(path).data()
    trials = [json.loads(json.dumps(plain(one))) for one in data.trials]
    for trial in trials:
        for load in trial["loads"]:
            if trial["network"] == "flannel/vxlan" and load["workload"] in (
                "http",
                "http-max",
                "tcp-rr",
                "udp-rr",
                "http-rr",
            ):
                load["latency_ns"] = {"count": 0}
                load |= {"completed": 0, "rate_per_s": 0.0, "cpu_ns_per_request": None}
    summary = summarise(Run(data.record, [trial_of(one) for one in trials]))
    mine = [c for c in summary.cells if c.network == "flannel/vxlan"]
    assert not [c for c in mine if c.metric in ("latency", "cpu_per_request")]
    cell = next(c for c in mine if c.metric == "request_rate")
    assert (cell.value, cell.ratio, cell.verdict) == (0, None, "unsupported")


def test_the_summary_of_the_same_run_is_always_the_same(path: Path, summary: dict[str, Any]) -> None:
    assert plain(summarise(RunDirectory.open(path).data())) == {k: v for k, v in summary.items() if k != "trials"}


def test_progress_shows_how_wide_each_interval_still_is(path: Path) -> None:
    data = RunDirectory.open(path).data()
    widths = precision(data)
    assert set(widths) == set(TRUTH)
    assert all(0 < width < 0.1 for width in widths.values())
    early = precision(Run(data.record, [t for t in data.trials if t.block == 1]))
    assert not any(isfinite(width) for width in early.values())
    assert precision(Run(data.record, [])) == {}


def test_the_interval_of_whole_studies_covers_the_truth() -> None:
    plan = StudyPlan(networks=("host", "ptp"), blocks=6, seed=1, loads=("50%",), sizes=(100,))
    studies, hits, false = 300, 0, 0
    rng = np.random.default_rng(9)
    for _ in range(studies):
        run = Run(run_of(synthetic.run_record(plan, None)), _light_trials(plan, 1.25, rng))
        cell = _median(run)
        hits += (cell.ratio_low or 0) <= 1.25 <= (cell.ratio_high or 0)
        false += _median(Run(run.record, _light_trials(plan, 1.0, rng))).verdict in ("slower", "faster")
    assert 0.92 * studies <= hits <= 0.98 * studies
    assert false <= 0.05 * studies


def _light_trials(plan: StudyPlan, ratio: float, rng: np.random.Generator) -> list[Trial]:
    """Trials with nothing but a median: log-normal effects of trials, and a drift that blocks share."""
    trials = []
    for number in range(1, plan.blocks + 1):
        drift = rng.normal(0, 0.2)
        for trial in block(plan, plan.networks, number):
            true = ratio if trial.role == "candidate" else 1.0
            median = 25_000 * true * exp(drift + rng.normal(0, 0.04))
            load = {"load": "50%", "workload": "http", "response_bytes": 100, "offered_per_s": 4e4, "achieved_per_s": 4e4,
                    "latency_ns": {"count": 1000, "0.5": median}}  # fmt: skip
            trials.append(trial_of({
                "trial": len(trials) + 1, "block": number, "network": trial.network, "role": trial.role, "valid": True,
                "setup": {}, "loads": [load],
            }))  # fmt: skip
    return trials


def _median(run: Run) -> Cell:
    return next(c for c in summarise(run).cells if c.network == "ptp" and c.quantile == 0.5)
