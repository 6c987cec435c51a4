"""Studies of a real cluster, and what they say where it cannot be measured."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kubernetes.cluster.cluster import RunningCluster
from tests.kubernetes.conftest import OngoingStudy, begin_study, leftovers, quick
from tests.support.command import Done, barewire

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
    assert described["network"]["service_proxy"] == "nftables", (
        "kube-proxy says so: it is no pod here, and has no ConfigMap"
    )
    assert "port 10249 of node n1" in described["network"]["evidence"][-1]
    assert described["network"]["plugins"] == ["bridge"]
    assert described["network"]["configuration"] == {
        "node": "n1", "folder": "/etc/cni/net.d", "files": [
            {"file": "10-test.conflist", "name": "barewire-test", "cni_version": "1.0.0", "plugins": [
                {"type": "bridge", "ipam": "host-local",
                 "settings": {"bridge": "cni0", "hairpinMode": True, "ipMasq": False, "isGateway": True}}]}],
    }  # fmt: skip


@pytest.fixture
def closed(cluster: RunningCluster) -> Iterator[None]:
    """The nodes' CNI configuration may be read by root alone, and a kubeconfig lies beside it."""
    folders = [cluster.folder / name / "cni" for name in cluster.names]
    for folder in folders:
        (folder / "10-test.conflist").chmod(0o600)
        (folder / "00-test.kubeconfig").write_text("token: never-shown")
    yield
    for folder in folders:
        (folder / "10-test.conflist").chmod(0o644)
        (folder / "00-test.kubeconfig").unlink()


@pytest.mark.usefixtures("closed")
def test_throughput_is_that_of_iperf3_in_the_pods(measure: Measure, tmp_path: Path) -> None:
    """Over every kind of address that pods are reached by. The CNI configuration is read as root where that was asked for."""
    done = measure(
        "study", *quick(tmp_path / "run", "--networks", "pod,service,node-port", "--blocks", "1"), "--workloads", "tcp-stream",
        "--streams", "1", "--cni-config", "/etc/cni/net.d:root",
    )  # fmt: skip
    assert done.code in (0, NO_CONCLUSION), done.err
    assert "sending iperf3 to the pods" in done.err
    trials = [json.loads(line) for line in (tmp_path / "run" / "trials.ndjson").read_text().splitlines()]
    loads = {(one["network"], load["load"]): load for one in trials for load in one["loads"]}
    assert {name for name, _ in loads} == {"host", "pod", "service", "node-port"}
    assert {load for _, load in loads} == {"tcp-stream-1"}
    assert all(load["bits_per_s"] > 1e6 for load in loads.values())
    record = (tmp_path / "run" / "run.json").read_text()
    assert json.loads(record)["environment"]["cluster"]["network"]["plugins"] == ["bridge"]
    assert "never-shown" not in record and "kubeconfig" not in record


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
    assert "this user may not create, get, list, delete jobs" in words_of(doctor.out)
    assert "admission" not in doctor.out, "each lack of a right has its row"
    assert "kind: Role" in doctor.out


def test_the_doctor_finds_a_cluster_fit(measure: Measure, cluster: RunningCluster, namespace: str) -> None:
    done = measure("doctor")
    assert done.code == 0, done.out
    assert "Studies can run on this cluster." in done.out
    assert "7 kinds of objects of a study were admitted in a dry run" in words_of(done.out)
    assert cluster.owned(namespace) == []


@pytest.mark.parametrize(("limits", "code", "said"), [
    ({"min": {"cpu": "1"}}, 1, "a pod on the host's network would be refused: "),
    ({"default": {"cpu": "300m"}}, 0, "limits each pod's CPU to 300m, so loads are throttled there"),
])  # fmt: skip
def test_the_doctor_names_what_admission_does_to_pods(
    measure: Measure, cluster: RunningCluster, namespace: str, limits: dict[str, dict[str, str]], code: int, said: str
) -> None:
    """Before there is a pod. The API server may learn of a LimitRange a moment after it was made."""
    body = {"metadata": {"name": "limits"}, "spec": {"limits": [{"type": "Container", **limits}]}}
    cluster.api(f"/api/v1/namespaces/{namespace}/limitranges", body, "POST")
    deadline = time.monotonic() + 30
    while said not in words_of((done := measure("doctor")).out):
        assert time.monotonic() < deadline, done.out
    assert done.code == code
    assert code == 0 or "A LimitRange or a policy demands that" in words_of(done.out)
    assert cluster.owned(namespace) == []


@pytest.fixture(scope="module")
def ongoing(cluster: RunningCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, OngoingStudy]]:
    """Studies to which something happens, begun at once: most of their time they wait for pods."""
    names = ("deleted", "killed", "cleaned")
    for name in names:
        cluster.make_namespace(name)
    studies = {
        name: begin_study(cluster, name, tmp_path_factory.mktemp(name) / "run", 20000 + 1000 * number)
        for number, name in enumerate(names)
    }
    yield studies
    for one in studies.values():
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def test_a_namespace_that_is_deleted_meanwhile_is_named(
    ongoing: dict[str, OngoingStudy], cluster: RunningCluster
) -> None:
    study = ongoing["deleted"]
    study.await_trial()
    cluster.api(f"/api/v1/namespaces/{study.namespace}", method="DELETE")
    done = study.end()
    assert done.code != 0
    assert f"namespace {study.namespace} is being deleted" in done.err


def test_a_killed_study_leaves_nothing(ongoing: dict[str, OngoingStudy], cluster: RunningCluster) -> None:
    study = ongoing["killed"]
    study.await_trial()
    study.process.kill()
    study.process.communicate()
    assert leftovers(cluster, study.namespace) == []


def test_ports_of_a_running_study_are_not_taken_by_another(
    ongoing: dict[str, OngoingStudy], measure: Measure, tmp_path: Path
) -> None:
    ongoing["cleaned"].await_trial()
    done = measure("study", *quick(tmp_path / "run", "--networks", "host", "--port", "22000"))
    assert done.code == 3
    assert "another study, or something else, uses the ports" in last_line(done) and "--port" in last_line(done)


def test_clean_deletes_what_a_running_study_has(
    ongoing: dict[str, OngoingStudy], cluster: RunningCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = ongoing["cleaned"]
    study.await_trial()
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    clean = ("testbed", "clean", "--namespace", study.namespace)
    cleaned = barewire(*clean)
    assert cleaned.code == 0 and re.search(r"^deleted barewire-[0-9a-f]{8}$", cleaned.out, re.M), cleaned
    done = study.end()
    assert done.code != 0 and "Traceback" not in done.err
    assert barewire(*clean).out == f"nothing of barewire is in namespace {study.namespace}\n"


def words_of(text: str) -> str:
    """Without the columns and line breaks of a table."""
    return " ".join(text.split())


def last_line(done: Done) -> str:
    """The error of a study that has begun, after what it said of its steps."""
    assert "Traceback" not in done.err
    return done.err.splitlines()[-1]
