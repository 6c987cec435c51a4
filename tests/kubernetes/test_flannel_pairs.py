"""Three nodes that flannel itself joins with IPv4 alone, and two pairs of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kubernetes.cluster.cluster import running, why_none
from tests.kubernetes.conftest import leftovers, measuring, quick
from tests.kubernetes.test_cluster_study import NO_CONCLUSION

pytestmark = pytest.mark.alone  # its nodes are namespaces of this machine, and other tests look for what is left


def test_pairs_of_nodes_are_measured_on_flannel_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := why_none("flannel"):
        pytest.skip(reason)
    with running(tmp_path / "cluster", nodes=3, network="flannel/vxlan", single=True) as cluster:
        cluster.make_namespace("pairs")
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
    trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    assert {one["network"] for one in trials} == {"host", "pod"}
    assert {(one["restart"], one["block"]) for one in trials} == {(1, 1), (2, 2)}
    assert record["environment"]["cluster"]["pairs"] == [["n1", "n2"], ["n1", "n3"]]
