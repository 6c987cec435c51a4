"""Runs as the unit of a comparison: several a side, earlier runs, restarts; a small part of `benchmarks/compare.py`.

Seeds are fixed, so a failure is a change of the code (or of numpy's generators).
"""

from __future__ import annotations

import json
import shutil
from math import sqrt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

from barewire import schemas
from barewire.cli.commands import application
from barewire.cli.compare import sides
from barewire.errors import RunError, UsageError
from barewire.records import plain as as_json
from barewire.render.comparison.formats.json import document
from barewire.render.comparison.formats.text import plain
from barewire.render.comparison.gates import sentence
from barewire.render.comparison.notes import doubts
from barewire.results.comparison import units
from barewire.results.comparison.answer import compared
from barewire.results.comparison.change import Change, Comparison
from barewire.results.comparison.question import Question
from barewire.statistics.runs import RunSpread, between, spread, widened
from barewire.workloads.definition.metric import LATENCY
from benchmarks import compare as simulations
from tests.support import synthetic
from tests.unit.test_compare import edit

PAIRS = 40
WORKLOADS = ("http", "http-max")


def limit(share: float, of: int) -> float:
    """What a true share of at most `share` shows at most, four standard deviations of the binomial above it."""
    return share + 4 * sqrt(share * (1 - share) / of)


@pytest.mark.parametrize("basis", ["runs", "history", "restarts"])
@pytest.mark.parametrize(("effect", "blocks"), [(0.0, 6), (0.02, 20)])
def test_equal_networks_are_rarely_called_different(basis: str, effect: float, blocks: int) -> None:
    said = simulations.simulate_effects(PAIRS, blocks, 1.0, effect, basis)
    assert said["wrong"] / PAIRS <= limit(0.05, PAIRS), said
    assert said["gate wrong"] / PAIRS <= limit(0.05, PAIRS), said
    assert said["covered"] / (2 * PAIRS) >= 1 - limit(0.05, 2 * PAIRS), said
    assert said[f"basis {basis}"] == PAIRS


def test_blocks_alone_call_equal_networks_different() -> None:
    """The fault that runs as the unit mend: without them, the answer is about the two runs, and says so."""
    said = simulations.simulate_effects(PAIRS, 20, 1.0, 0.02, "these-runs")
    assert said["wrong"] / PAIRS > 0.15
    assert said["basis these-runs"] == PAIRS
    assert said["covered of these runs"] / (2 * PAIRS) >= 1 - limit(0.05, 2 * PAIRS), said


def test_a_large_change_is_found_with_three_runs_a_side() -> None:
    said = simulations.simulate_effects(60, 10, 1.25, 0.02, "runs")
    assert said["found"] / 60 > 0.9


def test_the_detectable_change_is_found_in_4_of_5_comparisons() -> None:
    rng = np.random.default_rng(7)
    ratios = {"changed": 1.5, "same": 1.2}
    change = answer(Comparison(*(simulations.run(rng, ratios, 10, False, 0) for _ in range(2))))
    assert change.detectable
    found = 0
    for _ in range(100):
        before = simulations.run(rng, ratios, 10, False, 0)
        after = simulations.run(rng, {**ratios, "changed": 1.5 * 1.095}, 10, False, 0)
        found += answer(Comparison(before, after)).verdict == "worse"
    assert 1.05 < change.detectable < 1.12
    assert found >= 60


def answer(found: Comparison) -> Change:
    change = found.change(Question("changed", simulations.LOAD, LATENCY, 0.5))
    assert change is not None
    return change


def test_runs_against_runs_are_those_of_the_textbook() -> None:
    from scipy import stats

    rng = np.random.default_rng(3)
    before, after = rng.normal(0, 0.02, 3), rng.normal(0.1, 0.02, 4)
    ours, theirs = between([*before], [*after]), stats.ttest_ind(after, before, equal_var=False).confidence_interval()
    assert ours and ours.low == pytest.approx(theirs.low) and ours.high == pytest.approx(theirs.high)
    # One run against several: the several's variance is the single's too, as in the interval of a prediction.
    single = between([*before], [0.5])
    assert single and single.low is not None
    half = stats.t.ppf(0.975, 2) * np.std(before, ddof=1) * sqrt(1 + 1 / 3)
    assert single.value - single.low == pytest.approx(half)
    alone = between([0.0], [0.1])
    assert alone and alone.low is None


@pytest.mark.parametrize("others", [2, 6])
def test_a_noisy_run_against_quiet_ones_is_no_difference(others: int) -> None:
    rng = np.random.default_rng(1)
    wrong, blocks = 0, 10
    for _ in range(400):
        runs = [rng.normal(0, 0.02) + rng.normal(0, 0.3 if not run else 0.02, blocks) for run in range(1 + others)]
        means, errors = [float(run.mean()) for run in runs], [float(run.var(ddof=1)) / blocks for run in runs]
        more = max(0.0, errors[0] - sum(errors[1:]) / others), blocks - 1
        found = between(means[1:], means[:1], more=more)
        assert found and found.low is not None and found.high is not None
        wrong += not found.low <= 0 <= found.high
    assert wrong / 400 <= 0.07  # of blocks alone it was 18 and 59 %


def test_what_a_single_runs_blocks_vary_more_is_added() -> None:
    def side(*logs: float, supports: bool = True) -> Any:
        blocks = dict(enumerate(logs))
        return SimpleNamespace(blocks=blocks, autocorrelation=0.0, each_supports=lambda *_: supports)

    def excess(*parts: list[Any]) -> tuple[float, int]:
        metric: Any = None
        return units.excess(parts, metric, 0.5, lambda one, *_: one.blocks)

    noisy, quiet = side(0.0, 0.3, 0.6), side(0.0, 0.1, 0.2)
    variance, degrees = excess([noisy], [quiet, quiet])
    assert variance == pytest.approx(0.03 - 0.01 / 3) and degrees == 2
    assert excess([quiet, quiet], [noisy]) == (variance, degrees)
    assert excess([quiet], [noisy, noisy]) == (0.0, 2)
    assert excess([noisy, noisy], [quiet, quiet]) == excess([side(0.0, 0.6, supports=False)], [quiet]) == (0.0, 1)


def test_earlier_runs_give_their_spread_and_no_less_than_blocks() -> None:
    assert spread([0.0, 0.1], [0.01, 0.01]) is None
    known = spread([0.0, 0.02, 0.04], [0.01, 0.01, 0.01])
    assert known and known.degrees == 2 and known.effect == pytest.approx(sqrt(0.02**2 - 0.01**2))
    calm = widened(0.1, [0.01, 0.01], [6, 6], known)
    assert calm.half == pytest.approx(4.3027 * sqrt(2) * 0.02, rel=1e-4)
    wild = widened(0.1, [0.2, 0.2], [6, 6], RunSpread(0.0, 2, 0.0))
    assert wild.half > 1.96 * sqrt(2) * 0.2


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Six runs: three of one kind, three in which flannel/vxlan has 20 % more of an overhead."""
    folder = tmp_path_factory.mktemp("sides")
    made = []
    for i in range(6):
        ratios = {"flannel/vxlan": 1.5 * (1.2 if i > 2 else 1), "ptp": 1.2}
        made.append(
            synthetic.write_run(
                folder / f"r{i}", ratios, blocks=3, seed=i + 10, requests=1500, rejected=False, workloads=WORKLOADS
            )
        )
    return tuple(made)


def test_sides_of_several_runs_are_named_as_such(runs: tuple[Path, ...]) -> None:
    found = compared([runs[:3], runs[3:]], gate_texts=["vxlan p50 <= 5%", "vxlan p50 loss <= 30%"])
    text = " ".join(plain(found).split())
    assert "Runs are the unit: 3 before and 3 after." in text
    assert "these two runs" not in text
    printed = json.loads(json.dumps(as_json(document(found)), allow_nan=False))
    jsonschema.Draft202012Validator(schemas.schema("compare")).validate(printed)
    (pairing,) = printed["comparisons"]
    assert (pairing["before_runs"], pairing["after_runs"], pairing["basis"]) == ([0, 1, 2], [3, 4, 5], "runs")
    cell = next(c for c in pairing["cells"] if c["network"] == "flannel/vxlan" and c["quantile"] == 0.5)
    assert (cell["verdict"], cell["method"], cell["n"], cell["basis"]) == ("worse", "runs-log-t", 3, "runs")
    assert cell["before"]["n"] == 9
    assert [gate["outcome"] for gate in printed["gates"]] == ["fails", "fails"]
    assert {gate["basis"] for gate in printed["gates"]} == {"runs"}


def test_one_run_a_side_is_about_these_runs_without_earlier_ones(runs: tuple[Path, ...]) -> None:
    alone = compared([runs[0], runs[3]], gate_texts=["vxlan p50 <= 5%"])
    text = plain(alone)
    assert "about these two runs only" in " ".join(text.split())
    assert "worse*" in text
    assert sentence(alone.judged[0]).endswith("this is about these two runs only.")
    known = compared([runs[0], runs[3]], gate_texts=["vxlan p50 <= 5%"], history=runs[0].parent)
    assert known.pairings[0].comparison.basis == "history"
    assert len(known.pairings[0].comparison.earlier.runs) == 4
    assert "these two runs" not in plain(known)
    assert "these two runs" not in sentence(known.judged[0])


def test_too_few_earlier_runs_are_said(runs: tuple[Path, ...], tmp_path: Path) -> None:
    shutil.copytree(runs[1], tmp_path / "one")
    found = compared([runs[0], runs[3]], history=tmp_path)
    assert found.pairings[0].comparison.basis == "these-runs"
    assert "there are 1 other run of this machine" in " ".join(plain(found).split()).replace("\u00a0", " ")
    with pytest.raises(UsageError, match="--history"):
        compared([runs[0], runs[3]], history=tmp_path / "nowhere")


def test_restarts_within_a_run_are_the_unit(runs: tuple[Path, ...], tmp_path: Path) -> None:
    copies = [Path(shutil.copytree(run, tmp_path / run.name)) for run in (runs[0], runs[3])]
    for copy in copies:
        edit(copy / "trials.ndjson", lambda trial: trial.update(restart=trial["block"]))
    found = compared(copies)
    assert found.pairings[0].comparison.basis == "restarts"
    change = found.pairings[0].comparison.change(Question("flannel/vxlan", simulations.LOAD, LATENCY, 0.5))
    assert change and change.ratio and change.ratio.method == "restarts-log-t" and change.ratio.n == 3
    assert "Restarts within the runs are the unit: 3 before and 3 after." in " ".join(plain(found).split())


def test_a_copy_is_not_another_run_of_a_side(runs: tuple[Path, ...], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(runs[0], tmp_path / "copy"))
    with pytest.raises(UsageError, match="is a copy of"):
        compared([[runs[0], runs[1], copy], runs[3:]])


def test_runs_of_one_side_must_be_alike_whatever_is_named(runs: tuple[Path, ...], tmp_path: Path) -> None:
    other = Path(shutil.copytree(runs[1], tmp_path / "other"))
    edit(other / "run.json", lambda r: r["environment"].update(kernel="Linux 6.1"))
    with pytest.raises(RunError, match="kernel was"):
        compared([[runs[0], other], runs[3:]], unlike="kernel")


def test_rates_that_differ_by_more_than_5_percent_are_refused(runs: tuple[Path, ...], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(runs[3], tmp_path / "slower"))

    def offered(share: float) -> Any:
        def change(trial: dict[str, Any]) -> None:
            for load in trial["loads"]:
                if load["workload"] == "http":
                    load["offered_per_s"] = 40_000.0 * share

        return change

    edit(copy / "trials.ndjson", offered(0.96))
    compared([runs[0], copy])
    edit(copy / "trials.ndjson", offered(0.9))
    with pytest.raises(RunError, match="--unlike rates") as caught:
        compared([runs[0], copy])
    assert "offered rate at 50\u00a0%, 100\u00a0B was 40.0\u00a0k/s, is 36.0\u00a0k/s" in str(caught.value)
    comparison = compared([runs[0], copy], unlike="rates")
    assert any(
        "latencies at different rates differ for that reason too" in note for note in doubts(comparison.pairings[0])
    )


def test_own_rates_that_are_apart_are_not_compared(tmp_path: Path) -> None:
    """A share of a network's own maximum is another rate in a run that found another maximum; only that network is concerned."""
    one, other = (
        synthetic.write_run(
            tmp_path / str(seed), {"flannel/vxlan": 1.5, "ptp": 1.2}, blocks=4, seed=seed, requests=500, rejected=False,
            summary=False,
        )
        for seed in (1, 2)
    )  # fmt: skip

    def slower(trial: dict[str, Any]) -> None:
        for load in trial["loads"]:
            if load["load"] == "own-50%" and trial["network"] == "flannel/vxlan":
                load["offered_per_s"] *= 0.9
                load["achieved_per_s"] *= 0.9

    edit(other / "trials.ndjson", slower)
    gates = ["flannel/vxlan p50 at own-50% <= 50%", "ptp p50 at own-50% <= 50%"]
    found = compared([one, other], gate_texts=gates)
    (pairing,) = found.pairings
    own = [change for change in pairing.changes if change.question.load.load == "own-50%"]
    apart = [change for change in own if change.question.network == "flannel/vxlan"]
    assert apart and {(change.verdict, change.ratio) for change in apart} == {("unlike-rates", None)}
    assert apart[0].rates == "40.0\u00a0k/s before and 36.0\u00a0k/s after"
    assert "unlike-rates" not in {change.verdict for change in own if change.question.network == "ptp"}
    assert [judged.outcome for judged in found.judged] == ["undecided", "holds"]
    assert "was offered 40.0\u00a0k/s before and 36.0\u00a0k/s after" in sentence(found.judged[0])
    jsonschema.Draft202012Validator(schemas.schema("compare")).validate(
        json.loads(json.dumps(as_json(document(found))))
    )
    assert "Rates: those were more than 5\u00a0% apart" in " ".join(plain(found, full=True).split("\n"))
    allowed = compared([one, other], unlike="rates", gate_texts=gates)
    assert "unlike-rates" not in {change.verdict for change in allowed.pairings[0].changes}


@pytest.mark.parametrize(
    ("key", "subject"),
    [("limits", {"cpu_quota": 0.6}), ("lab_sysctls", {"net.bridge.bridge-nf-call-iptables": "1"})],
)
def test_limits_and_lab_settings_are_compared_if_both_have_them(
    runs: tuple[Path, ...], tmp_path: Path, key: str, subject: dict[str, Any]
) -> None:
    copies = [Path(shutil.copytree(run, tmp_path / run.name)) for run in (runs[0], runs[3])]
    edit(copies[1] / "run.json", lambda r: r["environment"].update({key: subject}))
    compared(copies)  # the other is of a version that did not record it
    name = next(iter(subject))
    edit(copies[0] / "run.json", lambda r: r["environment"].update({key: {name: None if key == "limits" else "0"}}))
    with pytest.raises(RunError, match="unlike") as caught:
        compared(copies)
    assert f"{key}.{name}" in str(caught.value)


def test_the_interval_that_is_shown_is_the_one_that_is_judged(runs: tuple[Path, ...]) -> None:
    found = compared([runs[0], runs[3]])
    comparison = found.pairings[0].comparison
    assert comparison.together > 0.95
    for change in found.pairings[0].changes:
        if change.verdict in ("better", "worse", "no-difference-found") and change.ratio and change.ratio.low:
            assert change.ratio == comparison.ratio(change.question, comparison.together)
            assert change.ratio.high
            assert (change.ratio.low <= 1 <= change.ratio.high) == (change.verdict == "no-difference-found")
            if change.before.overhead:
                assert change.before.overhead.low == pytest.approx(summary_low(runs[0], change.question), rel=1e-5)


def summary_low(run: Path, question: Question) -> float | None:
    """What the run's own report shows."""
    for cell in json.loads((run / "summary.json").read_text())["cells"]:
        if (cell["network"], cell["load"], cell["metric"], cell["quantile"]) == (
            question.network, question.load.load, question.metric.name, question.quantile,
        ):  # fmt: skip
            return cell["joint_low"]  # type: ignore[no-any-return]
    return None


def test_what_changed_comes_first_and_the_rest_is_behind_all(runs: tuple[Path, ...]) -> None:
    found = compared([runs[:3], runs[3:]])
    short, full = plain(found), plain(found, full=True)
    assert "flannel/vxlan" in short and "worse" in short
    rows = [line for line in short.splitlines() if line.startswith(" ")]
    assert rows and all("worse" in line or "better" in line for line in rows)
    assert "--all has every row" in " ".join(short.split())
    assert len(full.splitlines()) > 2 * len(short.splitlines())
    assert "the host itself" in full and "the host itself" not in short


def test_two_dashes_part_sides_and_options_may_stand_anywhere(runs: tuple[Path, ...]) -> None:
    words = ["compare", *map(str, runs[:3]), "--", *map(str, runs[3:]), "--gate", "vxlan p50 <= 50%", "--json"]
    done = CliRunner().invoke(application(["compare"]), words)
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert printed["comparisons"][0]["after_runs"] == [3, 4, 5]
    assert printed["gates"][0]["outcome"] == "holds"


def test_a_side_without_a_run_is_refused() -> None:
    with pytest.raises(UsageError, match="a side has no run"):
        sides([Path("a"), Path("\x1d")])
    assert sides([Path("a"), Path("b")]) == [Path("a"), Path("b")]


def test_the_unit_of_a_tail_is_the_quantile_of_merged_histograms(tmp_path: Path) -> None:
    paths = [
        synthetic.write_run(
            tmp_path / str(i),
            {"ptp": 1.2 if i < 2 else 1.8},
            seed=5 + i,
            requests=4000,
            rejected=False,
            workloads=("http",),
        )
        for i in range(4)
    ]
    found = compared([paths[:2], paths[2:]])
    change = found.pairings[0].comparison.change(Question("ptp", simulations.LOAD, LATENCY, 0.999))
    assert change and change.ratio and change.ratio.low
    assert (change.ratio.method, change.ratio.n, change.basis) == ("runs-log-t", 2, "runs")
    assert change.ratio.ratio == pytest.approx(1.5, rel=0.15)
