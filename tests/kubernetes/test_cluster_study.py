"""Studies of a real cluster, and what they say where it cannot be measured."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kubernetes.cluster.cluster import IMAGE, RunningCluster
from tests.kubernetes.conftest import leftovers, quick
from tests.support.command import BAREWIRE, Done, barewire

pytestmark = pytest.mark.alone  # its nodes are namespaces of this machine, and other tests look for what is left

Measure = Callable[..., Done]
NO_CONCLUSION = 3
"""A machine that is not quiet has no figures, and a cluster that was measured all the same."""


def test_every_way_is_measured_over_both_ip_versions(measure: Measure, tmp_path: Path) -> None:
    done = measure("study", *quick(tmp_path / "run", "--policies", "3", "--family", "46", "--blocks", "1"))
    assert done.code in (0, NO_CONCLUSION), done.err
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    names = ("host", "pod", "pod/same-node", "service", "node-port", "pod/policies-3")
    measured = [one["name"] for one in record["networks"] if one["measured"]]
    assert measured == [found for name in names for found in (name, f"{name}/ipv6")]
    trials = [json.loads(line) for line in (tmp_path / "run" / "trials.ndjson").read_text().splitlines()]
    assert {one["network"] for one in trials} == {one["name"] for one in record["networks"]}
    loads = [load for one in trials for load in one["loads"]]
    assert all(load["completed"] > 0 for load in loads)
    # The pods' own CPU time, and so something for each request.
    assert all(load["cpu_ns_per_request"] > 100 for load in loads if load["workload"] == "http-max")
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000
    described = record["environment"]["cluster"]
    assert {one["name"] for one in described["nodes"]} == {"n1", "n2"}
    assert described["network"]["path"] == "routed, without encapsulation"
    assert described["network"]["cni"] == "", "nothing shows which"


def test_a_restricted_namespace_names_its_label(
    measure: Measure, namespace: str, tmp_path: Path, cluster: RunningCluster
) -> None:
    body = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    cluster.api(f"/api/v1/namespaces/{namespace}", body, "PATCH", "application/merge-patch+json")
    done = measure("study", *quick(tmp_path / "run"))
    assert done.code == 2
    assert "admits no pod on the host's network" in last_line(done)
    assert (
        f"kubectl label --overwrite namespace {namespace} pod-security.kubernetes.io/enforce=privileged"
        in last_line(done)
    )


def test_an_image_that_cannot_be_pulled_is_named(measure: Measure, tmp_path: Path) -> None:
    done = measure("study", *quick(tmp_path / "run", "--image", "127.0.0.1:1/none:1"))
    assert done.code == 3
    assert re.search(r"the image 127\.0\.0\.1:1/none:1 cannot be pulled \(in node n\d\)", last_line(done))
    assert "--image" in last_line(done)


def test_a_namespace_that_is_deleted_meanwhile_is_named(
    measure: Measure, namespace: str, tmp_path: Path, cluster: RunningCluster
) -> None:
    done, study = _during(measure, tmp_path, "--networks", "pod")
    cluster.api(f"/api/v1/namespaces/{namespace}", method="DELETE")
    study.join(120)
    assert done[0].code != 0
    assert f"namespace {namespace} is being deleted" in done[0].err


def test_rights_that_are_missing_are_named(
    namespace: str, tmp_path: Path, cluster: RunningCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.api(f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": "poor"}}, "POST")
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/poor/token"
    token = cluster.api(path, {"spec": {"expirationSeconds": 3600}}, "POST")["status"]["token"]
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig_of(token)))
    to = ("--testbed", "kubernetes", "--namespace", namespace)
    done = barewire("study", *to, *quick(tmp_path / "run", "--nodes", "n1,n2"))
    assert done.code == 3
    assert "cannot create resource" in done.sentence and "barewire doctor --testbed kubernetes" in done.sentence
    done = barewire("study", *to, *quick(tmp_path / "run"))
    assert "this user may not list the cluster's nodes. Name two with --nodes a,b" in done.sentence
    doctor = barewire("doctor", *to)
    assert doctor.code == 1
    assert "this user may not create, get, list, delete jobs" in " ".join(doctor.out.split())
    assert "kind: Role" in doctor.out


def test_the_doctor_finds_a_cluster_fit(measure: Measure) -> None:
    done = measure("doctor")
    assert done.code == 0, done.out
    assert "Studies can run on this cluster." in done.out


def test_a_killed_study_leaves_nothing(
    measure: Measure, namespace: str, tmp_path: Path, cluster: RunningCluster
) -> None:
    command = [*BAREWIRE, "study", "--testbed", "kubernetes", "--namespace", namespace, "--image", IMAGE,
               *quick(tmp_path / "run", "--networks", "pod", "--blocks", "50")]  # fmt: skip
    study = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _await_trial(tmp_path)
    study.kill()
    study.wait()
    assert leftovers(cluster, namespace) == []


def test_clean_deletes_what_a_running_study_has(measure: Measure, namespace: str, tmp_path: Path) -> None:
    done, study = _during(measure, tmp_path, "--networks", "pod")
    cleaned = barewire("testbed", "clean", "--namespace", namespace)
    assert cleaned.code == 0 and re.search(r"^deleted barewire-[0-9a-f]{8}$", cleaned.out, re.M), cleaned
    study.join(120)
    assert done[0].code != 0 and "Traceback" not in done[0].err
    assert (
        barewire("testbed", "clean", "--namespace", namespace).out
        == f"nothing of barewire is in namespace {namespace}\n"
    )


def _during(measure: Measure, tmp_path: Path, *arguments: str) -> tuple[list[Done], threading.Thread]:
    """A study that runs in a thread, once it measures, and where its end will be."""
    done: list[Done] = []
    arguments = (*quick(tmp_path / "run"), "--blocks", "50", *arguments)
    study = threading.Thread(target=lambda: done.append(measure("study", *arguments)))
    study.start()
    _await_trial(tmp_path)
    return done, study


def last_line(done: Done) -> str:
    """The error of a study that has begun, after what it said of its steps."""
    assert "Traceback" not in done.err
    return done.err.splitlines()[-1]


def _await_trial(tmp_path: Path) -> None:
    trials = tmp_path / "run" / "trials.ndjson"
    deadline = time.monotonic() + 60
    while not (trials.exists() and trials.read_bytes()):
        assert time.monotonic() < deadline, "no trial has ended"
        time.sleep(0.1)
