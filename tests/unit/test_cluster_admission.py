"""What the doctor states of the API's answers to dry runs. The answers are those of Kubernetes 1.34."""

from __future__ import annotations

import pytest
from lightkube.models import core_v1
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from barewire.testbeds.kubernetes import added, admission, manifests
from barewire.testbeds.kubernetes.connection import ClusterError
from barewire.testbeds.kubernetes.manifests import StudyObjects

HOST_POD, READER = "a pod on the host's network", "the pod that reads the CNI configuration"
SECURITY = 'pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'
WEBHOOK = 'admission webhook "policy.example.com" denied the request: hostPath is not allowed'


@pytest.mark.parametrize(
    ("what", "code", "said", "state", "remedy"),
    [
        (HOST_POD, 403, SECURITY, "bad", "pod-security.kubernetes.io/enforce=privileged"),
        ("a pod", 400, WEBHOOK, "bad", "with --namespace, or an image with --image"),
        (READER, 400, WEBHOOK, "poor", "the CNI configuration was not read"),
        (
            "a Service of kind NodePort",
            403,
            'services "x" is forbidden: exceeded quota: q',
            "poor",
            "--networks host,pod",
        ),
        (
            "a pod",
            500,
            'Internal error occurred: failed calling webhook "w": no route',
            "bad",
            "until that webhook answers",
        ),
        ("a pod", 400, 'admission webhook "w" does not support dry run', "poor", ""),
    ],
)
def test_a_refusal_states_whether_a_study_can_do_without(
    what: str, code: int, said: str, state: str, remedy: str
) -> None:
    error = ClusterError(f"{what} would be refused", said=said)
    error.code = code
    found = admission.state_refusal(error, "work", what)
    assert (found[0], found[1]) == ("admission", state)
    assert said in found[2] and remedy in found[3]


def test_every_kind_of_object_of_a_study_is_tried() -> None:
    tried = admission.objects(
        StudyObjects("barewire-1", "example.com/any:1", 1800, "x86_64", host_ports=(1,), uid="0-1")
    )
    assert {one.to_dict()["kind"] for one in tried.values()} == {"Job", "ConfigMap", "Pod", "Service"}
    on_host = tried[HOST_POD].to_dict()["spec"]
    assert on_host["hostNetwork"] and on_host["containers"][0]["ports"], "policies may refuse either"
    assert any("hostPath" in one for one in tried[READER].to_dict()["spec"]["volumes"])


def pod(*containers: core_v1.Container, first: tuple[core_v1.Container, ...] = ()) -> Pod:
    own = core_v1.Container(
        name=manifests.CONTAINER, resources=core_v1.ResourceRequirements(limits={"memory": "256Mi"})
    )
    spec = core_v1.PodSpec(containers=[own, *containers], initContainers=[*first])
    return Pod(metadata=ObjectMeta(name="x", namespace="work"), spec=spec)


def test_containers_that_the_cluster_adds_are_named() -> None:
    assert not list(added.find_changes(pod()))
    sidecar, init = core_v1.Container(name="istio-proxy"), core_v1.Container(name="istio-init")
    [(said, remedy)] = added.find_changes(pod(sidecar, first=(init,)))
    assert "adds istio-proxy, istio-init to each pod" in said and "--namespace" in remedy
