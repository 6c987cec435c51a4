"""Pods of a study: what one trial leaves in them for the next one (nothing), and what the cluster makes of them."""

from __future__ import annotations

import pytest

from barewire.errors import LoadError
from barewire.study.design.plan_file import load_plan
from barewire.study.execution.sources.kubernetes import opened
from barewire.workloads.servers.service import tcp
from tests.kubernetes.cluster.cluster import IMAGE, RunningCluster

pytestmark = pytest.mark.alone  # its nodes are namespaces of this machine, and other tests look for what is left


def test_a_failed_trial_leaves_no_server_and_limits_are_named(
    cluster: RunningCluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    plan = load_plan(None, {"testbed": "kubernetes", "namespace": namespace, "image": IMAGE, "workloads": "tcp-rr",
                            "networks": "pod/same-node", "cni_config": "none", "seed": 1})  # fmt: skip
    services = [tcp(plan.port, 64, 64)]
    limit = {"type": "Container", "default": {"cpu": "900m"}}
    body = {"metadata": {"name": "limits"}, "spec": {"limits": [limit]}}
    cluster.api(f"/api/v1/namespaces/{namespace}/limitranges", body, "POST")
    said: list[str] = []
    with opened(plan, said.append) as source:
        with pytest.raises(LoadError, match="no load"), source.open("pod/same-node") as path:
            path.serve("serve", services, ())
            raise LoadError("no load")
        with source.open("pod/same-node") as path:
            path.serve("serve", services, ()).stop()
        throttled = f"namespace {namespace} limits each pod's CPU to 900m, so loads are throttled there"
        assert throttled in said and throttled in path.environment()["cluster"]["network"]["evidence"]
