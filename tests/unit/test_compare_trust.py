"""What a comparison must not conclude: from saturated networks, from blocks that depend on each other, from finding nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from barewire import schemas
from barewire.records import plain as as_json
from barewire.records.comparison import CompareDocument
from barewire.render.comparison.formats.json import document
from barewire.render.comparison.formats.text import plain
from barewire.render.comparison.gates import sentence
from barewire.render.comparison.headline import headline
from barewire.render.comparison.notes import doubts
from barewire.render.history.formats.json import document as history_document
from barewire.results import reading
from barewire.results.analysis import Run
from barewire.results.comparison.answer import compared
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.question import Question
from barewire.results.history.series import history
from barewire.statistics.dependence import Dependence, inflation, widening
from barewire.statistics.welch import welch_t
from barewire.workloads.definition.metric import LATENCY
from benchmarks import coverage
from tests.support import synthetic

NETWORKS = {"ptp": 1.2, "flannel/vxlan": 1.6}


def write(path: Path, **options: Any) -> Path:
    return synthetic.write_run(
        path, NETWORKS, requests=2500, rejected=False, summary=False, workloads=("http",), **options
    )


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("trust") / "before")


def written(found: CompareDocument) -> dict[str, Any]:
    printed: dict[str, Any] = json.loads(json.dumps(as_json(found), allow_nan=False))
    jsonschema.Draft202012Validator(schemas.schema("compare")).validate(printed)
    return printed


def test_a_saturated_network_has_no_latency_comparison(before: Path, tmp_path: Path) -> None:
    after = write(tmp_path / "after", seed=2)
    trials = [json.loads(line) for line in (after / "trials.ndjson").read_text().splitlines()]
    for trial in trials:
        for one in trial["loads"]:
            if trial["network"] == "flannel/vxlan" and one["workload"] == "http":
                one["achieved_per_s"] = 28_000.0
    (after / "trials.ndjson").write_text("".join(json.dumps(trial) + "\n" for trial in trials))
    found = compared([before, after], gate_texts=["vxlan p50 <= 5%", "vxlan p50 loss <= 900%", "ptp p50 <= 50%"])
    cells = [
        c
        for c in written(document(found))["comparisons"][0]["cells"]
        if c["metric"] == "latency" and c["load"] == "50%"
    ]
    saturated = [c for c in cells if c["network"] == "flannel/vxlan"]
    assert saturated and {c["verdict"] for c in saturated} == {"saturated"}
    assert {c[key] for c in saturated for key in ("ratio", "ratio_low", "absolute", "detectable")} == {None}
    assert {c["after"]["ratio"] for c in saturated} == {None} and None not in {c["before"]["ratio"] for c in saturated}
    assert "saturated" not in {c["verdict"] for c in cells if c["network"] == "ptp"}
    assert [judged.outcome for judged in found.judged] == ["undecided", "undecided", "holds"]
    assert "did not carry the rate in the run after: 70.0 % of the offered rate" in sentence(found.judged[0])
    assert "flannel/vxlan did not carry the rate" in headline(found.pairings[0].comparison)


def test_the_host_has_no_verdict_where_nothing_is_judged(before: Path, tmp_path: Path) -> None:
    found = compared([before, write(tmp_path / "after", seed=2)])
    verdicts = {c["network"]: c["verdict"] for c in written(document(found))["comparisons"][0]["cells"]}
    assert verdicts["host"] is None and verdicts["ptp"]


def test_finding_nothing_states_what_would_have_been_found(before: Path, tmp_path: Path) -> None:
    found = compared([before, write(tmp_path / "after", seed=2, effect=0.08)])
    cells = [c for c in written(document(found))["comparisons"][0]["cells"] if c["verdict"] == "no-difference-found"]
    assert cells and all(c["detectable"] > 1 for c in cells)
    for full in (False, True):
        text = " ".join(plain(found, full=full).split())
        assert "Where no difference was found, a change of" in text
        assert "would have been found in 80 of 100 comparisons" in text


def test_noise_that_hides_a_change_is_no_finding(before: Path, tmp_path: Path) -> None:
    runs = [write(tmp_path / str(seed), seed=seed, effect=0.8) for seed in (2, 3)]
    said = headline(compared(runs).pairings[0].comparison)
    assert "nothing can be concluded for ptp and flannel/vxlan, the runs were too noisy" in said
    assert "no difference was found" not in said


def _runs(*paths: Path, autocorrelation: float) -> list[Run]:
    runs = [reading.read(path).analysed() for path in paths]
    for run in runs:
        run.cache["dependence"] = Dependence(len(run.blocks), 0.01, autocorrelation)
    return runs


@pytest.mark.parametrize("earlier", [0, 3])
def test_dependent_blocks_widen_a_change(before: Path, tmp_path: Path, earlier: int) -> None:
    paths = [before, write(tmp_path / "after", seed=2)]
    others = [write(tmp_path / f"earlier-{i}", seed=3 + i) for i in range(earlier)]
    widths = []
    for autocorrelation in (0.0, 0.6):
        runs = _runs(*paths, *others, autocorrelation=autocorrelation)
        comparison = Comparison(runs[0], runs[1], earlier=runs[2:])
        question = Question("ptp", runs[0].loads[0], LATENCY, 0.5)
        interval = comparison.ratio(question)
        assert interval and interval.low and interval.high
        widths.append(np.log(interval.high / interval.low))
    if earlier:
        assert widths[1] >= widths[0]  # the spread of runs holds what their blocks do
    else:
        assert widths[1] / widths[0] > 2


def test_one_dependent_run_of_several_hardly_widens_the_floor(before: Path, tmp_path: Path) -> None:
    others = [write(tmp_path / f"run-{i}", seed=2 + i) for i in range(5)]

    def floor(*dependent: int) -> float:
        runs = _runs(before, *others, autocorrelation=0.0)
        for i in dependent:
            runs[i].cache["dependence"] = Dependence(len(runs[i].blocks), 0.01, 0.6)
        found = Comparison(runs[:3], runs[3:]).floor(Question("ptp", runs[0].loads[0], LATENCY, 0.5))
        assert found
        return float(np.log(found))

    none, one, every = floor(), floor(0), floor(*range(6))
    assert none < one < none * 1.2
    assert every > none * 1.5


def test_dependent_blocks_are_named(before: Path, tmp_path: Path) -> None:
    found = compared([before, write(tmp_path / "after", seed=2)])
    (pairing,) = found.pairings
    pairing.comparison.after.cache["dependence"] = Dependence(6, 0.01, 0.6)
    (note,) = [note for note in doubts(pairing) if "depend on each other" in note]
    assert note.startswith("Blocks of the run after depend on each other (autocorrelation 0.60): 6 are worth 2.")


@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_two_values_beside_many_hold_the_truth(spread: float) -> None:
    """Welch's t alone holds it in 88 %: of two values the spread is often far too small."""
    rng, held = np.random.default_rng(9), 0
    for _ in range(1000):
        found = welch_t(list(rng.normal(0, 1, 20)), list(rng.normal(0, spread, 2)))
        assert found is not None and found.low is not None and found.high is not None
        held += found.low <= 0 <= found.high
    assert held >= 920


def test_welch_holds_the_truth_of_dependent_blocks() -> None:
    rng, blocks, studies = np.random.default_rng(9), 8, 1200
    plain_hits = hits = 0
    for _ in range(studies):
        one, other = (coverage.followed(rng, (blocks, 2), 0.6)[:, 0] for _ in range(2))
        for known in (0.0, 0.6):
            found = welch_t(list(one), list(other), autocorrelations=(known, known))
            assert found and found.low is not None and found.high is not None
            covered = found.low <= 0 <= found.high
            hits, plain_hits = (hits + covered, plain_hits) if known else (hits, plain_hits + covered)
    assert plain_hits / studies < 0.85
    assert 0.92 <= hits / studies <= 0.99


def test_independent_blocks_widen_nothing() -> None:
    assert inflation(6, 0.0) == (1.0, 5.0)
    assert widening(6, 0.0) == 1.0


def test_a_path_that_is_not_utf8_gives_valid_json(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xffns"))
    runs = [write(folder / name, seed=seed) for name, seed in (("a", 1), ("b", 2))]
    for found in (document(compared(runs)), history_document(history(folder))):
        text = json.dumps(as_json(found), ensure_ascii=False, allow_nan=False).encode()  # a lone surrogate has no UTF-8
        assert json.loads(text)["runs"][0]["path"] == f"{tmp_path}/r\\xffns/a"
