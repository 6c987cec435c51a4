"""A machine that is not fit for a wall-clock study: said first, with the commands to choose from, and exit 3."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from barewire.kernel import claims
from tests.support.command import TINY, barewire

pytestmark = pytest.mark.kernel
QUIET_OR_NOT = tuple(option for option in TINY if option != "--force")
NETWORKS = ("--networks", "host,ptp", "--workloads", "tcp-rr")


def test_a_second_study_on_the_same_cpus_stops_and_offers_two_commands(tmp_path: Path) -> None:
    with claims.claimed(os.sched_getaffinity(0)):
        done = barewire("study", *QUIET_OR_NOT, *NETWORKS, "--out", str(tmp_path / "run"))
    assert done.code == 3, done.err
    first, *rest = [line for line in done.err.splitlines() if not line.startswith("note: ")]
    assert first.startswith("barewire: this machine is not fit for wall-clock studies, because another study")
    assert any("barewire study --clock counted" in line or "need a VM" in line for line in rest)
    assert any("barewire study --force" in line for line in rest)
    assert not (tmp_path / "run").exists()


def test_a_kernel_that_is_not_there_is_refused_before_the_machine_is_watched(tmp_path: Path) -> None:
    with claims.claimed(os.sched_getaffinity(0)):
        done = barewire(
            "study", *QUIET_OR_NOT, *NETWORKS, "--kernel", "/nowhere/vmlinuz", "--out", str(tmp_path / "run")
        )
    assert done.code == 2, done.err
    assert "there is no kernel /nowhere/vmlinuz" in done.err and "not fit" not in done.err
    assert not (tmp_path / "run").exists()


def test_force_measures_all_the_same_and_the_run_says_so(tmp_path: Path) -> None:
    with claims.claimed(os.sched_getaffinity(0)):
        done = barewire("study", *TINY, *NETWORKS, "--out", str(tmp_path / "run"), seconds=300)
    assert done.code in (0, 3), done.err
    found = json.loads((tmp_path / "run" / "run.json").read_text())["preflight"]
    assert (found["fit"], found["forced"]) == (False, True)
    assert "another study" in {reason["rule"] for reason in found["reasons"]}


def test_the_doctor_says_whether_the_machine_is_fit() -> None:
    with claims.claimed(os.sched_getaffinity(0)):
        checks = {check["subject"]: check for check in json.loads(barewire("doctor", "--json").out)["checks"]}
    assert checks["wall clock"]["state"] == "poor"
    assert "not fit for wall-clock studies, because another study" in checks["wall clock"]["said"]


def test_the_answer_is_the_last_thing_printed(tmp_path: Path) -> None:
    done = barewire("study", *TINY, *NETWORKS, "--out", str(tmp_path / "run"), seconds=300)
    assert done.code in (0, 3), done.err
    lines = done.out.rstrip().splitlines()
    # The others are the answers of a machine so busy that trials are missing.
    assert any(
        said in lines[-1]
        for said in (
            "NO CONCLUSION: one block has no interval",
            "no block compares",
            "has been measured",
            "can be said",
        )
    )
    assert [line for line in done.err.splitlines() if line[:1] in "✓~✗"]


def test_a_dry_run_of_a_resume_measures_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run"
    barewire("study", *TINY, *NETWORKS, "--out", str(path), seconds=300)
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    done = barewire("study", "--resume", str(path), "--blocks", "3", "--dry-run")
    assert done.code == 0, done.err
    assert "trials are left" in done.out
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before
    for options, said in ((("--networks", "docker"), "--networks"), (("--blocks", "0"), "--blocks")):
        assert said in barewire("study", "--resume", str(path), *options).err
