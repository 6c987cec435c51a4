"""What a run says when its noise hides everything: no conclusion, no sign of equality, and what to do about it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from barewire import render
from barewire.records import DependenceRecord
from barewire.render.run import answer, conclusion
from barewire.render.run.data import load
from barewire.results import answer as results_answer
from barewire.results import words
from barewire.study.execution.run import RunDirectory
from tests.support import synthetic
from tests.unit.test_saturation import saturated

NETWORKS = dict.fromkeys(
    ("docker", "flannel/host-gw", "flannel/vxlan", "ipvlan/l3", "ipvlan/l3s", "macvlan", "ptp"), 1.3
)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `--quick` on a busy machine: three blocks whose trials differ by 80 %."""
    path = tmp_path_factory.mktemp("noisy") / "run"
    return synthetic.write_run(path, NETWORKS, blocks=3, requests=3000, effect=0.8, unavailable=None, rejected=False)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quiet") / "run"
    return synthetic.write_run(path, {"ptp": 1.0, "flannel/vxlan": 1.5}, blocks=10, requests=3000, rejected=False)


def text_of(run: Path, width: int) -> str:
    file = io.StringIO()
    render.show(run, Console(file=file, width=width))
    return " ".join(file.getvalue().split())


def test_a_noisy_run_has_no_conclusion_and_says_what_to_do(noisy: Path) -> None:
    said = answer.answer(load(noisy)).headline
    assert said.startswith("NO CONCLUSION: this machine was too noisy (two runs of the host differ by up to ")
    for remedy in ("--blocks", "--until p50=5%", "--clock counted"):
        assert remedy in said
    assert results_answer.is_open(load(noisy).summary)


def test_a_noisy_run_that_cannot_count_gets_no_such_advice(noisy: Path) -> None:
    read = load(noisy)
    for testbed in ("peer", "ssh", "kubernetes"):
        run = replace(read.run, environment={**read.run.environment, "testbed": testbed})
        said = answer.answer(replace(read, run=run)).headline
        assert "--until p50=5%" in said and "counted" not in said


def test_a_noisy_run_never_shows_a_sign_of_equality(noisy: Path) -> None:
    for width in (40, 80, 200):
        assert "≈" not in text_of(noisy, width).split("≈ host: equivalent")[0]
    assert "equivalent" not in str(render.render(noisy, "markdown"))


def test_every_cell_of_the_answer_is_inconclusive_in_the_summary(noisy: Path) -> None:
    cells = json.loads((noisy / "summary.json").read_text())["cells"]
    medians = [c for c in cells if c["load"] == "50%" and c["metric"] == "latency" and c["quantile"] == 0.5]
    assert {c["verdict"] for c in medians if c["network"] != "host"} == {"inconclusive"}
    assert all(c["detectable"] is None or c["detectable"] >= 1.5 for c in medians)


@pytest.mark.parametrize("name", ["text", "markdown", "html", "csv", "openmetrics", "json", "github-action-benchmark"])
def test_every_format_has_the_verdict_inconclusive(noisy: Path, name: str) -> None:
    rendered = render.render(noisy, name)
    parts = rendered.values() if isinstance(rendered, dict) else [rendered]
    whole = "".join(part.decode() if isinstance(part, bytes) else str(part) for part in parts)
    assert "inconclusive" in whole or "NO CONCLUSION" in whole


def test_the_blocks_that_a_noisy_run_asks_for_are_enough(tmp_path: Path) -> None:
    """Two blocks in which a network was alike against a host that was not alike itself."""
    run = synthetic.write_run(tmp_path / "run", {"ptp": 1.3}, blocks=2, requests=3000, effect=0.0, rejected=False)
    lines = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    for trial in lines:
        for one in trial["loads"]:
            if trial["role"] == "baseline-a" and one["load"] == "50%":
                one["latency_ns"] = {q: v * (1.5 if trial["block"] == 1 else 1.0) for q, v in one["latency_ns"].items()}
            if trial["role"] == "baseline-b" and one["load"] == "50%":
                one["latency_ns"] = {q: v * (1.0 if trial["block"] == 1 else 1.5) for q, v in one["latency_ns"].items()}
            if one["load"] == "50%":
                one["latency_ns"]["count"] = 3000
            one.pop("histogram", None)
    (run / "trials.ndjson").write_text("".join(json.dumps(trial) + "\n" for trial in lines))
    with RunDirectory.open(run, write=True) as opened:
        opened.summarise()
    data = load(run)
    (cell,) = conclusion.cells(data)
    alone = conclusion.spread(cell, 0.95)
    assert alone is not None and (alone.blocks_for(1.1) or 0) < 5, "its interval alone would promise too much"
    asked = re.search(r"--blocks ([0-9]+)", answer.answer(data).headline)
    assert asked and int(asked[1]) > 50


def test_only_a_run_without_a_decided_cell_has_no_conclusion(noisy: Path, quiet: Path) -> None:
    assert results_answer.is_open(load(noisy).summary)
    assert not results_answer.is_open(load(quiet).summary)


@pytest.mark.parametrize(
    ("first", "second", "complete", "verdict"),
    [
        ("quiet", "noisy", True, "concluded"),
        ("noisy", "noisy", True, "no conclusion"),
        ("quiet", "quiet", False, "incomplete"),
    ],
)
def test_a_study_concludes_if_one_of_its_complete_runs_does(
    first: str, second: str, complete: bool, verdict: str, request: pytest.FixtureRequest
) -> None:
    runs = [load(request.getfixturevalue(name)).summary for name in (first, second)]
    runs = [replace(runs[0], complete=complete), replace(runs[1], complete=True)]
    assert results_answer.verdict(runs) == verdict


def test_one_block_concludes_nothing(tmp_path: Path) -> None:
    run = synthetic.write_run(tmp_path / "run", {"ptp": 1.5}, blocks=1, requests=3000, rejected=False)
    said = answer.answer(load(run)).headline
    assert said == (
        "NO CONCLUSION: one block has no interval, so the median latency of no network can be compared with the host. "
        "Measure more blocks (--blocks 6)."
    )
    assert results_answer.is_open(load(run).summary)


def test_a_saturated_host_leaves_nothing_to_conclude(tmp_path: Path) -> None:
    run = saturated(tmp_path / "run", "host", {"achieved_per_s": 30_000.0})
    said = answer.answer(load(run)).headline
    assert said.startswith(
        "NO CONCLUSION: the host itself did not carry the offered rate (75.0 % of the offered rate was answered)"
    )
    assert "Offer less (--loads 25%)" in said and "are saturated" not in said
    assert results_answer.is_open(load(run).summary)


@pytest.mark.parametrize(
    ("load_name", "words_of_it"),
    [
        ("http-max", "In closed-loop request rate (responses of 100 B)"),
        ("http-crr", "In connections per second"),
        ("tcp-stream-1", "In TCP throughput (1 TCP stream)"),
        ("tcp-stream-4", "In TCP throughput (4 TCP streams)"),
        ("tcp-stream-1-no-offloads", "In TCP throughput (1 TCP stream, no offloads)"),
        ("udp-stream", "In packets received per second"),
    ],
)
def test_a_run_of_one_workload_has_an_answer_and_a_table(tmp_path: Path, load_name: str, words_of_it: str) -> None:
    run = synthetic.write_run(tmp_path / "run", {"flannel/vxlan": 1.5}, requests=1000, rejected=False, summary=False)
    lines = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    kept = [{**trial, "loads": [one for one in trial["loads"] if one["load"] == load_name]} for trial in lines]
    (run / "trials.ndjson").write_text("".join(json.dumps(trial) + "\n" for trial in kept))
    with RunDirectory.open(run, write=True) as opened:
        opened.summarise()
    text = text_of(run, 200).replace(words.JOIN, " ")
    assert "Nothing can be said yet" not in text
    assert words_of_it in text and "flannel/vxlan costs " in text
    assert "Change against the host" in text
    table = str(render.render(run, "markdown"))
    assert "| flannel/vxlan |" in table
    assert "At a glance" in str(render.render(run, "html"))


def test_a_quiet_run_says_what_it_could_have_found(quiet: Path) -> None:
    data = load(quiet)
    assert not results_answer.is_open(data.summary)
    said = answer.answer(data)
    assert "flannel/vxlan costs +" in said.headline
    assert re.search(r"With 10.blocks this run could have found a difference of [0-9.]+.%", said.noise)
    assert re.search(r"finding 10\.0.% for every network takes about [0-9]+.blocks", said.noise)


@pytest.mark.parametrize(("blocks", "held"), [(6, 88), (10, 91), (20, 93)])
def test_dependent_blocks_have_intervals_that_hold_less_often(quiet: Path, blocks: int, held: int) -> None:
    read = load(quiet)
    alike = DependenceRecord(tested=True, autocorrelation=0.6, effective_blocks=2.0)
    found = replace(read, summary=replace(read.summary, dependence=alike, blocks=blocks))
    said = conclusion.dependence(found).replace(words.JOIN, " ")
    assert (
        f"95 % intervals of {words.count(blocks, 'block')} held the truth in about {held} %".replace(words.JOIN, " ")
        in said
    )
    independent = replace(read.summary, dependence=replace(alike, autocorrelation=0.0))
    assert conclusion.dependence(replace(read, summary=independent)) == ""


def test_more_noise_makes_the_detectable_difference_larger(noisy: Path, quiet: Path) -> None:
    def least(run: Path) -> float:
        cells = json.loads((run / "summary.json").read_text())["cells"]
        return min(c["detectable"] or 1e9 for c in cells if c["quantile"] == 0.5 and c["network"] == "flannel/vxlan")

    assert least(quiet) < 1.06 < 1.5 < least(noisy)
