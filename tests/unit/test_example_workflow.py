"""The workflow of examples/ is one that GitHub reads, its options are barewire's, and its gates end as they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from barewire.cli.every import app
from barewire.kernel import programs
from barewire.networks import catalogue
from barewire.results.comparison.gate import parse
from barewire.study.design.plan_file import load_plan
from tests.support import counted

FILE = Path(__file__).parents[2] / "examples" / "network-cost.yml"
CLUSTER = FILE.with_name("kind.yml")
COSTS = {"host": 31_600.0, "flannel/vxlan": 60_000.0}


def parsed(file: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for a truth value; GitHub does not.
    return {"on" if key is True else key: value for key, value in yaml.safe_load(file.read_text()).items()}


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return parsed(FILE)


def step(workflow: dict[str, Any], name: str) -> str:
    (job,) = workflow["jobs"].values()
    return next(one["run"] for one in job["steps"] if one.get("name") == name)


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A step as the runner runs one."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    variables = {**os.environ, "RUNNER_TEMP": str(folder / "temp"), **environment}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=300)


def program(folder: Path, side: str, text: str) -> None:
    file = folder / "temp" / side / "bin" / "barewire"
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


@pytest.mark.parametrize("file", [FILE, CLUSTER], ids=lambda file: file.stem)
def test_the_workflow_is_one_and_each_step_is_a_script(file: Path) -> None:
    workflow = parsed(file)
    assert workflow["on"] == "pull_request" and workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert all(("run" in one) != ("uses" in one) for one in job["steps"])
    assert all(re.fullmatch(r"actions/[a-z-]+@v[0-9]+", one["uses"]) for one in job["steps"] if "uses" in one)
    for script in (one["run"] for one in job["steps"] if "run" in one):
        checked = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr


def test_both_sides_use_one_plan_that_barewire_accepts(workflow: dict[str, Any], tmp_path: Path) -> None:
    for side in ("before", "after"):
        program(tmp_path, side, f'echo "{side} $*" >> {tmp_path}/said')
    done = run(step(workflow, "Measure"), tmp_path, **workflow["env"])
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "said").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["before", "after"]
    study = typer.main.get_command(app).commands["study"]  # type: ignore[attr-defined]
    plans = []
    for side, words in ((line.split()[0], line.split()[2:]) for line in lines):
        given = study.make_context("study", words).params
        assert str(given["out"]) == side
        names = ("networks", "clock", "kernel", "workloads", "seed")
        plans.append(load_plan(None, {name: given[name] for name in names}))
    assert plans[0] == plans[1]
    assert plans[0].clock == "counted" and plans[0].networks == ("host", "flannel/vxlan")


def test_what_its_networks_and_its_vm_run_is_installed(workflow: dict[str, Any]) -> None:
    """Programs whose packages a fresh image lacks; a network without its program is left out, and its gate decides nothing."""
    installed = set(step(workflow, "Packages").replace("\n", " ").split())
    needed = {programs.FOR_KERNELS[name] for name in ("qemu-system-x86_64", "busybox", "modprobe", "file")}
    needed.add(programs.PACKAGES["nft"])
    for name in load_plan(None, {"networks": "host,flannel/vxlan"}).networks:
        for need in catalogue.network(catalogue.parse(name)).needs((4,)):
            program = {"iptables": "iptables-nft-restore", "nft": "nft"}.get(need.partition(":")[0])
            needed |= {programs.PACKAGES[program]} if program else set()
    assert "iptables" in needed and needed <= installed


@pytest.mark.parametrize("file", [FILE, CLUSTER], ids=lambda file: file.stem)
@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("barewire", 2),
        ("barewire==0.1.0", 2),
        ("", 2),
        ("barewire @ git+https://github.com/example/barewire@main", 2),
        ("barewire @ https://example.org/barewire-0.1.0-py3-none-linux_x86_64.whl", 2),
        (f"barewire @ git+https://github.com/example/barewire@{'0a' * 20}", 0),
        (f"barewire @ https://example.org/barewire-0.1.0-py3-none-linux_x86_64.whl#sha256={'0a' * 32}", 0),
    ],
)
def test_only_a_commit_or_a_wheel_with_its_hash_is_installed(
    file: Path, tmp_path: Path, wanted: str, code: int
) -> None:
    workflow = parsed(file)
    if file == CLUSTER:  # it needs the client of a cluster, too
        wanted = wanted.replace("barewire", "barewire[kubernetes]", 1)
    # A venv of ours, whose pip says what it was asked for.
    python = tmp_path / "python3"
    python.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"; printf \'#!/bin/sh\\necho "$2" >> said\\n\' >"$3/bin/pip"; chmod 755 "$3/bin/pip"\n'
    )
    python.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = run(step(workflow, "Install"), tmp_path, PATH=path, BAREWIRE=wanted)
    assert done.returncode == code, done.stderr
    assert (tmp_path / "said").exists() == (code == 0)
    if code == 0:
        assert set((tmp_path / "said").read_text().splitlines()) == {wanted}


@pytest.mark.parametrize("file", [FILE, CLUSTER], ids=lambda file: file.stem)
def test_the_workflow_as_it_is_must_be_filled_in(file: Path, tmp_path: Path) -> None:
    workflow = parsed(file)
    done = run(step(workflow, "Install"), tmp_path, **workflow["env"])
    assert done.returncode == 2 and "COMMIT" in done.stdout


@pytest.mark.parametrize(("more", "code"), [({}, 0), ({"flannel/vxlan": 1.015}, 1), ({"host": 1.02}, 1)])
def test_the_gates_end_the_job_as_they_are_judged(
    workflow: dict[str, Any], tmp_path: Path, more: dict[str, float], code: int
) -> None:
    program(tmp_path, "after", f'exec {sys.executable} -P -m barewire "$@"')
    counted.write_run(tmp_path / "before", COSTS)
    counted.write_run(tmp_path / "after", {name: cost * more.get(name, 1.0) for name, cost in COSTS.items()})
    done = run(step(workflow, "Compare"), tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / "summary"))
    assert done.returncode == code, done.stdout + done.stderr
    assert ("FAILS" in done.stdout) == (code == 1)
    assert "| flannel/vxlan | instructions tcp-rr |" in (tmp_path / "summary").read_text()


def test_its_gates_are_gates(workflow: dict[str, Any]) -> None:
    gates = re.findall(r'--gate "([^"]+)"', step(workflow, "Compare"))
    assert len(gates) == 2 and all(parse(gate).metric == "instructions" for gate in gates)
