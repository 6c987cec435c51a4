"""SIGKILL at random moments to random processes of a study or a lab: nothing may be left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tests.support.cni import ATTACH, configuration, plugin
from tests.support.leftovers import MARK, Census, ended, gone, marked

COMMAND = [sys.executable, "-P", "-m", "barewire"]
# Without rates no maximum is searched for, so that a random moment is met within the trials too.
STUDY = ["study", "--force", "--networks", "host,docker,flannel/vxlan", "--blocks", "2", "--seconds", "0.2",
         "--sizes", "100", "--warmup", "0.05", "--workloads"]  # fmt: skip


SHORT = [word.replace("docker,flannel/vxlan", "ptp") for word in STUDY]
"""With half as many trials, for what waits for a study's end."""


def start(mark: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, MARK: mark}
    return subprocess.Popen(
        [*COMMAND, *arguments], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def survivors_of_a_kill(mark: str, process: subprocess.Popen[str], seed: int, before: Census) -> None:
    """Kill one process of the tree at a moment that depends on the seed, then the root; look at what is left."""
    chance = random.Random(seed)
    # Moments spread over starting up, building, measuring and taking down; no outcome depends on which is met.
    early = ended(process, chance.uniform(0.05, 5.0))
    assert not early, f"it ended before it could be killed: {process.communicate()}"
    victims = marked(mark)
    victim = chance.choice(victims)
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    if victim != process.pid:
        process.kill()
    process.communicate()
    assert gone(mark) == []
    assert Census.take() == before


@contextlib.contextmanager
def nobody_buries_orphans() -> Iterator[None]:
    """Orphans below this process come to it (PR_SET_CHILD_SUBREAPER, prctl(2)), and it does not wait for them."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(36, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        libc.prctl(36, 0, 0, 0, 0)


# Of these seeds the moments are 0.7, 1.2, 2.3 and 4.2 s; `scripts/bench kills` draws many more.
@pytest.mark.parametrize("seed", [1, 3, 9, 0])
def test_a_killed_study_leaves_nothing_but_its_run(tmp_path: Path, seed: int) -> None:
    before = Census.take()
    mark = f"study-{os.getpid()}-{seed}"
    process = start(mark, *STUDY, "tcp-rr,http-max,tcp-stream", "--seed", str(seed), "--out", str(tmp_path / "run"))
    survivors_of_a_kill(mark, process, seed, before)


@pytest.mark.parametrize("seed", [1, 11])
def test_a_killed_lab_leaves_nothing(seed: int) -> None:
    before = Census.take()
    mark = f"lab-{os.getpid()}-{seed}"
    process = start(mark, "lab", "up", "flannel/vxlan", "--nodes", "5", "--pods", "2", "--name", mark)
    survivors_of_a_kill(mark, process, seed, before)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_lab_killed_while_a_plugin_works_leaves_nothing(tmp_path: Path, seed: int) -> None:
    state = Path("/var/lib/cni")
    before, kept = Census.take(), sorted(state.rglob("*")) if state.exists() else None
    plugin(tmp_path, "slow", f"mkdir -p /var/lib/cni/pool /run/pool; touch /var/lib/cni/pool/x\n{ATTACH}\nsleep 300")
    mark = f"plugin-{os.getpid()}-{seed}"
    path = configuration(tmp_path, {"type": "slow"})
    with mock.patch.dict(os.environ, {"CNI_PATH": str(tmp_path)}):
        process = start(mark, "lab", "up", f"cni:{path}", "--name", mark)
    log = tmp_path / "log"
    while not log.exists():
        assert not ended(process, 0.02), process.communicate()
    ended(process, random.Random(seed).uniform(0, 0.3))
    os.kill(random.Random(seed).choice(marked(mark)), signal.SIGKILL)
    process.kill()
    process.communicate()
    assert gone(mark) == []
    assert Census.take() == before
    assert (sorted(state.rglob("*")) if state.exists() else None) == kept


def test_killing_any_process_of_a_lab_ends_all_the_others() -> None:
    before = Census.take()
    killed = 0
    while True:
        mark = f"each-{os.getpid()}-{killed}"
        process = start(mark, "lab", "up", "docker", "--name", mark)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("end:"):
                break
        tree = sorted(marked(mark))
        assert len(tree) == 3, "the command, the holder and init"
        os.kill(tree[killed], signal.SIGKILL)
        process.communicate(timeout=30)
        assert gone(mark) == []
        assert Census.take() == before
        killed += 1
        if killed == len(tree):
            return


def test_a_lab_ends_also_where_nobody_buries_its_orphans() -> None:
    before = Census.take()
    mark = f"orphan-{os.getpid()}"
    # As in a container whose first process never waits: init of a killed holder stays as a zombie, which has a number.
    with nobody_buries_orphans():
        process = start(mark, "lab", "up", "docker", "--name", mark)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("end:"):
                break
        _, holder, init = sorted(marked(mark))
        os.kill(holder, signal.SIGKILL)
        process.communicate(timeout=60)
        assert Path(f"/proc/{init}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        os.waitpid(init, 0)
    assert gone(mark) == []
    assert Census.take() == before


def test_an_interrupted_study_writes_its_report_and_resumes(tmp_path: Path) -> None:
    run = tmp_path / "run"
    process = start(f"interrupt-{os.getpid()}", *SHORT, "tcp-rr,http-max", "--seed", "7", "--out", str(run))
    trials = run / "trials.ndjson"
    while not (trials.exists() and trials.read_text().count("\n") >= 2) and not ended(process, 0.02):
        pass
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "--resume" in err
    assert "Traceback" not in err
    assert (run / "summary.json").exists()
    assert (run / "report.html").read_text().rstrip().endswith("</html>")
    done = trials.read_text().count("\n")
    finished = subprocess.run(
        [*COMMAND, "study", "--force", "--resume", str(run)], capture_output=True, text=True, check=False, timeout=300
    )
    assert finished.returncode in (0, 3), finished.stderr  # 3: a machine too busy
    assert trials.read_text().count("\n") >= 2 * 3 > done
