"""What the API answers to a study's objects, as sentences with a remedy. The answers are those of Kubernetes 1.34."""

from __future__ import annotations

import pytest
from lightkube.models import core_v1
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from barewire.errors import BarewireError, PrerequisiteError
from barewire.testbeds.kubernetes import obstacles
from barewire.testbeds.kubernetes.connection import ClusterError


def reason(code: int, said: str, *, on_host: bool = False) -> BarewireError:
    error = ClusterError("a pod cannot be made on node n1", where="namespace work", said=said)
    error.code = code
    return obstacles.of_creation(error, "work", on_host=on_host)


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (404, 'namespaces "work" not found', "there is no namespace work"),
        (403, 'pods "x" is forbidden: unable to create new content in namespace work because it is being terminated',
         "namespace work is being deleted"),
        (403, 'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
         "the quota of namespace work leaves no room"),
    ],
)  # fmt: skip
def test_a_namespace_that_takes_no_pods_names_another(code: int, said: str, expected: str) -> None:
    found = reason(code, said)
    assert isinstance(found, PrerequisiteError)
    assert expected in str(found) and "--namespace" in found.remedy


def test_a_right_that_is_missing_leads_to_the_doctor() -> None:
    said = (
        'jobs.batch is forbidden: User "u" cannot create resource "jobs" in API group "batch" in the namespace "work"'
    )
    assert "barewire doctor --testbed kubernetes" in reason(403, said).remedy


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (403, 'pods "x" is forbidden: minimum cpu usage per Container is 1, but request is 100m'),
        (422, 'Pod "x" is invalid: spec.containers[0].resources.requests: Invalid value: "100m": must be less than limit'),
    ],
)  # fmt: skip
def test_what_admission_refuses_is_not_called_a_right(code: int, said: str) -> None:
    found = reason(code, said)
    assert "LimitRange" in found.remedy and "doctor" not in found.remedy


def test_a_service_that_cannot_be_is_no_matter_of_limits() -> None:
    found = reason(
        422, 'Service "x" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'
    )
    assert isinstance(found, ClusterError) and not found.remedy


def test_programs_in_a_namespace_that_ends_name_that_end() -> None:
    said = 'configmaps "x" is forbidden: unable to create new content in namespace work because it is being terminated'
    assert "namespace work is being deleted" in str(reason(403, said))


def test_pod_security_names_the_label_for_hosts_alone() -> None:
    said = 'pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'
    assert "pod-security.kubernetes.io/enforce=privileged" in reason(403, said, on_host=True).remedy
    assert "pod-security" not in reason(403, said).remedy


def pod(status: str, message: str) -> Pod:
    condition = core_v1.PodCondition(type="PodScheduled", status=status, reason="Unschedulable", message=message)
    return Pod(metadata=ObjectMeta(name="barewire-1-host-server"), status=core_v1.PodStatus(conditions=[condition]))


def test_ports_of_another_study_are_not_waited_for() -> None:
    affinity = "1 node(s) didn't match Pod's node affinity/selector"
    ports = "1 node(s) didn't have free ports for the requested pod ports"
    found = obstacles.of_starting(pod("False", f"0/2 nodes are available: {ports}, {affinity}."))
    assert found is not None and "another study" in found.what
    assert "--port" in found.remedy and "--nodes" in found.remedy
    assert obstacles.of_starting(pod("False", f"0/2 nodes are available: 1 Insufficient cpu, {affinity}.")) is None
    assert obstacles.of_starting(pod("True", "")) is None
