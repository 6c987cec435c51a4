"""What a study says while it runs: by a counted clock both times that pass, and the boot of a VM in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from barewire.cli.progress import Display
from barewire.lab.pinning import Pinning
from barewire.records import Reject, Trial
from barewire.results.reading import trial_record
from barewire.study.design.blocks import PlannedTrial
from barewire.study.design.plan_file import load_plan
from barewire.study.execution.loads import Site
from barewire.study.execution.run import RunDirectory
from tests.support import synthetic, synthetic_counted

SITE = Site(Pinning((0,), (1,), "sleep"), {})


def printed(path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What is said of the trials of a run, had they just ended, all on one line each."""
    display = Display()
    lines = (path / "trials.ndjson").read_text().splitlines()
    trials = [trial_record(line.encode(), "trials.ndjson") for line in lines]
    (path / "trials.ndjson").write_text("")
    with RunDirectory.open(path) as run, display.running(run, SITE):
        for number, trial in enumerate(trials):
            planned = PlannedTrial(trial.block, trial.position, trial.network, trial.role, 1, ())
            display.trial_begins(planned, len(trials) - number)
            display.trial_ended(trial, {})
    return " ".join(capsys.readouterr().err.split()).split(" left ")


def test_a_counted_study_shows_virtual_and_real_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = synthetic_counted.write_run(tmp_path / "run", {"ipvlan/l2": 1.04}, blocks=2)
    first, second, *_ = printed(path, capsys)
    assert "of virtual time (1 ns is 1 instruction)" in first
    assert "layout 1/2" in first and "virtual in 12.5 s; all" in first and "virtual in 12 s;" in first
    assert "virtual in 25 s;" in second


def test_a_study_by_the_wall_clock_prints_one_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = synthetic.write_run(tmp_path / "run", {}, blocks=2, requests=300, unavailable=None, rejected=False)
    text = " ".join(printed(path, capsys))
    assert "virtual" not in text and "layout" not in text
    assert "block 1/2 host: 12.5 s; less than a minute" in text


def test_a_place_is_heard_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Display().say("Linux 6.12.9 booted in a VM in 21 s (QEMU 7.2.22, tcg, counted clock)")
    assert "booted in a VM in 21 s" in " ".join(capsys.readouterr().err.split())


def test_a_budget_that_cannot_be_met_is_reported_before_trials(capsys: pytest.CaptureFixture[str]) -> None:
    plan = load_plan(None, {"networks": "ptp,docker", "quick": True, "blocks": 40, "seed": 1})
    Display().planned(plan, 900.0)
    said = capsys.readouterr().err
    assert "note: this takes about 15 min, not the 2 min of its budget" in said
    Display().planned(plan, 125.0)
    assert capsys.readouterr().err == ""


def test_the_time_left_counts_repeated_trials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = synthetic.write_run(tmp_path / "run", {"ptp": 1.1}, blocks=1, requests=20, unavailable=None, rejected=False)
    (path / "trials.ndjson").write_text("")
    with RunDirectory.open(path) as run, (display := Display()).running(run, SITE):
        planned = PlannedTrial(1, 1, "ptp", "candidate", 1, ())
        broken = (Reject("pacing", "late", 2.0),)
        trial = Trial("", 1, "ptp", valid=False, block=1, seconds=60.0, rejected=broken)
        for valid in (False, False, True):
            display.trial_begins(planned, 3)
            display.trial_ended(replace(trial, valid=True, rejected=()) if valid else trial, {})
        display.ended()
    lines = capsys.readouterr().err.splitlines()
    # One valid trial took three attempts of a minute each, and two more are left.
    assert "about 6 min left" in " ".join(lines)
    assert [line[0] for line in lines if "block 1/" in line] == ["\u2717", "\u2717", "\u2713"]
    assert lines[-1] == "2 rejected: pacing 2; -v lists them"
