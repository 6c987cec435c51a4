"""Runs that barewire 0.1 wrote (format version 1, in `v1/`) are read as version 2 has them: shown, compared, never continued."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from barewire import schemas, workloads
from barewire.errors import RunError
from barewire.records import Cell
from barewire.render.run.data import load
from barewire.results import reading, upgrade
from barewire.study.execution.run import RunDirectory
from tests.support.command import barewire_inside

V1 = Path(__file__).parent / "v1"
RUNS = ("wall", "counted", "conditions/none", "conditions/study-2016")


def plain(path: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((path / name).read_text())
    return found


@pytest.mark.parametrize("name", RUNS)
def test_every_load_is_of_a_workload_and_keeps_its_values(name: str) -> None:
    files = reading.read(V1 / name)
    known = {one.name for one in workloads.every()}
    before = [json.loads(line) for line in (V1 / name / "trials.ndjson").read_text().splitlines()]
    assert files.trials and len(files.trials) == len(before)
    for line, trial, old in zip(files.lines, files.trials, before, strict=True):
        upgraded = upgrade.of_json(line, "trial")
        assert upgraded and [one["load"] for one in upgraded["loads"]] == [one.load for one in trial.loads]
        for found, was in zip(upgraded["loads"], old["loads"], strict=True):
            assert found["workload"] in known
            assert workloads.by_load(found["load"]).name == found["workload"]
            assert {k: v for k, v in found.items() if k not in ("load", "workload")} == {
                k: v for k, v in was.items() if k not in ("load", "kind")
            }


@pytest.mark.parametrize("name", RUNS)
def test_records_have_the_keys_of_version_2_alone(name: str) -> None:
    run = upgrade.run(plain(V1 / name, "run.json"))
    assert "kinds" not in run["plan"] and set(run["plan"]["workloads"]) <= {one.name for one in workloads.every()}
    assert run["environment"]["testbed"] == ("vm" if name == "counted" else "local")
    assert all(set(network["parts"]) == {"attach", "transport", "policy"} for network in run["networks"])
    assert schemas.missing("run", run) == []


def figures(cell: Cell) -> tuple[object, ...]:
    return (cell.network, cell.load, cell.metric, cell.quantile, cell.value, cell.baseline_value, cell.ratio, cell.n)


@pytest.mark.parametrize("name", RUNS)
def test_the_summary_is_the_one_that_its_trials_give_today(name: str, tmp_path: Path) -> None:
    shutil.copytree(V1 / name, tmp_path / "run")
    kept = load(tmp_path / "run").summary
    (tmp_path / "run" / "summary.json").unlink()
    made = load(tmp_path / "run").summary
    # Which tails have an interval is for the version that makes it; values and ratios are those of the trials.
    assert [figures(one) for one in kept.cells] == [figures(one) for one in made.cells]
    assert [one.floor for one in kept.noise_floor] == [one.floor for one in made.noise_floor]
    assert {(one.part, one.from_network, one.to_network) for one in kept.parts} == {
        (one.part, one.from_network, one.to_network) for one in made.parts
    }


def test_histograms_are_found_by_the_names_of_version_2() -> None:
    files = reading.read(V1 / "wall")
    tags = {entry.tag for trial in files.trials for entry in files.histograms(trial.trial)}
    assert {"latency/50%/100", "latency/http-max/100", "connect/http-crr/100"} <= tags
    assert not any(old in tag.split("/") for tag in tags for old in ("max",))


@pytest.mark.parametrize("name", ["wall", "counted", "conditions"])
def test_it_is_reported_in_every_format_and_compared(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    shutil.copytree(V1 / name, path)
    done = barewire_inside("report", str(path), "-f", "text")
    assert done.code == 0, done.err
    assert "bulk-" not in done.out
    if name != "conditions":
        done = barewire_inside("report", str(path), "-f", "json")
        assert json.loads(done.out)["schema"] == "barewire/summary/2"
        done = barewire_inside("compare", str(path), str(path))
        assert done.code == (3 if name == "wall" else 0), f"two blocks decide nothing; {done.err}"


def test_it_is_never_continued(tmp_path: Path) -> None:
    path = tmp_path / "run"
    shutil.copytree(V1 / "wall", path)
    with pytest.raises(RunError, match="format of an earlier barewire"):
        RunDirectory.open(path, write=True)
    RunDirectory.open(path).close()
    for more in ((), ("--dry-run",)):
        done = barewire_inside("study", "--resume", str(path), *more)
        assert done.code == 2 and "begin a new study" in done.err, done.err
    assert plain(path, "run.json") == plain(V1 / "wall", "run.json")


def test_a_cell_of_the_first_runs_found_no_difference() -> None:
    cells = [{"load": "max", "verdict": "indistinguishable"}, {"load": "50%", "verdict": "slower"}]
    changed = upgrade.summary({"cells": cells, "parts": cells[:1]})
    assert [one["verdict"] for one in changed["cells"]] == ["no-difference-found", "slower"]
    assert changed["parts"][0]["verdict"] == "no-difference-found"


@pytest.mark.parametrize(
    ("old", "new"),
    [("50%", "50%"), ("own-50%", "own-50%"), ("max", "http-max"), ("connect", "http-crr"), ("bulk-4", "tcp-stream-4"),
     ("bulk-1-no-offloads", "tcp-stream-1-no-offloads"), ("packets", "udp-stream"), ("tcp-rr", "tcp-rr"),
     ("setup", "setup"), ("bulk", "tcp-stream"), ("bulk-no-offloads", "tcp-stream-no-offloads")],
)  # fmt: skip
def test_names_of_loads(old: str, new: str) -> None:
    assert upgrade.load_name(old) == new
    assert upgrade.tag(f"latency/{old}/100") == f"latency/{new}/100"


@pytest.mark.parametrize(
    "record", [{}, {"loads": 3}, {"loads": [3, {}]}, {"plan": [], "networks": {"a": 1}}, {"plan": {"kinds": 3}}]
)
def test_what_is_damaged_is_left_for_the_reader_to_refuse(record: dict[str, Any]) -> None:
    for kind, change in upgrade.UPGRADES.items():
        assert change(dict(record))["schema"] == f"barewire/{kind}/2"
