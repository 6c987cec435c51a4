"""A network that did not carry the rate that it was offered: a verdict of its own, no ratio, visible in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from barewire import render
from barewire.records import ExactRecord, ExactValues, Load, Ticks
from barewire.render import verdicts
from barewire.render.run import answer
from barewire.render.run.data import load
from barewire.results.analysis import Observation
from barewire.results.saturation import carried, is_growing
from barewire.study.execution.run import RunDirectory
from tests.support import synthetic


def saturated(path: Path, network: str, change: dict[str, Any], first: int = 6) -> Path:
    """A run in which the rate loads of a network are changed, in its `first` blocks."""
    run = synthetic.write_run(path, {"ptp": 1.2, "flannel/vxlan": 1.6}, requests=2500, rejected=False, summary=False)
    trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    for trial in trials:
        for one in trial["loads"]:
            if trial["network"] == network and one["workload"] == "http" and trial["block"] <= first:
                one |= change
    (run / "trials.ndjson").write_text("".join(json.dumps(trial) + "\n" for trial in trials))
    with RunDirectory.open(run, write=True) as opened:
        opened.summarise()
    return run


def cells_of(run: Path, metric: str = "latency") -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for cell in json.loads((run / "summary.json").read_text())["cells"]:
        if cell["load"] == "50%" and cell["metric"] == metric:
            found.setdefault(cell["network"], []).append(cell)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saturated(tmp_path_factory.mktemp("saturated") / "run", "flannel/vxlan", {"achieved_per_s": 28_000.0})


def test_a_saturated_network_has_no_latency_ratio(run: Path) -> None:
    found = cells_of(run)
    for cell in found["flannel/vxlan"]:
        assert cell["verdict"] == "saturated"
        assert cell["saturated"] == "70.0 % of the offered rate was answered"
        assert {cell[key] for key in ("ratio", "joint_low", "joint_high", "difference", "detectable")} == {None}
        assert cell["value"] and cell["n"] == 6
    assert found["ptp"][0]["verdict"] == "slower"
    parts = json.loads((run / "summary.json").read_text())["parts"]
    assert not [p for p in parts if p["load"] == "50%" and p["metric"] == "latency" and "flannel/vxlan" in p.values()]


@pytest.mark.parametrize("name", ["text", "markdown", "html", "csv", "openmetrics", "json"])
def test_every_format_shows_that_a_network_is_saturated(run: Path, name: str) -> None:
    rendered = render.render(run, name)
    parts = rendered.values() if isinstance(rendered, dict) else [rendered]
    assert "saturated" in "".join(part.decode() if isinstance(part, bytes) else str(part) for part in parts)


def test_the_answer_names_the_saturated_network(run: Path) -> None:
    said = answer.answer(load(run)).headline
    assert "flannel/vxlan is saturated: this rate was not carried" in said
    assert "ptp costs +" in said
    cell = load(run).cell("flannel/vxlan", "50%", "latency", 100, 0.5)
    assert cell and "70.0 % of the offered rate was answered" in verdicts.sentence(cell, 0.95)


def test_a_queue_that_grows_is_saturated_at_a_full_share(tmp_path: Path) -> None:
    run = saturated(tmp_path / "run", "ptp", {"ticks": GROWN})
    (cell,) = [c for c in cells_of(run)["ptp"] if c["quantile"] == 0.5]
    assert cell["verdict"] == "saturated"
    assert cell["saturated"] == "the queue grew throughout the load in 6 of 6 trials"


def test_a_saturated_host_leaves_no_ratio_for_any_network(tmp_path: Path) -> None:
    run = saturated(tmp_path / "run", "host", {"achieved_per_s": 30_000.0})
    for cells in cells_of(run).values():
        assert {cell["verdict"] for cell in cells} == {"saturated"}
        assert {cell["ratio"] for cell in cells} == {None}
    assert cells_of(run)["ptp"][0]["saturated"].startswith("the host itself: 75.0 % of the offered rate")


def observation(share: float, medians: list[float], seconds: float = 0.2) -> Observation:
    whole = tuple(round(one) for one in medians)
    ticks = Ticks(seconds / len(medians), whole, whole, {})
    load = Load("50%", "http", offered_per_s=1000.0, achieved_per_s=1000.0 * share, seconds=seconds, ticks=ticks)
    return Observation(1, load)


def test_what_a_long_wire_holds_back_at_the_end_is_no_saturation() -> None:
    assert carried([observation(0.75, [5e7, 5e7, 5e7])]) == pytest.approx(1.0)
    assert carried([observation(0.75, [5e4, 5e4, 5e4])]) == pytest.approx(0.755, abs=0.001)  # one of 200


def test_a_queue_grows_if_its_last_third_is_several_times_longer() -> None:
    assert is_growing(observation(1.0, [1e5, 2e5, 4e5]))
    assert not is_growing(observation(1.0, [1e5, 2e5, 2e5]))
    assert not is_growing(observation(1.0, [4e5, 2e5, 1e5]))
    assert not is_growing(observation(1.0, [1e5, 9e5]))


def test_a_queue_of_one_third_alone_is_another_programs() -> None:
    """Medians of thirds that a busy machine gave two networks and the host, whose closed loops carried 6 to 11 times the rate."""
    assert not is_growing(observation(1.0, [7.4e4, 2.534e7, 5.95e5]))
    assert not is_growing(observation(1.0, [1.63e5, 1.47e5, 2.621e6]))
    assert not is_growing(observation(1.0, [1.19e6, 2.91e5, 4.9624e7]))
    assert is_growing(observation(1.0, [1e5, 1.2e6, 2.3e6]))


GROWN = {"seconds": 0.1, "samples": [250] * 10, "median_ns": [int(1e5 + tick * 4e5) for tick in range(10)], "above": {}}


@pytest.mark.parametrize("change", [{"ticks": GROWN}, {"achieved_per_s": 28_000.0}])
def test_a_rate_that_half_of_the_trials_missed_is_carried(change: dict[str, Any], tmp_path: Path) -> None:
    run = saturated(tmp_path / "run", "ptp", change, first=3)
    assert {cell["verdict"] for cell in cells_of(run)["ptp"]} & {"saturated"} == set()


def counted(rate_per_s: float, cycle_ns: float, achieved_per_s: float) -> Observation:
    """114 requests, as many as a load of the counted clock has; too short for thirds."""
    exact = ExactRecord(30_000_000, latency_ns=ExactValues(114, min=98_736), cycle_ns=ExactValues(113, mean=cycle_ns))
    load = Load("30%", "http", offered_per_s=rate_per_s, achieved_per_s=achieved_per_s, seconds=0.03, connections=1,
                arrivals="even", ticks=Ticks(0.1, (114,), (98_815,), {}), exact=exact)  # fmt: skip
    return Observation(1, load)


def test_one_request_of_a_counted_load_is_no_saturation() -> None:
    # 113 of 114.2 requests were answered in the load's time, and the answers came as evenly as the requests left.
    seen = counted(3807.4241, 262_644.6, 3766.66667)
    assert carried([seen]) == pytest.approx(1.0, abs=1e-5) and not is_growing(seen)


def test_a_counted_load_beyond_the_maximum_is_saturated() -> None:
    slow = counted(11_400.0, 1e9 / 11_000, 11_300.0)
    assert carried([slow]) == pytest.approx(11_000 / 11_400)
    barely = counted(11_400.0, 1e9 / 11_300, 11_400.0)
    assert carried([barely]) == pytest.approx(0.9912, abs=1e-4) and not is_growing(barely)
    assert is_growing(counted(11_400.0, 1e9 / 10_600, 11_400.0))
