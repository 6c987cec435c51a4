"""Idle time in a counted run: instructions hold none, latencies do, and every report and gate says where a load waited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from barewire import workloads
from barewire.render.comparison.gates import sentence
from barewire.render.run import data as reading
from barewire.render.run.formats import csv, html, markdown
from barewire.render.run.formats.text import plain
from barewire.results import waits, words
from barewire.results.comparison import gates
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.gate import parse
from barewire.results.comparison.question import Question
from barewire.study.execution.run import RunDirectory
from barewire.workloads.definition.metric import INSTRUCTIONS, LATENCY
from tests.support import counted

HOST, EXECUTED, DELAY_NS = 34_000, 40_000, 40_000
HIDDEN_NS = 1_800
"""Of the host's work, which a delay lets run while it lasts."""

IDLE_NS = DELAY_NS - HIDDEN_NS - (EXECUTED - HOST)
NETWORK = "host+direct"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A network that delays by 40 us there and back, and executes 6,000 instructions more for it."""
    costs = {"host": HOST, NETWORK: EXECUTED, "ptp": 46_000}
    return counted.write_run(tmp_path / "run", costs, spread=0.0, summary=True, idle={NETWORK: IDLE_NS})


def cell(run: Path, network: str, metric: str) -> dict[str, Any]:
    cells = json.loads((run / "summary.json").read_text())["cells"]
    return next(c for c in cells if (c["network"], c["metric"]) == (network, metric) and c["quantile"] in (None, 0.5))


def test_instructions_hold_no_idle_time_the_cell_has_its_share(run: Path) -> None:
    found = cell(run, NETWORK, "instructions")
    assert found["value"] == EXECUTED
    assert found["idle_share"] == pytest.approx(IDLE_NS / (IDLE_NS + EXECUTED))
    assert cell(run, "ptp", "instructions")["idle_share"] == cell(run, "host", "instructions")["idle_share"] == 0


def test_the_interval_of_a_latency_holds_the_delay_that_hid_work(run: Path) -> None:
    found = cell(run, NETWORK, "latency")
    assert found["difference"] == pytest.approx(DELAY_NS - HIDDEN_NS)
    assert found["difference_low"] <= DELAY_NS <= found["difference_high"]
    for low, high in (("ratio_low", "ratio_high"), ("joint_low", "joint_high")):
        assert found[low] <= (HOST + DELAY_NS) / HOST <= found[high]
    # Where nothing waits nothing is added.
    ptp = cell(run, "ptp", "latency")
    assert ptp["ratio_low"] == ptp["ratio_high"]


def test_starting_programs_is_not_the_cost_of_building_a_network(run: Path) -> None:
    # Every trial has a setup of half a virtual second, which 9p and jumps of idle time make.
    cells = json.loads((run / "summary.json").read_text())["cells"]
    assert {c["metric"] for c in cells if c["load"] == "setup"} == {"objects_per_node"}


def test_a_delay_of_one_run_is_in_the_interval_of_latencies(tmp_path: Path) -> None:
    costs = {"host": HOST, NETWORK: HOST}
    before = counted.write_run(tmp_path / "before", costs)
    costs = {"host": EXECUTED, NETWORK: EXECUTED}
    after = counted.write_run(tmp_path / "after", costs, idle={"host": IDLE_NS, NETWORK: IDLE_NS})
    with RunDirectory.open(before) as one, RunDirectory.open(after) as other:
        compared = Comparison(one.data(), other.data())
        [load] = [load for load in compared.loads if load.load == "tcp-rr"]
        found = compared.change(Question(NETWORK, load, LATENCY, 0.5))
        counts = compared.change(Question(NETWORK, load, INSTRUCTIONS, None))
    assert found is not None and found.absolute is not None and counts is not None and counts.absolute is not None
    low, high = found.absolute.low, found.absolute.high
    assert low is not None and high is not None and low <= (HOST + DELAY_NS) / HOST <= high
    assert counts.absolute.ratio == pytest.approx(EXECUTED / HOST, rel=0.01), "no idle time in instructions"


@pytest.mark.parametrize(
    ("own", "host", "wanted"),
    [
        (0.0, 0.0, (0.0, 0.0)),
        (0.4, 0.0, (0.0, waits.OVERLAP_NS)),
        (0.0, 0.4, (waits.OVERLAP_NS, 0.0)),
        (0.4, 0.5, (waits.GRAIN_NS, waits.GRAIN_NS)),
        (None, None, (0.0, 0.0)),
        (0.005, 0.0, (0.0, 0.0)),
    ],
)
def test_what_is_added_depends_on_which_side_waits(own: float | None, host: float | None, wanted: object) -> None:
    assert waits.slack_ns(own, host) == wanted


def test_packets_and_rates_are_not_marked_as_idle() -> None:
    assert waits.waited("tcp-rr", 0.4) and waits.waited("tcp-stream-1", waits.IDLE_SHARE)
    assert not any(waits.waited(*one) for one in (("udp-stream", 0.4), ("50%", 0.4), ("tcp-rr", 0.0), ("tcp-rr", None)))


@pytest.mark.parametrize(
    ("load", "wanted"),
    [
        ("tcp-stream-1", "1 stream"),
        ("tcp-stream-4", "4 streams"),
        ("tcp-stream-1-no-offloads", "1 stream, no offloads"),
    ],
)
def test_a_stream_without_offloads_is_named_so(load: str, wanted: str) -> None:
    assert workloads.by_load(load).detail(load) == wanted and words.per(load) == "byte"


def test_every_report_says_where_the_cpu_was_idle(run: Path) -> None:
    data = reading.load(run)
    mark = f"idle {IDLE_NS / (IDLE_NS + EXECUTED) * 100:.0f} %"
    for text in (plain(data, full=False), markdown.render(data), html.render(data)):
        text = text.replace("\u00a0", " ").replace("&nbsp;", " ")
        assert mark in text
        assert "Instructions hold no idle time" in " ".join(text.split())
    assert "latency" in markdown.render(data), "where something waits, latency is a column of its own"
    assert "idle_share" in csv.FORMAT.render(data)


def test_a_gate_says_that_the_cpu_was_idle(run: Path, tmp_path: Path) -> None:
    costs = {"host": HOST, NETWORK: EXECUTED, "ptp": 46_000}
    before = counted.write_run(tmp_path / "before", costs, spread=0.0)
    with RunDirectory.open(before) as one, RunDirectory.open(run) as other:
        both = (one.data(), other.data())
    [judged] = gates.judge([parse(f"{NETWORK} tcp-rr instructions <= 1%")], [Comparison(*both)], both)
    said = sentence(judged).replace("\u00a0", " ")
    assert judged.outcome == "holds" and "the CPU was idle for 0 % of the time before and" in said
    assert said.endswith("instructions hold none of it.")
