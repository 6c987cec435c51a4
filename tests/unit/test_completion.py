"""What Tab offers, asked as bash, zsh and fish ask, and what `--help` and Tab import: their time is that of their imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from barewire import render, tuning, workloads
from barewire.cli import completion
from barewire.cli.commands import COMMANDS
from barewire.networks import catalogue
from barewire.study.design import options
from tests.support import synthetic

HEAVY = {"numpy", "scipy", "plotly", "jinja2", "rich", "pyroute2", "dpkt", "hdrh", "MLRsearch", "asyncio"}
# Runs the program and prints, as its last line, which modules were imported.
PROBE = """
import sys
from barewire.cli import main
try:
    main()
finally:
    print("\\n" + " ".join(sys.modules), file=sys.stderr)
"""


def asked(typed: str, folder: Path, **more: str) -> list[str]:
    """What bash offers for the last word of the line."""
    words = typed.split(" ")
    environment = {
        **os.environ, "_BAREWIRE_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1), **more,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROBE],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert_light(done.stderr.splitlines()[-1])
    return done.stdout.split()


def assert_light(imported: str) -> None:
    modules = imported.split()
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
    assert sum(name.startswith("barewire.") for name in modules) < 60


def test_networks_are_completed_also_within_a_list(tmp_path: Path) -> None:
    names = [spec.name for spec in catalogue.presets()]
    assert asked("barewire study --networks ", tmp_path) == names
    assert asked("barewire study --networks host,flannel/v", tmp_path) == ["host,flannel/vxlan"]
    assert "host,host" not in asked("barewire study --networks host,", tmp_path)
    assert asked("barewire lab up flannel/h", tmp_path) == ["flannel/host-gw"]
    assert asked("barewire explain mac", tmp_path) == ["macvlan"]


def test_workloads_tunings_and_formats_are_completed(tmp_path: Path) -> None:
    assert asked("barewire study --workloads tcp", tmp_path) == [
        name for name in workloads.names() if name.startswith("tcp")
    ]
    assert asked("barewire tune show stu", tmp_path) == ["study-2016"]
    assert asked("barewire study --export cs", tmp_path) == ["csv", "csv-trials"]
    assert {one.name for one in workloads.every()} == set(options.WORKLOADS)
    assert set(completion.formats("")) == {*render.names(), "help"}
    assert completion.tunings("") == list(tuning.profiles())


def test_runs_are_completed_where_they_are_written(tmp_path: Path) -> None:
    synthetic.write_run(tmp_path / "barewire-runs" / "first", {"host": 1.0, "ptp": 1.2}, blocks=1, requests=20)
    synthetic.write_run(tmp_path / "second", {"host": 1.0, "ptp": 1.2}, blocks=1, requests=20)
    (tmp_path / "folder").mkdir()
    assert asked("barewire report ", tmp_path) == ["second", "folder/", "barewire-runs/", "barewire-runs/first"]
    assert asked("barewire compare barewire-runs/f", tmp_path) == ["barewire-runs/first"]
    assert asked("barewire study --resume sec", tmp_path) == ["second"]


@pytest.mark.kernel
def test_labs_and_their_pods_are_completed(tmp_path: Path) -> None:
    name = f"tab-{os.getpid()}"
    up = [sys.executable, "-P", "-m", "barewire", "lab", "up", "ptp", "--name", name, "--detach"]
    subprocess.run(up, check=True, capture_output=True)
    try:
        assert asked(f"barewire lab down {name[:6]}", tmp_path).count(name) == 1
        assert f"{name}/n1-p1" in asked(f"barewire lab exec {name}/n1", tmp_path)
    finally:
        subprocess.run([sys.executable, "-P", "-m", "barewire", "lab", "down", name], check=True)


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS), ["lab", "up"], ["tune", "show"]], ids=" ".join)
def test_help_imports_no_library_but_that_of_the_command_line(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROBE, *words, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert_light(done.stderr.splitlines()[-1])


def test_a_report_imports_no_netlink_library(tmp_path: Path) -> None:
    run = synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, blocks=2, requests=300)
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROBE, "report", run], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "pyroute2" not in done.stderr.splitlines()[-1].split()


def test_what_cannot_be_asked_offers_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # /proc is not there, the folder is closed, a package brings a preset that cannot be read: an error would stand in the line.
    monkeypatch.chdir(tmp_path)
    assert completion.runs("nowhere/") == []
    assert completion.runs("\0/") == []
