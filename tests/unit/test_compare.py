"""Runs against runs: what changed is found with its interval, what did not is not, and unlike runs are refused."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from barewire import schemas
from barewire.errors import RunError, UsageError
from barewire.records import plain as as_json
from barewire.render.comparison.formats.json import document
from barewire.render.comparison.formats.markdown import markdown
from barewire.render.comparison.formats.text import plain
from barewire.render.comparison.headline import headline
from barewire.render.comparison.notes import doubts
from barewire.results import reading
from barewire.results.analysis import LoadKey
from barewire.results.comparison.answer import compared
from barewire.results.comparison.change import Change, Comparison
from barewire.results.comparison.question import Question
from barewire.statistics.change import Blocks, pooled_change
from barewire.statistics.welch import welch_t
from barewire.workloads.definition.metric import LATENCY
from tests.support import synthetic

RATE = LoadKey("50%", 100)
MAX = LoadKey("http-max", 100)
BEFORE = {"flannel/vxlan": 1.5, "ptp": 1.2}
AFTER = {"flannel/vxlan": 1.65, "ptp": 1.2}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same machine twice; in between flannel/vxlan lost another 10 %."""
    folder = tmp_path_factory.mktemp("runs")
    return (
        synthetic.write_run(folder / "before", BEFORE, seed=1),
        synthetic.write_run(folder / "after", AFTER, seed=2),
    )


@pytest.fixture
def copies(runs: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """Copies that a test may change."""
    before, after = (Path(shutil.copytree(run, tmp_path / run.name)) for run in runs)
    return before, after


def edit(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change one JSON document, or each line of a file of lines."""
    lines = (
        [json.loads(line) for line in file.read_text().splitlines()]
        if file.suffix == ".ndjson"
        else [json.loads(file.read_text())]
    )
    for record in lines:
        change(record)
    file.write_text("".join(json.dumps(record) + "\n" for record in lines))


def comparison(before: Path, after: Path) -> Comparison:
    return Comparison(reading.read(before).analysed(), reading.read(after).analysed())


def answer(found: Comparison, network: str, quantile: float | None = 0.5) -> Change:
    change = found.change(Question(network, RATE, LATENCY, quantile))
    assert change is not None
    return change


def test_a_grown_overhead_is_worse_and_the_interval_holds_it(runs: tuple[Path, Path]) -> None:
    change = answer(comparison(*runs), "flannel/vxlan")
    assert change.verdict == "worse"
    assert change.ratio and change.ratio.low and change.ratio.high
    assert change.ratio.low <= 1.1 <= change.ratio.high
    assert change.ratio.method == "welch-log-t"


def test_the_other_way_round_it_is_better_by_the_same(runs: tuple[Path, Path]) -> None:
    forth, back = answer(comparison(*runs), "flannel/vxlan"), answer(comparison(*runs[::-1]), "flannel/vxlan")
    assert back.verdict == "better"
    assert forth.ratio and back.ratio
    assert forth.ratio.ratio * back.ratio.ratio == pytest.approx(1)
    assert forth.ratio.low and back.ratio.high
    assert forth.ratio.low * back.ratio.high == pytest.approx(1)


def test_no_change_is_found_where_nothing_changed(runs: tuple[Path, Path]) -> None:
    found = comparison(*runs)
    verdicts = {change.verdict for q in found.questions() if q.network == "ptp" and (change := found.change(q))}
    assert not verdicts & {"better", "worse"}
    assert verdicts >= {"equivalent", "unsupported"}


def test_a_rate_that_fell_is_worse(runs: tuple[Path, Path]) -> None:
    found = comparison(*runs)
    question = next(q for q in found.questions() if q.network == "flannel/vxlan" and q.metric.name == "request_rate")
    change = found.change(question)
    assert change and change.ratio
    assert change.ratio.ratio < 1
    assert change.verdict == "worse"


@pytest.mark.parametrize(
    ("kept", "begins", "says"),
    [
        (
            "tcp-rr",
            "With one TCP request at a time, responses of 64",
            "the overhead of flannel/vxlan at the median grew",
        ),
        ("own-50%", "At 50\u00a0% of each network's own maximum rate, responses", "flannel/vxlan at the median grew"),
        ("http-max", "In closed-loop request rate (100\u00a0B)", "flannel/vxlan against the host fell: \u2212"),
        ("http-crr", "In connections per second", "flannel/vxlan against the host fell: \u2212"),
        ("tcp-stream-1", "In TCP throughput (1 TCP stream)", "flannel/vxlan against the host fell: \u2212"),
        ("udp-stream", "In packets received per second", "flannel/vxlan against the host fell: \u2212"),
    ],
)
def test_the_sentence_is_about_what_the_runs_have(copies: tuple[Path, Path], kept: str, begins: str, says: str) -> None:
    def keep(trial: dict[str, Any]) -> None:
        trial["loads"] = [load for load in trial["loads"] if load["load"] == kept]

    for run in copies:
        edit(run / "trials.ndjson", keep)
    said = headline(comparison(*copies))
    assert f": {begins[:1].lower()}{begins[1:]}" in said and says in said


def test_a_faster_machine_changes_values_and_no_loss(runs: tuple[Path, Path], copies: tuple[Path, Path]) -> None:
    def faster(trial: dict[str, Any]) -> None:
        for load in trial["loads"]:
            if load["workload"] == "http":
                load["latency_ns"] = {k: v if k == "count" else v / 2 for k, v in load["latency_ns"].items()}

    edit(copies[1] / "trials.ndjson", faster)
    changed, plain = answer(comparison(*copies), "ptp"), answer(comparison(*runs), "ptp")
    assert changed.ratio and plain.ratio and changed.absolute and plain.absolute
    assert changed.ratio.ratio == pytest.approx(plain.ratio.ratio)
    assert changed.absolute.ratio == pytest.approx(plain.absolute.ratio / 2)


def test_a_tail_that_all_blocks_support_is_of_merged_histograms(tmp_path: Path) -> None:
    before = synthetic.write_run(tmp_path / "before", {"ptp": 1.2}, seed=5, requests=4000, workloads=("http",))
    after = synthetic.write_run(tmp_path / "after", {"ptp": 1.8}, seed=6, requests=4000, workloads=("http",))
    change = answer(comparison(before, after), "ptp", 0.999)
    assert change.ratio and change.ratio.low and change.ratio.high
    assert change.ratio.method == "bootstrap-blocks"
    assert change.ratio.low <= 1.5 <= change.ratio.high
    assert answer(comparison(before, after), "ptp", 0.99999).verdict == "unsupported"
    shutil.rmtree(after / "histograms")
    assert answer(comparison(before, after), "ptp", 0.999).verdict == "unsupported"


def test_a_run_against_itself_has_changed_by_nothing(runs: tuple[Path, Path]) -> None:
    found = comparison(runs[0], runs[0])
    changes = [change for question in found.questions() if (change := found.change(question))]
    assert len(changes) > 20
    for change in changes:
        assert change.verdict not in ("better", "worse")
        # Where the host loses no packet, nothing can be said relative to it.
        assert change.ratio is None or change.ratio.ratio == pytest.approx(1)
        assert change.ratio or change.question.metric.name == "packet_loss"


def test_one_block_gives_ratios_and_no_verdict(runs: tuple[Path, Path], tmp_path: Path) -> None:
    single = synthetic.write_run(tmp_path / "single", AFTER, blocks=1, seed=3)
    change = answer(comparison(runs[0], single), "flannel/vxlan")
    assert change.ratio and change.ratio.low is None
    assert change.verdict == "unsupported"
    assert "there are too few blocks or samples to decide (one block has no interval)" in " ".join(
        plain(compared([runs[0], single])).split()
    )


def test_conditions_of_one_study_are_compared_block_by_block(copies: tuple[Path, Path], tmp_path: Path) -> None:
    assert not comparison(*copies).paired
    for name, run in zip(("none", "fast"), copies, strict=True):
        condition = {"name": name, "of": ["none", "fast"], "study": "abc", "factor": "tune"}
        tuning = {"profile": name, "by_hand": "", "machine": [], "lab": []}
        edit(
            run / "run.json", lambda r, condition=condition, tuning=tuning: r.update(condition=condition, tuning=tuning)
        )
    runs = [{"name": run.name, "run": run.name} for run in copies]
    (tmp_path / "study.json").write_text(json.dumps({"schema": "barewire/study/2", "conditions": runs}))
    # The study stands for its runs, and what they differ in needs no naming: they say so themselves.
    (pairing,) = compared([tmp_path]).pairings
    assert pairing.comparison.paired
    assert [one.key for one in pairing.differences] == ["tuning.profile"]
    change = answer(pairing.comparison, "flannel/vxlan")
    assert change.ratio and change.ratio.method == "paired-log-t"
    before, after = (
        side[0].overheads(LATENCY, 0.5) for side in pairing.comparison._estimates.sides("flannel/vxlan", RATE)
    )
    logs = [after[block] - before[block] for block in before]
    assert change.ratio.ratio == pytest.approx(math.exp(np.mean(logs)))
    assert host_row(plain(compared([tmp_path]), full=True)).endswith("]")
    # Of another study, they are two runs like any others, and the tuning has to be named.
    edit(copies[1] / "run.json", lambda r: r["condition"].update(study="other"))
    with pytest.raises(RunError, match="--unlike tuning"):
        compared([tmp_path])
    apart = compared([tmp_path], unlike="tuning")
    assert not apart.pairings[0].comparison.paired
    assert host_row(plain(apart, full=True)).endswith("%")


def host_row(text: str) -> str:
    """The first row of what the host itself did."""
    lines = text.splitlines()
    return lines[next(i for i, line in enumerate(lines) if line.startswith("the host itself")) + 2].rstrip()


@pytest.mark.parametrize(
    ("file", "change", "subject", "said"),
    [
        ("run.json", lambda r: r["environment"].update(kernel="Linux 6.1"), "kernel", "kernel was Linux 6.12"),
        ("run.json", lambda r: r["environment"]["cpu"].update(model="Other"), "cpu", "cpu.model was Example CPU"),
        ("run.json", lambda r: r["environment"].update(memory_bytes=1 << 30), "memory", "memory_bytes was"),
        ("run.json", lambda r: r["environment"].update(virtualization="QEMU"), "virtualization", "is QEMU"),
        ("run.json", lambda r: r["environment"].update(governor="powersave"), "tuning", "is powersave"),
        ("run.json", lambda r: r["environment"]["versions"].update(nginx="1.99"), "version", "versions.nginx"),
        ("run.json", lambda r: r["environment"].update(moon="full"), "moon", "moon was (not recorded), is full"),
        ("run.json", lambda r: r["plan"].update(connections=1), "connections", "plan.connections was 64, is 1"),
        ("run.json", lambda r: r["plan"]["wire"].update(mtu=9000), "wire", "plan.wire.mtu was 1500, is 9000"),
        (
            "trials.ndjson",
            lambda t: t.update(pinning={"server": [1], "client": [0]}),
            "pinning",
            "pinning was client 1",
        ),
    ],
)
def test_unlike_runs_are_refused_until_the_difference_is_named(
    copies: tuple[Path, Path], file: str, change: Callable[[dict[str, Any]], None], subject: str, said: str
) -> None:
    edit(copies[1] / file, change)
    with pytest.raises(RunError) as caught:
        compared(copies)
    assert caught.value.exit_code == 2
    assert said in str(caught.value)
    assert f"--unlike {subject}" in caught.value.remedy
    found = compared(copies, unlike=subject)
    assert any(said.split(" was ")[0] in note for note in doubts(found.pairings[0])) or "is " in said
    assert found.pairings[0].same_machine == (subject in ("kernel", "tuning", "version"))


def test_networks_that_other_files_build_are_unlike(copies: tuple[Path, Path]) -> None:
    for run, text in zip(copies, ("one", "another"), strict=True):
        edit(run / "run.json", lambda record, text=text: record["networks"][-1].update(program=text))  # type: ignore[misc]
    with pytest.raises(RunError, match=r"networks\..*program was [0-9a-f]{12}, is [0-9a-f]{12}.*--unlike program"):
        compared(copies)
    assert compared(copies, unlike="program").pairings


def test_blocks_and_seed_may_differ_but_unknown_names_may_not(runs: tuple[Path, Path], tmp_path: Path) -> None:
    third = synthetic.write_run(tmp_path / "third", BEFORE, blocks=3, seed=9)
    assert len(compared([*runs, third]).pairings) == 2
    with pytest.raises(UsageError, match=r"does not know 'kernal'.*kernel"):
        compared(runs, unlike="kernal")


def test_what_is_printed_is_valid_and_says_what_was_compared(runs: tuple[Path, Path]) -> None:
    found = compared(runs, gate_texts=["vxlan p99 <= 5%", "ptp p50 <= 10%"])
    printed = json.loads(json.dumps(as_json(document(found)), allow_nan=False))
    jsonschema.Draft202012Validator(schemas.schema("compare")).validate(printed)
    cell = next(
        c for c in printed["comparisons"][0]["cells"] if c["network"] == "flannel/vxlan" and c["quantile"] == 0.5
    )
    assert cell["before"]["ratio"] == pytest.approx(1.5, rel=0.05)
    assert cell["ratio"] == pytest.approx(cell["after"]["ratio"] / cell["before"]["ratio"], rel=1e-5)
    assert cell["absolute"] == pytest.approx(cell["after"]["value"] / cell["before"]["value"], rel=1e-5)
    assert [gate["outcome"] for gate in printed["gates"]] == ["fails", "holds"]
    assert found.exit_code == 1


def test_runs_that_decide_nothing_are_no_success(runs: tuple[Path, Path], tmp_path: Path) -> None:
    single = synthetic.write_run(tmp_path / "single", BEFORE, blocks=1, seed=9)
    assert compared([single, runs[0]]).exit_code == 3
    assert compared(runs).exit_code == 0, "without gates a regression is reported, not judged"


@pytest.mark.parametrize("full", [False, True])
def test_the_table_fits_80_columns(runs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = plain(compared(runs), full=full)
    assert max(map(len, text.splitlines()[1:])) <= 80
    assert "the overhead of flannel/vxlan" in " ".join(text.split())
    assert "ptp is equivalent to before" in " ".join(text.split())
    assert "worse" in text
    # Nothing was cut off; the only ellipses are those of intervals.
    assert all("[" in line for line in text.splitlines() if "…" in line)


def test_a_name_in_a_file_cannot_break_the_markdown(copies: tuple[Path, Path]) -> None:
    name = "a|b<script>"
    for run in copies:
        edit(run / "run.json", lambda r: r["networks"][2].update(name=name))
        edit(run / "trials.ndjson", lambda t: t.update(network=name if t["network"] == "ptp" else t["network"]))
    text = markdown(compared(copies))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in rows}) == 1
    assert "<script>" not in text


def test_welch_agrees_with_the_textbook() -> None:
    from scipy import stats

    rng = np.random.default_rng(3)
    before, after = rng.normal(0, 0.02, 6), rng.normal(0.1, 0.08, 9)
    ours = welch_t(list(before), list(after))
    theirs = stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
    assert ours and ours.low == pytest.approx(theirs.low) and ours.high == pytest.approx(theirs.high)
    assert welch_t([], [1.0]) is None
    single = welch_t([0.0], [1.0, 2.0])
    assert single and single.low is None and single.value == pytest.approx(1.5)


def test_a_pooled_change_is_narrower_where_blocks_drift_together() -> None:
    rng = np.random.default_rng(4)
    grid = np.geomspace(1e3, 1e6, 2000)

    def row(scale: float) -> Any:
        found = np.searchsorted(grid, rng.lognormal(math.log(20_000 * scale), 0.3, 3000))
        return np.bincount(found, minlength=len(grid)).astype(np.int64)

    drift = np.exp(rng.normal(0, 0.2, 8))
    before, after = (Blocks(np.array([row(s * one) for one in drift])) for s in (1.0, 1.3))
    paired, unpaired = (pooled_change(before, after, grid, 0.99, 1, paired=paired) for paired in (True, False))
    assert paired and unpaired
    alike, apart = paired.interval_at(), unpaired.interval_at()
    assert alike.low is not None and alike.high is not None
    assert alike.half < apart.half / 3
    assert alike.low < math.log(1.3) < alike.high
