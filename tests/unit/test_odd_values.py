"""Runs whose files hold what no machine measures, or nothing at all for a network: every format reads them, and nothing is
concluded from them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from barewire import render
from barewire.records import Summary
from barewire.render.comparison.headline import headline
from barewire.render.run import answer
from barewire.render.run.data import load
from barewire.results.comparison.answer import compared
from tests.support import synthetic

FORMATS = ("bmf", "html", "json", "markdown", "openmetrics", "pyperf", "text", "svg")
RATES = ("rate_per_s", "cpu_ns_per_request")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(
        tmp_path_factory.mktemp("odd") / "good", {"ptp": 1.2, "docker": 1.0}, blocks=3, requests=300, rejected=False,
        unavailable=None, workloads=("http", "http-max"),
    )  # fmt: skip


def odd(good: Path, path: Path, value: float, networks: tuple[str, ...], block: int = 0) -> Path:
    """A copy with another value in everything that trials of some networks measured, of one block or of all."""
    shutil.copytree(good, path)
    trials = [json.loads(line) for line in (path / "trials.ndjson").read_text().splitlines()]
    for trial in trials:
        if trial["network"] in networks and block in (0, trial["block"]):
            for one in trial["loads"]:
                _fill(one, value)
    (path / "trials.ndjson").write_text("".join(json.dumps(trial) + "\n" for trial in trials))
    (path / "summary.json").unlink()
    return path


def _fill(one: dict[str, Any], value: float) -> None:
    for key in [key for key in one if key.endswith("_ns") and isinstance(one[key], dict)]:
        one[key] = {name: number if name == "count" else value for name, number in one[key].items()}
    one |= {key: value for key in RATES if key in one}


def verdicts(summary: Summary, network: str) -> set[str]:
    return {c.verdict for c in summary.cells if c.network == network and c.metric in ("latency", "request_rate")}


@pytest.mark.parametrize("value", [1e300, 5e-324, 0.0])
@pytest.mark.parametrize("network", ["ptp", "host"])
def test_values_of_no_machine_lead_to_no_verdict_in_any_format(
    good: Path, tmp_path: Path, value: float, network: str
) -> None:
    run = odd(good, tmp_path / "run", value, (network,))
    for name in FORMATS if network == "ptp" else FORMATS[:-1]:  # without a host there is nothing to draw
        assert render.render(run, name)
    found = load(run)
    assert verdicts(found.summary, "ptp") <= {"unsupported"}
    said = answer.answer(found).headline
    if network == "ptp":
        assert "there is no value of ptp" in said or "for ptp (no block has values that can be compared)" in said
    else:
        assert said.startswith("NO CONCLUSION") or "no block compares docker and ptp with the host yet" in said


def test_one_odd_block_is_left_out_of_a_comparison(good: Path, tmp_path: Path) -> None:
    summary = load(odd(good, tmp_path / "run", 1e300, ("ptp",), block=2)).summary
    (cell,) = [c for c in summary.cells if c.network == "ptp" and c.load == "50%" and c.quantile == 0.5]
    assert (cell.n, cell.supported) == (2, True)


def test_a_comparison_without_values_states_that_there_are_none(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    shutil.copytree(good, path)
    trials = [json.loads(line) for line in (path / "trials.ndjson").read_text().splitlines()]
    for one in (one for trial in trials for one in trial["loads"]):
        one |= {key: {"count": 0} for key in one if key.endswith("_ns") and isinstance(one[key], dict)}
    (path / "trials.ndjson").write_text("".join(json.dumps(trial) + "\n" for trial in trials))
    (pairing,) = compared([good, path]).pairings
    assert headline(pairing.comparison).endswith(
        "nothing can be compared: ptp, docker and the host have no values in both runs."
    )


def test_a_comparison_names_the_network_that_has_no_value(good: Path, tmp_path: Path) -> None:
    (pairing,) = compared([good, odd(good, tmp_path / "run", 1e300, ("ptp",))]).pairings
    assert headline(pairing.comparison).endswith("; ptp is not compared, because not every run has a value.")
