"""What reports state about the machines of a run that were not this one alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from barewire.render.run import machines
from barewire.render.run.data import ReportData, load
from tests.support import synthetic


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ReportData:
    path = tmp_path_factory.mktemp("machines") / "run"
    return load(synthetic.write_run(path, {"ptp": 1.5}, blocks=2, requests=100, unavailable=None, rejected=False))


def sentence(run: ReportData, **environment: Any) -> str:
    changed: Any = {**run.run.environment, **environment}
    return machines.sentence(replace(run, run=replace(run.run, environment=changed)))


def test_a_lab_of_this_machine_is_not_between_machines(run: ReportData) -> None:
    assert sentence(run) == ""


def test_a_cluster_is_named_with_its_nodes_and_network(run: ReportData) -> None:
    network = {
        "cni": "flannel", "path": "vxlan tunnel", "service_proxy": "nftables", "evidence": [], "plugins": ["flannel", "portmap"],
    }  # fmt: skip
    cluster = {"nodes": [{"name": "n1"}, {"name": "n2"}], "network": network}
    assert sentence(run, cluster=cluster, versions={"kubernetes": "v1.34.4"}) == (
        "nodes n1 and n2 of a cluster (Kubernetes v1.34.4; CNI flannel, plugins flannel, portmap; vxlan tunnel; "
        "kube-proxy mode nftables)"
    )


def test_what_is_unknown_of_a_cluster_is_called_unknown(run: ReportData) -> None:
    cluster = {"pairs": [["a", "b"], ["a", "c"]], "network": {}}
    assert sentence(run, cluster=cluster) == (
        "nodes a and b; a and c of a cluster (Kubernetes v1.34.4; CNI unknown; path unknown; kube-proxy mode unknown)"
    ).replace("Kubernetes v1.34.4", "Kubernetes")
