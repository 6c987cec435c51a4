"""A node that goes away in the middle of a study: last of the tier's files, because the cluster has one node less after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kubernetes.cluster.cluster import RunningCluster
from tests.kubernetes.test_cluster_study import Measure, _during

pytestmark = pytest.mark.alone  # its nodes are namespaces of this machine, and other tests look for what is left


def test_a_node_that_is_lost_ends_the_study_with_its_name(
    measure: Measure, namespace: str, tmp_path: Path, cluster: RunningCluster
) -> None:
    done, study = _during(measure, tmp_path, "--networks", "pod")
    cluster.kill_node("n2")
    study.join(180)
    assert done[0].code != 0
    assert "node n2" in done[0].err
    # Pods of a node that is gone stay until somebody says that it is: nobody there confirms their end.
    cluster.api(f"/api/v1/namespaces/{namespace}/pods", {"gracePeriodSeconds": 0}, "DELETE")
