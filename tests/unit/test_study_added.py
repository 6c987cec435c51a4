"""What is offered after a study whose machine lacks networks: only where it was left open, with the plan of the first."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from barewire.cli import added as adding
from barewire.cli import measuring, study
from barewire.errors import PrerequisiteError
from barewire.records import RunRecord
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import added
from tests.support.records import run_of


def record(**measured: bool) -> RunRecord:
    return run_of({"networks": [{"name": name, "measured": is_measured} for name, is_measured in measured.items()]})


def said(tmp_path: Path, found: RunRecord, **options: object) -> list[str]:
    plan = load_plan(None, options)
    return adding.offer(plan, added.lacking(found), tmp_path, quick=bool(options.get("quick")))


@pytest.mark.parametrize(
    "chosen", [{"kernel": "host"}, {"clock": "wall"}, {"kernel": "6.12"}, {"tune": "none,latency"}]
)
def test_a_chosen_kernel_or_clock_is_what_is_measured(tmp_path: Path, chosen: dict[str, object]) -> None:
    assert added.is_left_open(load_plan(None, {}))
    assert not added.is_left_open(load_plan(None, chosen))
    assert said(tmp_path, record(host=True, macvlan=False), **chosen) == []


def test_where_all_networks_work_nothing_is_printed_or_added(tmp_path: Path) -> None:
    assert said(tmp_path, record(host=True, ptp=True)) == []


def test_what_lacks_is_offered_with_its_duration_and_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(added, "hindrance", lambda: None)
    found = record(host=True, macvlan=False, ptp=True)
    line, command = said(tmp_path, found)
    assert "cannot build macvlan" in line
    assert "--clock counted" in command and command.endswith(str(tmp_path / "counted"))
    long, short = (
        float(words[0].split("about ")[1].split()[0])
        for words in (said(tmp_path, found), said(tmp_path, found, quick=True))
    )
    assert short < long


def test_a_program_that_is_missing_is_no_reason_for_a_vm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(added, "hindrance", lambda: None)
    networks = [{"name": "host", "measured": True}, {"name": "flannel/real", "measured": False}]
    assert said(tmp_path, run_of({"networks": networks})) == []
    line, _ = said(tmp_path, run_of({"networks": [*networks, {"name": "macvlan", "measured": False}]}))
    assert "cannot build macvlan." in line


def test_without_qemu_the_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (line,) = said(tmp_path, record(host=True, macvlan=False))
    assert isinstance(added.hindrance(), PrerequisiteError)
    assert "cannot build macvlan" in line
    assert "qemu" in line


def test_the_command_measures_the_same_networks_in_labs_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = load_plan(
        None, {"networks": "ptp,macvlan", "seed": 7, "nodes": 3, "family": 6, "wire": "delay=1ms,offloads=off"}
    )
    repeated: list[StudyPlan] = []

    def load(*arguments: Any) -> StudyPlan:
        repeated.append(load_plan(*arguments))
        raise RuntimeError("that is enough")

    app = typer.Typer()
    app.command()(study.command)
    monkeypatch.setattr(measuring, "load_plan", load)
    CliRunner().invoke(app, shlex.split(added.command(plan, "host", quick=True))[2:])
    (counted,) = repeated
    assert (counted.networks, counted.seed, counted.nodes, counted.family) == (plan.networks, 7, 3, 6)
    assert (counted.wire, counted.clock, counted.kernel) == (plan.wire, "counted", ("host",))
