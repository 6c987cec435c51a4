"""The nodes of a cluster, and which two a study uses.

Both must be of one architecture, take pods and be ready. Without `--nodes` the first two such nodes are taken, by name, so that
the next study of the cluster is on the same ones. A user who may not list nodes names them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lightkube.resources.core_v1 import Node

from barewire.errors import PrerequisiteError, UsageError
from barewire.testbeds.kubernetes.connection import Cluster, ClusterError, refusals

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_NO_PODS = ("NoSchedule", "NoExecute")
_ZONE = "topology.kubernetes.io/zone"


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """What the API knows of a node."""

    name: str
    architecture: str
    """As `uname -m` prints it."""
    ready: bool = True
    why_not: str = ""
    """Why it takes no pods; empty if it does."""
    kernel: str = ""
    system: str = ""
    runtime: str = ""
    kubelet: str = ""
    cpus: str = ""
    zone: str = ""
    addresses: tuple[str, ...] = ()
    pod_ranges: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)


def listed(cluster: Cluster) -> list[ClusterNode] | None:
    """All nodes, by name; None if the user may not list them."""
    try:
        with refusals("the cluster's nodes cannot be listed"):
            found = [*cluster.api.list(Node)]
    except ClusterError as error:
        if error.code == 403:
            return None
        raise
    return sorted((_node(one) for one in found), key=lambda one: one.name)


def pairs(
    found: Sequence[ClusterNode] | None, wanted: Sequence[str], count: int
) -> list[tuple[ClusterNode, ClusterNode]]:
    """`count` pairs of the client's node and the server's, different ones each. UsageError for nodes that there are not,
    PrerequisiteError where there are too few; nodes that nobody may look at are taken for this machine's architecture."""
    if wanted and (len(wanted) < 2 or len(set(wanted)) < len(wanted)):
        raise UsageError("a pair is two different nodes: the client's and the server's", remedy="Write --nodes a,b")
    if found is None:
        if not wanted:
            raise PrerequisiteError("this user may not list the cluster's nodes", remedy="Name two with --nodes a,b")
        fit = [ClusterNode(name, os.uname().machine) for name in wanted]
    else:
        named = {one.name: one for one in found}
        for name in wanted:
            if name not in named:
                raise UsageError(
                    f"there is no node {name}", remedy=f"Choose two of {', '.join(named) or 'none'} with --nodes"
                )
            if reason := _refusal(named[name]):
                raise PrerequisiteError(f"node {name} cannot be used", said=reason)
        fit = [named[name] for name in wanted] or [one for one in found if not _refusal(one)]
    alike = [(one, other) for number, one in enumerate(fit) for other in fit[number + 1 :]
             if one.architecture == other.architecture]  # fmt: skip
    if len(alike) < count:
        said = "; ".join(f"{one.name}: {_refusal(one) or one.architecture}" for one in found or fit) or "there is none"
        few = "two nodes" if count == 1 else f"{count} pairs of nodes"
        raise PrerequisiteError(f"a study takes {few} that are ready, take pods and are of one architecture", said=said)
    return alike[:count]


def _refusal(node: ClusterNode) -> str:
    return node.why_not or ("" if node.ready else "it is not ready")


def _node(found: Node) -> ClusterNode:
    assert found.metadata is not None and found.metadata.name is not None
    spec, status = found.spec, found.status
    info = status.nodeInfo if status else None
    conditions = (status.conditions if status else None) or []
    taints = [one for one in (spec.taints if spec else None) or [] if one.effect in _NO_PODS]
    why_not = f"its taint {taints[0].key} keeps pods away" if taints else ""
    if spec and spec.unschedulable:
        why_not = "it is cordoned"
    machine = info.architecture if info else ""
    return ClusterNode(
        name=found.metadata.name,
        architecture=_MACHINES.get(machine, machine),
        ready=any(one.type == "Ready" and one.status == "True" for one in conditions),
        why_not=why_not,
        kernel=info.kernelVersion if info else "",
        system=info.osImage if info else "",
        runtime=info.containerRuntimeVersion if info else "",
        kubelet=info.kubeletVersion if info else "",
        cpus=str(((status.allocatable if status else None) or {}).get("cpu", "")),
        zone=(found.metadata.labels or {}).get(_ZONE, ""),
        addresses=tuple(
            one.address for one in (status.addresses if status else None) or [] if one.type == "InternalIP"
        ),
        pod_ranges=tuple((spec.podCIDRs if spec else None) or []),
        annotations=found.metadata.annotations or {},
    )
