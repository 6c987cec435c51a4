"""Whether the cluster would admit a study's objects: each kind is created once as a dry run (`dryRun=All`).

The API server sends such a request through all admission (Pod Security, quotas, limits, policies, webhooks) and stores nothing,
so the doctor states what a study would meet. It also shows what admission makes of a pod: sidecars, a CPU limit. Limits: no image
is pulled and no pod is placed, and each object is tried alone, so a quota may still be too small for all of them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lightkube.resources.core_v1 import Pod

from barewire.errors import BarewireError
from barewire.testbeds.kubernetes import added, deployment, manifests, obstacles, ways
from barewire.testbeds.kubernetes.connection import Cluster, ClusterError, refusals
from barewire.testbeds.kubernetes.manifests import StudyObjects
from barewire.testbeds.kubernetes.node import AGENT
from barewire.testbeds.kubernetes.ways import PodRequest

Found = tuple[str, str, str, str]
"""Subject, state (`good`, `poor`, `bad`), what was found, remedy."""

_SUBJECT, _SECONDS, _PORT = "admission", 1800, 20000
_NO_WAY = "Leave out service and node-port: --networks host,pod,pod/same-node"
_NO_READER = "A study records then that the CNI configuration was not read"
_NO_DRY_RUN = "does not support dry run"


def examine(cluster: Cluster, image: str = ways.IMAGE) -> Iterator[Found]:
    """What admission says of each kind of object; one row if it admits them all. A right that this user lacks has its own row."""
    tried = 0
    unlike: list[Found] = []
    study = StudyObjects(
        deployment.new_name(), image, _SECONDS, "", host_ports=(_PORT,), uid="00000000-0000-0000-0000-000000000000"
    )
    for what, one in objects(study).items():
        try:
            with refusals(f"{what} would be refused"):
                made = cluster.api.create(one, dry_run=True)
        except ClusterError as error:
            if not obstacles.is_right(error):
                unlike.append(state_refusal(error, cluster.namespace, what))
            continue
        tried += 1
        if isinstance(made, Pod) and what == _PODS:
            unlike.extend((_SUBJECT, "poor", *change) for change in added.find_changes(made))
    if tried and not any(found[1] == "bad" for found in unlike):
        yield _SUBJECT, "good", f"{tried} kinds of objects of a study were admitted in a dry run", ""
    yield from unlike


_HOST_PODS, _PODS, _READER, _SERVICE = (
    "a pod on the host's network", "a pod", "the pod that reads the CNI configuration", "a Service"
)  # fmt: skip


def objects(study: StudyObjects) -> Mapping[str, Any]:
    """One object of each kind, by what it is called in a sentence. Which node a pod is for does not concern admission."""
    files = [AGENT]
    [program] = manifests.programs(study, {AGENT: b""})
    return {
        "the Job that owns all objects": manifests.owner(study),
        "a ConfigMap with a program": program,
        _PODS: manifests.pod(study, PodRequest(ways.CLIENT, "any"), files),
        _HOST_PODS: manifests.pod(study, PodRequest(ways.HOST_SERVER, "any", on_host=True), files),
        _READER: manifests.cni_reader(study, "any", ways.CNI_FOLDER, as_root=False),
        _SERVICE: manifests.service(study, ways.SERVER, [_PORT], "ClusterIP", 4),
        f"{_SERVICE} of kind NodePort": manifests.service(study, ways.SERVER, [_PORT], "NodePort", 4),
    }  # fmt: skip


def state_refusal(error: ClusterError, namespace: str, what: str) -> Found:
    """Why an object would not be made, and whether a study can do without it."""
    if _NO_DRY_RUN in error.said:
        return _SUBJECT, "poor", f"it is not known whether {what} would be admitted: {error.said}", ""
    reason: BarewireError = obstacles.of_creation(error, namespace, on_host=what == _HOST_PODS)
    said = reason.what + (f": {reason.said}" if reason.said else "")
    if what == _READER:
        return _SUBJECT, "poor", said, _NO_READER
    if what.startswith(_SERVICE):
        return _SUBJECT, "poor", said, _NO_WAY
    return _SUBJECT, "bad", said, reason.remedy
