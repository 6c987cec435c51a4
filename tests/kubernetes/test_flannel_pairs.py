"""Three nodes that flannel itself joins with IPv4 alone, and two pairs of them."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from tests.kubernetes.cluster.cluster import RunningCluster, running, why_none
from tests.kubernetes.cluster.state import await_that
from tests.kubernetes.conftest import leftovers, measuring, quick
from tests.kubernetes.test_cluster_study import NO_CONCLUSION

pytestmark = pytest.mark.alone  # its nodes are namespaces of this machine, and other tests look for what is left


def refuse_mounts_of_nodes(cluster: RunningCluster, namespace: str) -> None:
    """As Gatekeeper or Kyverno do it, by the API server's own means."""
    group = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    check = {"expression": "!has(object.spec.volumes) || object.spec.volumes.all(one, !has(one.hostPath))",
             "message": "no folders of nodes here"}  # fmt: skip
    policy = {"matchConstraints": {"resourceRules": [rule]}, "validations": [check]}
    chosen = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    binding = {"policyName": "mounts", "validationActions": ["Deny"], "matchResources": {"namespaceSelector": chosen}}
    objects = {"policies": ("Policy", policy), "policybindings": ("PolicyBinding", binding)}
    for plural, (kind, spec) in objects.items():
        body = {"apiVersion": group, "kind": f"ValidatingAdmission{kind}", "metadata": {"name": "mounts"}, "spec": spec}
        cluster.api(f"/apis/{group}/validatingadmission{plural}", body, "POST")
    await_that(lambda: _refuses(cluster, namespace), "the policy")


def _refuses(cluster: RunningCluster, namespace: str) -> bool:
    """Whether the API server has learned of the policy, which takes it a moment."""
    volume = {"name": "one", "hostPath": {"path": "/etc"}}
    spec = {"containers": [{"name": "one", "image": "none"}], "volumes": [volume]}
    try:
        cluster.api(
            f"/api/v1/namespaces/{namespace}/pods?dryRun=All", {"metadata": {"name": "one"}, "spec": spec}, "POST"
        )
    except httpx2.HTTPStatusError as error:
        return "no folders of nodes here" in error.response.text
    return False


def test_pairs_of_nodes_are_measured_on_flannel_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := why_none("flannel"):
        pytest.skip(reason)
    with running(tmp_path / "cluster", nodes=3, network="flannel/vxlan", single=True) as cluster:
        cluster.make_namespace("pairs")
        refuse_mounts_of_nodes(cluster, "pairs")
        measure = measuring(cluster, "pairs", monkeypatch)
        run = tmp_path / "run"
        done = measure(
            "study", *quick(run, "--networks", "pod", "--pairs", "2", "--blocks", "2", "--workloads", "tcp-rr")
        )
        assert done.code in (0, NO_CONCLUSION), done.err
        lacking = measure("study", *quick(tmp_path / "none", "--networks", "pod", "--family", "6"))
        assert lacking.code == 2, lacking
        assert "the nodes of this cluster have no IPv6 address" in lacking.err and "--family 4" in lacking.err
        assert leftovers(cluster, "pairs") == []
    record = json.loads((run / "run.json").read_text())
    network = record["environment"]["cluster"]["network"]
    assert (network["cni"], network["path"]) == ("flannel", "vxlan tunnel")
    assert network["plugins"] == [], "the cluster admits no pod that could read them"
    unread = network["configuration"]["unread"]
    assert "a pod that mounts /etc/cni/net.d was not allowed" in unread and "no folders of nodes here" in unread
    trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    assert {one["network"] for one in trials} == {"host", "pod"}
    assert {(one["restart"], one["block"]) for one in trials} == {(1, 1), (2, 2)}
    assert record["environment"]["cluster"]["pairs"] == [["n1", "n2"], ["n1", "n3"]]
