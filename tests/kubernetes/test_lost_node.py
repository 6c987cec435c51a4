"""A node that goes away in the middle of a study: last of the tier's files, because the cluster has one node less after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kubernetes.cluster.cluster import RunningCluster
from tests.kubernetes.conftest import begin_study

pytestmark = pytest.mark.alone  # its nodes are namespaces of this machine, and other tests look for what is left


def test_a_node_that_is_lost_ends_the_study_with_its_name(
    namespace: str, tmp_path: Path, cluster: RunningCluster
) -> None:
    study = begin_study(cluster, namespace, tmp_path / "run")
    study.await_trial()
    cluster.kill_node("n2")
    done = study.end()
    assert done.code != 0
    assert "node n2" in done.err
    # Pods of a node that is gone stay until somebody says that it is: nobody there confirms their end.
    cluster.api(f"/api/v1/namespaces/{namespace}/pods", {"gracePeriodSeconds": 0}, "DELETE")
