"""The doctor's checks of a cluster: whether it can be reached, what this user may do, which nodes there are, Pod Security,
and whether its objects would be admitted."""

from __future__ import annotations

from collections.abc import Iterator

from lightkube.core.exceptions import ApiError
from lightkube.resources.core_v1 import Namespace

from barewire.errors import BarewireError
from barewire.testbeds.kubernetes import access, admission, carried, deployment, nodes, ways
from barewire.testbeds.kubernetes.admission import Found
from barewire.testbeds.kubernetes.connection import Cluster, refusals

_LABEL = "pod-security.kubernetes.io/enforce"


def examine(cluster: Cluster, image: str = ways.IMAGE) -> Iterator[Found]:
    """All checks, as long as the cluster answers. `image` is that of the pods."""
    try:
        with refusals("the cluster cannot be used", cluster.server):
            version = cluster.http.get("/version").raise_for_status().json()["gitVersion"]
    except BarewireError as error:
        yield "cluster", "bad", error.what + (f": {error.said}" if error.said else ""), error.remedy
        return
    yield "cluster", "good", f"{cluster.server}, Kubernetes {version}, namespace {cluster.namespace}", ""
    yield from _rights(cluster)
    security = _security(cluster)
    yield security
    if security[1] != "bad":
        yield from admission.examine(cluster, image)
    yield from _nodes(cluster)


def _rights(cluster: Cluster) -> Iterator[Found]:
    for answer in access.ask(cluster):
        right = answer.right
        subject = f"right: {right.resource}"
        if not answer.refused:
            yield subject, "good", f"{', '.join(right.verbs)} (for {right.purpose})", ""
            continue
        said = f"this user may not {', '.join(answer.refused)} {right.resource} (for {right.purpose})"
        state = "poor" if right.spared else "bad"
        yield subject, state, said, right.spared or "The Role below grants it"


def _security(cluster: Cluster) -> Found:
    subject = "Pod Security"
    try:
        found = cluster.api.get(Namespace, cluster.namespace)
    except ApiError as error:
        if error.status.code == 404:
            return subject, "bad", f"there is no namespace {cluster.namespace}", "Choose another with --namespace"
        return subject, "poor", f"namespace {cluster.namespace} cannot be looked at, so it is not known", ""
    assert found.metadata is not None
    if found.metadata.deletionTimestamp is not None:
        return subject, "bad", f"namespace {cluster.namespace} is being deleted", "Choose another with --namespace"
    level = (found.metadata.labels or {}).get(_LABEL, "")
    if level in ("baseline", "restricted"):
        said = f"namespace {cluster.namespace} is {level}, which admits no pod on the host's network: no baseline"
        return subject, "bad", said, f"kubectl label --overwrite namespace {cluster.namespace} {_LABEL}=privileged"
    return subject, "good", f"namespace {cluster.namespace} has no label that keeps pods off the host's network", ""


def _nodes(cluster: Cluster) -> Iterator[Found]:
    subject = "nodes"
    try:
        found = nodes.listed(cluster)
        if found is None:
            yield subject, "poor", "this user may not list nodes", "Name two with --nodes a,b"
            return
        [(client, server)] = nodes.pairs(found, (), 1)
        deployment.built_programs(client.architecture)
    except BarewireError as error:
        yield subject, "bad", error.what + (f": {error.said}" if error.said else ""), error.remedy
        return
    taken = f"{client.name} and {server.name} ({client.architecture})"
    yield subject, "good", f"{len(found)}; a study takes {taken}", ""
    for name in carried.CARRIED:
        try:
            size = carried.carry(name, client.architecture).size
            yield name, "good", f"this machine's is sent to the pods, {size / 1e6:.3g} MB with its libraries", ""
        except BarewireError as error:
            yield name, "poor", error.what + (f": {error.said}" if error.said else ""), error.remedy
