"""What one trial leaves in the pods of a study for the next one: nothing."""

from __future__ import annotations

import pytest

from barewire.errors import LoadError
from barewire.study.design.plan_file import load_plan
from barewire.study.execution.sources.kubernetes import opened
from barewire.workloads.servers.service import tcp
from tests.kubernetes.cluster.cluster import IMAGE, RunningCluster

pytestmark = pytest.mark.alone  # its nodes are namespaces of this machine, and other tests look for what is left


def test_a_trial_that_failed_leaves_no_server_in_its_pods(
    cluster: RunningCluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    plan = load_plan(None, {"testbed": "kubernetes", "namespace": namespace, "image": IMAGE, "workloads": "tcp-rr",
                            "networks": "pod/same-node", "cni_config": "none", "seed": 1})  # fmt: skip
    services = [tcp(plan.port, 64, 64)]
    with opened(plan, lambda _: None) as source:
        with pytest.raises(LoadError, match="no load"), source.open("pod/same-node") as path:
            path.serve("serve", services, ())
            raise LoadError("no load")
        with source.open("pod/same-node") as path:
            path.serve("serve", services, ()).stop()
