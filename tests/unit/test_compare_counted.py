"""Counted runs against counted runs: nothing has noise, so no change is never reported and a small one always is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire import schemas, statistics
from barewire.errors import RunError, UsageError
from barewire.records import RunRecord
from barewire.records import plain as as_json
from barewire.render.comparison.formats.json import document
from barewire.render.comparison.formats.markdown import markdown
from barewire.render.comparison.formats.text import plain
from barewire.render.comparison.gates import sentence
from barewire.render.comparison.headline import headline
from barewire.render.comparison.notes import doubts
from barewire.render.history.formats import text as history_table
from barewire.render.history.formats.json import document as history_document
from barewire.results.clock import clock_of, resolution
from barewire.results.comparison.answer import compared
from barewire.results.comparison.gate import Gate
from barewire.results.comparison.gates import _outcome
from barewire.results.history.series import history
from barewire.statistics import Interval, choice
from barewire.statistics.welch import welch_t
from barewire.workloads.definition.workload import ROUND_TRIPS
from tests.support import counted, synthetic

COSTS = {"host": 31_600.0, "ptp": 40_000.0, "flannel/vxlan": 60_000.0}
GATES = ("vxlan tcp-rr instructions <= 0.5%", "ptp tcp-rr instructions <= 0.5%", "host instructions <= 0.5%")


def changed(by: float, *networks: str) -> dict[str, float]:
    return {name: cost * (by if name in networks else 1.0) for name, cost in COSTS.items()}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return counted.write_run(tmp_path_factory.mktemp("counted") / "before", COSTS)


def test_a_repeated_run_has_equal_verdicts_and_holds_a_zero_gate(before: Path, tmp_path: Path) -> None:
    found = compared([before, counted.write_run(tmp_path / "again", COSTS)], gate_texts=["vxlan instructions <= 0%"])
    (pairing,) = found.pairings
    assert pairing.comparison.paired
    assert {change.verdict for change in pairing.first_changes()} == {"equivalent"}
    assert found.judged[0].outcome == "holds", sentence(found.judged[0])
    assert "host, ptp and flannel/vxlan are the same to 0.2\u00a0%" in headline(pairing.comparison)
    assert any("not one instruction differs" in note for note in doubts(pairing))


@pytest.mark.parametrize("by", [1.01, 1.004, 0.99])
def test_one_changed_network_is_reported_and_the_others_are_not(before: Path, tmp_path: Path, by: float) -> None:
    found = compared([before, counted.write_run(tmp_path / "after", changed(by, "ptp"))])
    (pairing,) = found.pairings
    verdicts = {change.question.network: change.verdict for change in pairing.first_changes()}
    assert verdicts == {
        "host": "equivalent",
        "ptp": "worse" if by > 1 else "better",
        "flannel/vxlan": "equivalent",
    }
    assert f"ptp {'grew' if by > 1 else 'shrank'}" in headline(pairing.comparison)


def test_a_cost_that_the_host_shares_is_reported(before: Path, tmp_path: Path) -> None:
    """A kernel whose TCP costs 2 % more."""
    found = compared([before, counted.write_run(tmp_path / "after", changed(1.02, *COSTS))], gate_texts=GATES)
    assert [judged.outcome for judged in found.judged] == ["fails"] * 3
    assert found.exit_code == 1
    overheads = [change.ratio.ratio for change in found.pairings[0].first_changes() if change.ratio]
    assert overheads == pytest.approx([1, 1], abs=1e-4)


def test_gates_name_the_counts_with_their_digits(before: Path, tmp_path: Path) -> None:
    found = compared(
        [before, counted.write_run(tmp_path / "after", changed(1.01, "ptp"), spread=0.0)], gate_texts=GATES
    )
    said = sentence(found.judged[1]).replace("\u00a0", " ")
    assert said.startswith("ptp tcp-rr instructions <= 0.5%: FAILS, the change is +"), said
    assert "40 400 after" in said


def test_other_layouts_are_compared_by_their_spread_with_a_note(before: Path, tmp_path: Path) -> None:
    found = compared([before, counted.write_run(tmp_path / "after", COSTS, seed=2)])
    (pairing,) = found.pairings
    assert not pairing.comparison.paired
    assert any("with --seed 1 they would be compared one by one" in note for note in doubts(pairing))
    assert {change.absolute.method for change in pairing.first_changes() if change.absolute} == {"welch-log-t"}


def test_residual_noise_below_the_resolution_is_never_a_change(tmp_path: Path) -> None:
    runs = [counted.write_run(tmp_path / str(i), COSTS, noise=2e-5) for i in range(12)]
    found = compared(runs, gate_texts=["ptp instructions <= 0.02%", "vxlan instructions <= 0.02%"])
    assert {c.verdict for pairing in found.pairings for c in pairing.first_changes()} == {"equivalent"}
    assert {judged.outcome for judged in found.judged} == {"holds"}


@pytest.mark.parametrize(("by", "outcome"), [(1.0015, "holds"), (1.003, "fails"), (0.9985, "holds")])
def test_a_change_is_judged_by_the_resolution_of_its_load(
    before: Path, tmp_path: Path, by: float, outcome: str
) -> None:
    """Two runs of one plan differ by up to 0.2 % in round trips and 1.5 % in streams and packets."""
    after = counted.write_run(tmp_path / "after", changed(by, "ptp"))
    found = compared([before, after], gate_texts=["ptp instructions <= 0%"])
    changes = [change for change in found.pairings[0].first_changes() if change.question.network == "ptp"]
    assert {change.verdict for change in changes} == {"equivalent" if outcome == "holds" else "worse"}
    assert {change.floor for change in changes} == {1.002}
    assert found.judged[0].outcome == outcome
    assert {name: resolution(name) for name in ("tcp-crr", "http-rr", "tcp-stream-1", "udp-stream")} == {
        "tcp-crr": 1.002,
        "http-rr": 1.005,
        "tcp-stream-1": 1.015,
        "udp-stream": 1.015,
    }


def test_clocks_never_compare_whatever_is_named(before: Path, tmp_path: Path) -> None:
    wall = synthetic.write_run(tmp_path / "wall", {"ptp": 1.2, "flannel/vxlan": 1.5}, unavailable=None)
    for unlike in ("", "clock,cpu,vm,place,virtualization,host,sizes,seconds"):
        with pytest.raises(RunError, match="different clocks") as caught:
            compared([before, wall], unlike=unlike)
        assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("key", "value", "subject"),
    [("qemu", "10.0.8", "qemu"), ("cpu_model", "Haswell", "vm"), ("shift", 1, "vm"), ("memory_bytes", 1 << 31, "vm")],
)
def test_another_qemu_or_cpu_is_refused_unless_allowed(
    before: Path, tmp_path: Path, key: str, value: object, subject: str
) -> None:
    after = counted.write_run(tmp_path / "after", COSTS, environment={"vm": {**counted.VM, key: value}})
    with pytest.raises(RunError) as caught:
        compared([before, after], gate_texts=GATES)
    assert caught.value.exit_code == 2
    assert f"vm.{key} was {counted.VM[key]}, is {value}" in str(caught.value)
    assert caught.value.remedy.endswith(f"--unlike {subject}")
    assert compared([before, after], unlike=subject).pairings


def test_the_machine_under_qemu_does_not_count(before: Path, tmp_path: Path) -> None:
    after = counted.write_run(
        tmp_path / "after",
        COSTS,
        environment={
            "host": {"kernel": "Linux 6.17", "cpu": {"model": "Another"}},
            "memory_bytes": 7 << 27,
            "versions": {"barewire": "0.1.0", "python": "3.99.0", "nginx": "1.26.3", "iperf3": "3.18"},
        },
    )
    assert not compared([before, after]).pairings[0].differences


OLDER = {
    "kernel": "Linux 6.1.0-40-amd64 #1 SMP",
    "sysctls": {"net.ipv4.tcp_sack": "1"},
    "cpu": {"model": "Example CPU 3.0 GHz", "online": "0-1", "mitigations": {"retbleed": "Vulnerable"}},
}
UPGRADE = {"6.1": changed(1.05, "ptp"), "6.12": COSTS}


def test_another_kernel_has_to_be_named(tmp_path: Path) -> None:
    runs = [
        counted.write_run(tmp_path / name, costs, environment=OLDER if name == "6.1" else None)
        for name, costs in UPGRADE.items()
    ]
    with pytest.raises(RunError, match="--unlike kernel,tuning"):
        compared(runs)
    assert compared(runs, unlike="kernel,tuning").pairings[0].comparison.paired


def test_kernels_of_one_study_are_compared_layout_by_layout(
    tmp_path: Path,
) -> None:
    for name, costs in UPGRADE.items():
        condition = {"study": "s", "name": name, "of": [*UPGRADE], "factor": "kernel"}
        environment = OLDER if name == "6.1" else None
        counted.write_run(tmp_path / name, costs, environment=environment, condition=condition)
    conditions = [{"name": name, "run": name} for name in UPGRADE]
    (tmp_path / "study.json").write_text(json.dumps({"schema": "barewire/study/2", "conditions": conditions}))
    (pairing,) = compared([tmp_path]).pairings
    assert {c.question.network: c.verdict for c in pairing.first_changes()}["ptp"] == "better"
    assert headline(pairing.comparison).startswith("In instructions per round trip (tcp-rr, 64")
    notes = [*doubts(pairing)]
    assert any("layout by layout" in note for note in notes) and any(note.startswith("kernel was") for note in notes)


def test_json_names_the_clock_and_tables_fit(before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compared([before, counted.write_run(tmp_path / "after", changed(1.01, "ptp"))], gate_texts=GATES)
    printed = json.loads(json.dumps(as_json(document(found)), allow_nan=False))
    jsonschema.Draft202012Validator(schemas.schema("compare")).validate(printed)
    assert printed["comparisons"][0]["clock"] == "counted"
    monkeypatch.setenv("COLUMNS", "80")
    table = plain(found).split("\n\n", 1)[1]
    assert max(map(len, table.splitlines()[1:])) <= 80
    rows = [line for line in markdown(found).splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert any("instructions tcp-rr" in line and "**worse**" in line for line in rows)


def test_the_host_is_gated_by_counts_alone_and_never_by_a_loss(before: Path) -> None:
    assert compared([before, before], gate_texts=["host instructions <= 0%"]).exit_code == 0
    with pytest.raises(UsageError, match="about the host"):
        compared([before, before], gate_texts=["host instructions loss <= 0%"])


@given(st.floats(-5, 5), st.integers(2, 20), st.floats(0.5, 0.999))
def test_blocks_that_agree_exactly_have_an_interval_of_no_width(x: float, n: int, confidence: float) -> None:
    for found in (statistics.paired_t([x] * n, confidence), welch_t([0.0] * n, [x] * n, confidence)):
        assert found and found.low is not None and found.high is not None
        assert found.low == pytest.approx(x, abs=1e-9) and found.high == pytest.approx(x, abs=1e-9)
    both = choice.paired([x] * n, confidence)
    assert both and not both.disagree


@given(st.floats(0, 0.2), st.floats(0, 0.2), st.sampled_from(["instructions", "throughput"]))
def test_an_exact_change_is_within_its_gate_or_beyond_it(limit: float, change: float, metric: str) -> None:
    gate = Gate("", "ptp", metric, None, False, None, None, limit)
    ratio = 1 - change if gate.higher_is_better else 1 + change
    exact = Interval(ratio, ratio, ratio, 8, "")
    outcome = _outcome(gate, exact, ROUND_TRIPS)
    assert outcome in ("holds", "fails")
    if change <= limit:
        assert outcome == "holds"
    if change > limit + 2.6e-3:
        assert outcome == "fails"
    assert _outcome(gate, replace(exact, low=None, high=None), ROUND_TRIPS) == "undecided"


def test_a_run_of_an_earlier_version_had_the_clock_on_the_wall() -> None:
    assert clock_of(RunRecord("barewire/run/2")) == "wall"
    assert clock_of(RunRecord("barewire/run/2", plan={"clock": "counted"})) == "counted"


def days(folder: Path, costs: list[dict[str, float]], **options: Any) -> Path:
    """Runs of one after the other day."""
    for day, cost in enumerate(costs, start=1):
        path = counted.write_run(folder / f"run-{day}", cost, summary=True, **options)
        record = json.loads((path / "run.json").read_text())
        kernel = {"environment": {**record["environment"], "kernel": f"Linux 6.12.{day}"}}
        (path / "run.json").write_text(json.dumps({**record, **kernel, "created": f"2026-01-{day:02d}T00:00:00Z"}))
    return folder


def test_a_history_of_counts_names_the_first_run_that_differs(tmp_path: Path) -> None:
    folder = days(tmp_path, [COSTS, changed(1.004, "ptp"), changed(1.004, "ptp")])
    assert len(history(folder).groups) == 3  # every kernel is another machine, until it is said to be the subject
    found = history(folder, unlike="kernel")
    steps = {one.question.network: one.steps for one in found.series if one.question.metric.name == "instructions"}
    assert not steps["host"] and not steps["flannel/vxlan"]
    (step,) = steps["ptp"]
    assert (step.before, step.after, step.verdict) == (0, 1, "worse")
    assert step.size.ratio == pytest.approx(1.004, abs=1e-4)
    text = history_table.plain(found).replace("\u00a0", " ")
    assert "ptp instructions tcp-rr became worse, it changed by +0.40 %" in text
    printed = json.loads(json.dumps(as_json(history_document(found)), allow_nan=False))
    jsonschema.Draft202012Validator(schemas.schema("history")).validate(printed)
    assert {one["clock"] for one in printed["series"]} == {"counted"}


def test_a_history_that_creeps_is_reported_once_it_is_far_enough(tmp_path: Path) -> None:
    found = history(days(tmp_path, [changed(1.0012**day, "ptp") for day in range(4)]), unlike="kernel")
    steps = [step for one in found.series for step in one.steps if one.question.metric.name == "instructions"]
    assert [(step.before, step.after) for step in steps] == [(1, 2)]
