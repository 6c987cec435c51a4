"""A machine that is not fit for a wall-clock study: said first, with the commands to choose from, and exit 3."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import TINY, Done, barewire, with_run

pytestmark = pytest.mark.kernel
QUIET_OR_NOT = tuple(option for option in TINY if option != "--force")
NETWORKS = ("--networks", "host,ptp", "--workloads", "tcp-rr")
ANOTHER = """
import os, sys
from barewire.kernel import claims
with claims.claimed(os.sched_getaffinity(0)) as taken:
    print(len(taken), flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_study() -> Iterator[tuple[str, ...]]:
    """A process that claims every CPU as a study does; yields what to put before a command that shall see its claims.

    Both are in a network namespace of their own: studies of tests that run beside this one claim the same CPUs and release
    them at any moment, and claims belong to a network namespace.
    """
    alone, enter = (("-n",), ()) if os.geteuid() == 0 else (("-rn",), ("-U", "--preserve-credentials"))
    command = ("unshare", *alone, sys.executable, "-P", "-c", ANOTHER)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline() == b"0\n"
        yield ("nsenter", "-t", str(other.pid), "-n", *enter)
        assert other.stdin
        other.stdin.close()


def test_a_second_study_on_the_same_cpus_is_refused_with_advice(tmp_path: Path) -> None:
    with another_study() as before:
        done = barewire("study", *QUIET_OR_NOT, *NETWORKS, "--out", str(tmp_path / "run"), before=before)
    assert done.code == 3, done.err
    first, *rest = [line for line in done.err.splitlines() if not line.startswith("note: ")]
    assert first.startswith("barewire: this machine is not fit for wall-clock studies, because another study")
    assert any("barewire study --clock counted" in line or "need a VM" in line for line in rest)
    assert any("barewire study --force" in line for line in rest)
    assert not (tmp_path / "run").exists()


def test_a_missing_kernel_is_refused_before_the_quiet_check(tmp_path: Path) -> None:
    unknown = ("--kernel", "/nowhere/vmlinuz")
    with another_study() as before:
        done = barewire("study", *QUIET_OR_NOT, *NETWORKS, *unknown, "--out", str(tmp_path / "run"), before=before)
    assert done.code == 2, done.err
    assert "there is no kernel /nowhere/vmlinuz" in done.err and "not fit" not in done.err
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A forced study beside another, and what it printed, for the tests below, which leave it as it is."""
    path = tmp_path_factory.mktemp("studied") / "run"
    with another_study() as before:
        done = barewire("study", *TINY, *NETWORKS, "--out", str(path), seconds=300, before=before)
    return path, with_run(done, path)


def test_force_measures_all_the_same_and_the_run_says_so(studied: tuple[Path, Done]) -> None:
    found = json.loads((studied[0] / "run.json").read_text())["preflight"]
    assert (found["fit"], found["forced"]) == (False, True)
    assert "another study" in {reason["rule"] for reason in found["reasons"]}


def test_the_doctor_says_whether_the_machine_is_fit() -> None:
    with another_study() as before:
        done = barewire("doctor", "--json", before=before)
    checks = {check["subject"]: check for check in json.loads(done.out)["checks"]}
    assert checks["wall clock"]["state"] == "poor"
    assert "not fit for wall-clock studies, because another study" in checks["wall clock"]["said"]


def test_the_answer_is_the_last_thing_printed(studied: tuple[Path, Done]) -> None:
    _, done = studied
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


def test_a_dry_run_of_a_resume_measures_nothing(studied: tuple[Path, Done]) -> None:
    path, _ = studied
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    done = barewire("study", "--resume", str(path), "--blocks", "3", "--dry-run")
    assert done.code == 0, done.err
    assert "trials are left" in done.out
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before
    for options, said in ((("--networks", "docker"), "--networks"), (("--blocks", "0"), "--blocks")):
        assert said in barewire("study", "--resume", str(path), *options).err
