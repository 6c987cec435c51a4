"""Results for other programs, read by them: pyperf, Prometheus' client, Bencher's schema, github-action-benchmark's fields."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import prometheus_client.openmetrics.parser as openmetrics
import prometheus_client.parser as classic
import pyperf
import pytest
from hypothesis import HealthCheck, given, settings

from barewire import render
from barewire.records import Cell
from barewire.render.run.data import load
from tests.support import foreign, synthetic

RATIOS = {"flannel/vxlan": 1.6, "flannel/host-gw": 1.3, "host+direct": 1.0}

BMF = {  # as Bencher publishes it, and no other key
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "propertyNames": {"minLength": 1, "maxLength": 64},
        "additionalProperties": {
            "type": "object",
            "properties": {key: {"type": "number"} for key in ("value", "lower_value", "upper_value")},
            "required": ["value"],
            "additionalProperties": False,
        },
    },
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("results") / "run", RATIOS, blocks=3, requests=2500)


def text_of(run: Path, name: str) -> str:
    text = render.render(run, name)
    assert isinstance(text, str)
    return text


def cell_of(run: Path, network: str, metric: str, quantile: float | None = None, at: str = "50%") -> Cell:
    sizes = (None if at.startswith("tcp-stream") else 100,)
    cell = load(run).cell(network, at, metric, sizes[0], quantile)
    assert cell is not None
    return cell


def test_pyperf_reads_a_value_for_each_trial_in_seconds(run: Path) -> None:
    suite = pyperf.BenchmarkSuite.loads(text_of(run, "pyperf"))
    one = suite.get_benchmark("flannel/vxlan 50% 100B latency p50")
    trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    measured = [
        entry["latency_ns"]["0.5"] / 1e9
        for trial in trials
        if trial["valid"] and trial["network"] == "flannel/vxlan"
        for entry in trial["loads"]
        if entry["load"] == "50%"
    ]
    assert sorted(one.get_values()) == pytest.approx(sorted(measured))
    assert one.get_unit() == "second"
    assert one.get_nrun() == 3
    assert suite.get_benchmark("host 50% 100B latency p50").get_nrun() == 6
    assert "ipvlan/l2: the kernel has no link kind" in suite.get_metadata()["not_measured"]


def test_pyperf_gets_rates_as_time_for_one_so_less_is_better(run: Path) -> None:
    suite = pyperf.BenchmarkSuite.loads(text_of(run, "pyperf"))
    one = suite.get_benchmark("flannel/vxlan http-max 100B request_rate (time for one)")
    assert 1 / one.mean() == pytest.approx(cell_of(run, "flannel/vxlan", "request_rate", at="http-max").value, rel=0.01)
    bulk = suite.get_benchmark("flannel/vxlan tcp-stream-1 throughput (time for 1 Gbit)")
    assert 1e9 / bulk.mean() == pytest.approx(
        cell_of(run, "flannel/vxlan", "throughput", at="tcp-stream-1").value, rel=0.01
    )


def test_pyperf_gets_no_quantile_that_a_trial_does_not_support(run: Path) -> None:
    names = pyperf.BenchmarkSuite.loads(text_of(run, "pyperf")).get_benchmark_names()
    assert "host 50% 100B latency p99.5" in names
    assert not [name for name in names if "p99.9" in name or name.endswith("max")]


@pytest.mark.parametrize("command", [["show"], ["stats"], ["hist"], ["dump"], ["check"], ["compare_to", "--table"]])
def test_the_commands_of_pyperf_take_it(run: Path, tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "run.json"
    file.write_text(text_of(run, "pyperf"))
    files = [str(file)] * (2 if "compare_to" in command else 1)
    ended = subprocess.run([sys.executable, "-m", "pyperf", *command, *files], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "flannel/vxlan 50% 100B latency p50" in ended.stdout


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in openmetrics.text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_openmetrics_are_in_base_units(run: Path) -> None:
    found = samples(text_of(run, "openmetrics"))
    at = {("network", "flannel/vxlan"), ("load", "50%"), ("response_bytes", "100")}
    cell = cell_of(run, "flannel/vxlan", "latency", 0.99)
    assert cell.value is not None
    seconds = found["barewire_latency_seconds", frozenset(at | {("quantile", "0.99")})]
    assert seconds == pytest.approx(cell.value / 1e9, rel=1e-12)
    assert found["barewire_latency_seconds_count", frozenset(at)] == cell.samples
    bulk = frozenset({("network", "flannel/vxlan"), ("load", "tcp-stream-1")})
    bits = cell_of(run, "flannel/vxlan", "throughput", at="tcp-stream-1").value
    assert found["barewire_throughput_bytes_per_second", bulk] == pytest.approx((bits or 0) / 8, rel=1e-12)
    ratio = frozenset(at | {("metric", "latency"), ("quantile", "0.99")})
    ends = found["barewire_ratio_low", ratio], found["barewire_ratio", ratio], found["barewire_ratio_high", ratio]
    assert ends == (cell.low, cell.ratio, cell.high)


def test_openmetrics_count_what_was_counted(run: Path) -> None:
    found = samples(text_of(run, "openmetrics"))
    at = frozenset({("network", "host"), ("load", "50%"), ("response_bytes", "100")})
    assert found["barewire_requests_total", at] == 6 * 2500
    assert found["barewire_rejected_trials_total", frozenset()] == 2


def test_openmetrics_say_that_a_network_was_not_measured(run: Path) -> None:
    missing = frozenset({("network", synthetic.UNAVAILABLE), ("reason", "the kernel has no link kind ipvlan")})
    found = samples(text_of(run, "openmetrics"))
    assert found["barewire_network_measured", missing] == 0
    names = {name for name, labels in found if ("network", synthetic.UNAVAILABLE) in labels}
    assert names == {"barewire_network_measured"}


def test_the_classic_text_format_reads_the_same_samples(run: Path) -> None:
    """node_exporter's textfile collector reads that one."""
    text = text_of(run, "openmetrics")
    old = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in classic.text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert old == samples(text)
    assert not any(math.isnan(value) for value in old.values())


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(foreign.odd_names)
def test_any_name_comes_back_from_openmetrics(run: Path, tmp_path: Path, odd: str) -> None:
    copy = foreign.renamed(run, tmp_path / "odd", {"flannel/vxlan": odd})
    networks = {dict(labels).get("network") for _, labels in samples(text_of(copy, "openmetrics"))}
    assert odd.replace("\r", " ") in networks


def test_bmf_is_of_benchers_schema_with_bounds_around_each_value(run: Path) -> None:
    document = json.loads(text_of(run, "bmf"))
    jsonschema.validate(document, BMF)
    measures = document["flannel/vxlan 50% 100B latency p50"]
    cell = cell_of(run, "flannel/vxlan", "latency", 0.5)
    assert measures["latency"]["value"] == cell.value
    assert measures["latency"]["lower_value"] < cell.value < measures["latency"]["upper_value"]  # type: ignore[operator]
    bounds = {"value": cell.ratio, "lower_value": cell.low, "upper_value": cell.high}
    assert measures["ratio"] == bounds
    assert set(document["flannel/vxlan http-max 100B request_rate"]) == {"throughput", "rate-ratio"}
    assert set(document["flannel/vxlan tcp-stream-1 throughput"]) == {"bits-per-second", "rate-ratio"}
    assert document[synthetic.UNAVAILABLE] == {}


def test_bmf_gives_no_bounds_to_what_is_unsupported(run: Path) -> None:
    measures = json.loads(text_of(run, "bmf"))["flannel/vxlan 50% 100B latency max"]
    assert set(measures["latency"]) == set(measures["ratio"]) == {"value"}


def test_github_action_benchmark_gets_a_file_by_direction(run: Path) -> None:
    files = render.render(run, "github-action-benchmark")
    assert isinstance(files, Mapping)
    smaller, bigger = (json.loads(files[f"{way}-is-better.json"]) for way in ("smaller", "bigger"))
    assert {entry["unit"] for entry in smaller} == {"ns", "1", "%"}
    lost = {entry["name"]: entry["value"] for entry in smaller if entry["unit"] == "%"}
    cell = load(run).cell("flannel/vxlan", "udp-stream", "packet_loss", 64)
    assert (
        cell is not None
        and cell.value
        and lost["flannel/vxlan udp-stream 64B packet_loss"] == pytest.approx(100 * cell.value)
    )
    assert {entry["unit"] for entry in bigger} == {"1/s", "bit/s"}
    for entry in smaller + bigger:
        check_entry(entry)
    names = [entry["name"] for entry in smaller]
    assert len(names) == len(set(names))
    about = files["about.txt"]
    assert isinstance(about, str)
    assert "smaller-is-better.json\ttool: customSmallerIsBetter" in about


def check_entry(entry: dict[str, Any]) -> None:
    """The fields of BenchmarkResult in the action's src/extract.ts."""
    assert set(entry) <= {"name", "value", "unit", "range", "extra"}
    assert isinstance(entry["value"], int | float)
    assert all(isinstance(entry[key], str) for key in entry if key != "value")
