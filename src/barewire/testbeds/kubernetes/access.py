"""What a user must be allowed to do for a study: asked of the API (SelfSubjectAccessReview), and as a Role that grants it.

All of it is in one namespace. Nodes are listed where that is allowed, and named by the user where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import yaml
from lightkube.models.authorization_v1 import ResourceAttributes, SelfSubjectAccessReviewSpec
from lightkube.resources.authorization_v1 import SelfSubjectAccessReview

from barewire.testbeds.kubernetes.connection import Cluster, refusals


@dataclass(frozen=True, slots=True)
class Right:
    """Verbs on a resource; `purpose` says what for. One that is `spared` has a substitute."""

    group: str
    resource: str
    verbs: tuple[str, ...]
    purpose: str
    spared: str = ""
    in_namespace: bool = True


RIGHTS = (
    Right(
        "batch", "jobs", ("create", "get", "list", "delete"), "the owner of a study's objects, which takes them along"
    ),
    Right("", "pods", ("create", "get", "list"), "clients and servers"),
    # Which of the two verbs an exec takes depends on the version of Kubernetes.
    Right("", "pods/exec", ("create", "get"), "programs and counters in them"),
    Right("", "configmaps", ("create",), "the programs"),
    Right("", "services", ("create",), "the ways service and node-port"),
    Right("networking.k8s.io", "networkpolicies", ("create",), "--policies", spared="Leave out --policies"),
    Right("", "nodes", ("get", "list"), "the choice of nodes", spared="Name them with --nodes a,b", in_namespace=False),
    Right(
        "apps",
        "daemonsets",
        ("list",),
        "which CNI it is, in all namespaces",
        spared="It may be unknown then",
        in_namespace=False,
    ),
)


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """Which verbs of a right are refused."""

    right: Right
    refused: tuple[str, ...]


def ask(cluster: Cluster) -> list[AccessAnswer]:
    """The API's answer about each right."""
    return [
        AccessAnswer(right, tuple(verb for verb in right.verbs if not _allowed(cluster, right, verb)))
        for right in RIGHTS
    ]


def _allowed(cluster: Cluster, right: Right, verb: str) -> bool:
    resource, _, below = right.resource.partition("/")
    namespace = cluster.namespace if right.in_namespace else None
    attributes = ResourceAttributes(
        group=right.group, resource=resource, subresource=below or None, verb=verb, namespace=namespace
    )
    review = SelfSubjectAccessReview(spec=SelfSubjectAccessReviewSpec(resourceAttributes=attributes))
    with refusals("the cluster does not say what this user is allowed to do"):
        answer = cluster.api.create(review)
    return bool(answer.status and answer.status.allowed)


def role(namespace: str, rights: Iterable[Right] = RIGHTS) -> str:
    """A Role that grants all that is needed in a namespace, and the command that binds it, as YAML with comments."""
    rules = [
        {"apiGroups": [right.group], "resources": [right.resource], "verbs": list(right.verbs)}
        for right in rights
        if right.in_namespace
    ]
    document = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "barewire", "namespace": namespace}, "rules": rules,
    }  # fmt: skip
    bind = f"kubectl -n {namespace} create rolebinding barewire --role=barewire --user=USER"
    return f"# Grant it with: kubectl apply -f FILE && {bind}\n{yaml.safe_dump(document, sort_keys=False)}"
