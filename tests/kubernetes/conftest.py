"""One cluster for most tests of the tier, and the command line that measures it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kubernetes.cluster.cluster import IMAGE, RunningCluster, running, why_none
from tests.support.command import BAREWIRE, Done, barewire


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """Two nodes, with the reference bridge plugin and routes between them, of both IP versions."""
    if reason := why_none():
        pytest.skip(reason)
    with running(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
def namespace(cluster: RunningCluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty namespace; what a test left in it is an error."""
    name = f"t-{abs(hash(request.node.name)) % 10**8}"
    cluster.make_namespace(name)
    yield name
    assert leftovers(cluster, name) == []


@pytest.fixture
def measure(cluster: RunningCluster, namespace: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """`barewire` with the cluster's kubeconfig and image, in the test's namespace."""
    return measuring(cluster, namespace, monkeypatch)


def measuring(cluster: RunningCluster, namespace: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """`barewire COMMAND --testbed kubernetes ...` for a cluster."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))

    def run(command: str, *arguments: str) -> Done:
        image = ["--image", IMAGE] if command == "study" and "--image" not in arguments else []
        return barewire(command, "--testbed", "kubernetes", "--namespace", namespace, *image, *arguments, seconds=200)

    return run


def leftovers(cluster: RunningCluster, namespace: str, seconds: float = 60) -> list[str]:
    """What of barewire is in a namespace after the time that the cluster takes to remove it."""
    deadline = time.monotonic() + seconds
    while (found := cluster.owned(namespace)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def quick(folder: Path, *more: str) -> list[str]:
    """A short study without rates, which a busy machine could spoil."""
    return ["--workloads", "tcp-rr,http-max", "--sizes", "100", "--blocks", "2", "--seconds", "0.3", "--warmup", "0",
            "--out", str(folder), *more]  # fmt: skip


@dataclass(slots=True)
class OngoingStudy:
    """A study of `pod` that measures for long, so that something can happen to it."""

    namespace: str
    run: Path
    process: subprocess.Popen[str]

    def await_trial(self) -> None:
        """Until it measures."""
        trials = self.run / "trials.ndjson"
        deadline = time.monotonic() + 90
        while not (trials.exists() and trials.read_bytes()):
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, "no trial has ended"
            time.sleep(0.1)

    def end(self, seconds: float = 120) -> Done:
        """Its exit code and what it printed, when it ends by itself."""
        out, err = self.process.communicate(timeout=seconds)
        return Done(self.process.returncode, out, err)


def begin_study(cluster: RunningCluster, namespace: str, run: Path, port: int = 20000) -> OngoingStudy:
    """Start one, in a namespace that is there. On the hosts' network each needs ports of its own."""
    command = [*BAREWIRE, "study", "--testbed", "kubernetes", "--namespace", namespace, "--image", IMAGE,
               *quick(run, "--networks", "pod", "--blocks", "50", "--port", str(port))]  # fmt: skip
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    return OngoingStudy(namespace, run, process)
