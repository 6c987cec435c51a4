"""What keeps a study's pods from running, from the API's own words: a sentence and what to do about it, each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lightkube import Client
from lightkube.core.exceptions import ApiError
from lightkube.resources.core_v1 import Event, Namespace, Node, Pod

from barewire.errors import BarewireError, MeasurementError, PrerequisiteError
from barewire.testbeds.kubernetes.connection import ClusterError

RIGHTS = "`barewire doctor --testbed kubernetes` prints what is missing, and a Role that grants it"
_POD_SECURITY = "violates PodSecurity"
_NO_RIGHT = " cannot create resource "
_NOT_ADMITTED, _POD = (403, 422), re.compile(r"\bpods? \"", re.IGNORECASE)
_DENIED = "denied the request"
"""What a webhook says, which may answer with any code."""

_NO_WEBHOOK = "failed calling webhook"
_TERMINATING = "because it is being terminated"
_NO_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
_PORTS_TAKEN = "didn't have free ports"
_BROKEN = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError", "CrashLoopBackOff")


def of_creation(error: ClusterError, namespace: str, *, on_host: bool = False) -> BarewireError:
    """Why the API refused one of a study's objects."""
    if error.code == 404:
        remedy = f"Choose another with --namespace, or make it: kubectl create namespace {namespace}"
        return PrerequisiteError(f"there is no namespace {namespace}", said=error.said, remedy=remedy)
    if _POD_SECURITY in error.said and on_host:
        label = "pod-security.kubernetes.io/enforce=privileged"
        return PrerequisiteError(
            f"namespace {namespace} admits no pod on the host's network, and without one there is no baseline",
            said=error.said,
            remedy=f"Allow it there: kubectl label --overwrite namespace {namespace} {label}",
        )
    if _TERMINATING in error.said:
        return PrerequisiteError(f"namespace {namespace} is being deleted", said=error.said,
                                 remedy="Choose another with --namespace")  # fmt: skip
    if error.code == 403 and "exceeded quota" in error.said:
        return PrerequisiteError(
            f"the quota of namespace {namespace} leaves no room for the study's objects", said=error.said,
            remedy="Free some, choose another with --namespace, or measure less: fewer --networks need fewer pods",
        )  # fmt: skip
    if is_right(error):
        error.remedy = RIGHTS
    elif _DENIED in error.said or (error.code in _NOT_ADMITTED and _POD.search(error.said)):
        error.remedy = (
            "A LimitRange or a policy demands that; choose another namespace with --namespace, or an image with --image"
        )
    elif _NO_WEBHOOK in error.said:
        error.remedy = "Nothing is admitted until that webhook answers; its owner knows whether it runs"
    return error


def is_right(error: ClusterError) -> bool:
    """Whether this user may not make such objects, whatever they are like."""
    return error.code == 403 and _NO_RIGHT in error.said


def of_starting(pod: Pod) -> BarewireError | None:
    """What a pod that does not run will not get over."""
    name = pod.metadata.name if pod.metadata else ""
    node = (pod.spec.nodeName if pod.spec else "") or "no node"
    status = pod.status
    if status is None:
        return None
    where = f"node {node}"
    for condition in status.conditions or []:
        said = condition.message or ""
        if condition.type == "PodScheduled" and condition.status == "False" and _PORTS_TAKEN in said:
            return MeasurementError(
                f"another study, or something else, uses the ports of the pod {name} on its node", said=said,
                remedy="Wait for its end (after a kill a minute), or choose other ports with --port, or nodes with --nodes a,b",
            )  # fmt: skip
    for one in status.containerStatuses or []:
        waiting, ended = (one.state.waiting, one.state.terminated) if one.state else (None, None)
        if waiting and waiting.reason in _NO_IMAGE:
            said = waiting.message or waiting.reason
            remedy = "Name one that the nodes can pull with --image: any will do, nothing of it is used"
            return MeasurementError(f"the image {one.image} cannot be pulled", where=where, said=said, remedy=remedy)
        if waiting and waiting.reason in _BROKEN:
            said = waiting.message or waiting.reason
            return MeasurementError(f"the pod {name} cannot be started", where=where, said=said)
        if ended:
            said = ended.message or ended.reason or f"status {ended.exitCode}"
            return MeasurementError(f"the pod {name} has ended", where=where, said=said)
    if status.phase == "Failed":
        return MeasurementError(f"the pod {name} has failed", where=where, said=status.message or status.reason or "")
    return None


def of_waiting(client: Client, waiting: Sequence[Pod], absent: Sequence[str], seconds: float) -> BarewireError:
    """Why pods do not run after all that time: what the scheduler or the node last said of the first one."""
    if not waiting:
        return MeasurementError(f"no pod was made for {', '.join(absent)} within {seconds:g} s",
                                remedy="Does the cluster's controller of Jobs run?")  # fmt: skip
    pod = waiting[0]
    assert pod.metadata is not None and pod.metadata.name is not None
    conditions = (pod.status.conditions if pod.status else None) or []
    said = next((one.message or "" for one in conditions if one.type == "PodScheduled" and one.status != "True"), "")
    remedy = "Free that, or choose other nodes with --nodes a,b" if said else ""
    return MeasurementError(
        f"the pod {pod.metadata.name} does not run after {seconds:g} s",
        said=said or _last_event(client, pod.metadata.name), remedy=remedy,
    )  # fmt: skip


def of_running(client: Client, pod: Pod) -> str | None:
    """What has become of a pod that ran; None if it runs."""
    node = (pod.spec.nodeName if pod.spec else "") or ""
    status = pod.status
    if status is not None and status.phase in ("Failed", "Succeeded"):
        return status.message or status.reason or "it has ended"
    ready = [one for one in (status.conditions if status else None) or [] if one.type == "Ready"]
    if any(one.status != "True" for one in ready):
        return of_node(client, node) or (ready[0].message or "it is not ready")
    return None


def vanished(client: Client, namespace: str, pod: str) -> BarewireError:
    """What a pod is gone with."""
    try:
        found = client.get(Namespace, namespace)
        gone = found.metadata is not None and found.metadata.deletionTimestamp is not None
    except ApiError:
        gone = False  # nobody need be allowed to look at namespaces
    if gone:
        return MeasurementError(f"namespace {namespace} is being deleted, and the study's pods with it")
    return MeasurementError(f"the pod {pod} was deleted while it was measured", where=f"namespace {namespace}")


def of_node(client: Client, name: str) -> str:
    """Why a node is not ready; empty if it is, or may not be looked at."""
    try:
        conditions = client.get(Node, name).status.conditions or []  # type: ignore[union-attr]
    except (ApiError, AttributeError):
        return ""
    ready = [one for one in conditions if one.type == "Ready" and one.status != "True"]
    return f"node {name} is not ready: {ready[0].message or ready[0].reason}" if ready else ""


def _last_event(client: Client, pod: str) -> str:
    try:
        events = [*client.list(Event, fields={"involvedObject.name": pod})]
    except ApiError:
        return ""
    return " ".join((events[-1].message or "").split()) if events else ""
