"""Counted studies: two agree, networks have the known costs, `--restarts` boots again, and none of it needs root.

A boot takes some 15 s of CPU time, so these tests share two studies of one plan: one by an ordinary user, with a kernel and a
cache of their own and a boot for every group of blocks, and its first block by the user who runs the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from barewire.cli.commands import application
from barewire.results import reading
from barewire.results.comparison.sides import restarts
from barewire.results.counted import agreement, figures
from barewire.results.words import INSTRUCTIONS
from barewire.study.execution.run import RunDirectory
from tests.support.command import Done, barewire
from tests.support.vm import image

KERNEL = "6.12"
NETWORKS = ("ipvlan/l2", "flannel/host-gw", "flannel/vxlan")
STUDY = (
    "study", "--clock", "counted", "--networks", ",".join(NETWORKS), "--workloads", "tcp-rr", "--blocks", "2", "--seed", "1",
)  # fmt: skip
NOBODY = 65534


@dataclass(frozen=True)
class Studied:
    path: Path
    done: Done
    by_user: bool
    """Whether it was an ordinary user's."""


@pytest.fixture(scope="module")
def restarted() -> Iterator[Studied]:
    """By an ordinary user, where one can reach this Python; a boot for each block."""
    found = image(KERNEL)
    assert found.modules
    # Where a user can reach it: what pytest gives is root's alone.
    with tempfile.TemporaryDirectory(prefix="barewire-test-home-") as name:
        home = Path(name)
        user = ["env", f"HOME={home}", f"XDG_CACHE_HOME={home}", f"TMPDIR={home}"]
        if os.geteuid() == 0:
            user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *user]
        tried = subprocess.run([*user, sys.executable, "-c", "import barewire"], capture_output=True, check=False)
        by_user = tried.returncode == 0
        if by_user and os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        kernel = home / f"vmlinuz-{found.release}"
        shutil.copy(found.vmlinuz, kernel)
        modules = Path(shutil.copytree(found.modules, home / "lib" / "modules" / found.release))
        done = barewire(
            *STUDY, "--kernel", f"{kernel}:{modules}", "--restarts", "2", "--out", str(home / "run"),
            before=user if by_user else (), seconds=900,
        )  # fmt: skip
        assert done.code == 0, done.err
        yield Studied(home / "run", done, by_user)


def test_an_ordinary_user_measures_in_a_vm(restarted: Studied) -> None:
    if not restarted.by_user:
        pytest.skip("an ordinary user cannot reach this Python")
    trials = [json.loads(line) for line in (restarted.path / "trials.ndjson").read_text().splitlines()]
    assert [trial["valid"] for trial in trials] == [True] * 2 * (len(NETWORKS) + 2)


def test_a_vm_boots_again_for_every_group_of_blocks(restarted: Studied) -> None:
    assert restarted.done.err.count("booted in a VM") == 2, restarted.done.err
    assert restarts(reading.read(restarted.path).analysed()) == (frozenset({1}), frozenset({2}))


def test_two_counted_studies_agree_and_have_the_known_costs(restarted: Studied, tmp_path: Path) -> None:
    command = [*STUDY, "--kernel", KERNEL, "--blocks", "1", "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(application(["study"]), command, catch_exceptions=False)
    assert done.exit_code == 3, done.output  # one block concludes nothing
    with RunDirectory.open(tmp_path / "run") as one, RunDirectory.open(restarted.path) as other:
        first, again = figures(one.data()), figures(other.data())
        assert all(load.counted and load.counted.idle_ns == 0 for trial in one.trials() for load in trial.loads)
    assert len(first) == 5 * 4 and len(again) == 2 * len(first)
    # Of single trials; of a study's figures, which are of all blocks, it is better.
    found = agreement(first, {key: again[key] for key in first}, INSTRUCTIONS)
    assert found.largest < 1.005, found
    summary = json.loads((restarted.path / "summary.json").read_text())
    loss = {c["network"]: c["ratio"] for c in summary["cells"] if c["metric"] == INSTRUCTIONS}
    assert 1 < loss["ipvlan/l2"] < 1.06
    # With the rules that flannel puts on its nodes.
    assert 1.5 < loss["flannel/host-gw"] < 2 < loss["flannel/vxlan"]
