"""A Kubernetes API server in etcd's namespace of a lab, for real systems that know no other source of nodes and pods.

There is no scheduler, no controller and no kubelet: a lab writes the objects that they would make straight into etcd, in the
JSON that an API server reads there as well as its own encoding, and the server passes them on to those who watch. It makes
its own certificate, and the one token allows everything: nothing reaches it but the nodes of the lab.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import IPAddress
from barewire.networks import etcd

API_SERVER, API_PORT = "kube-apiserver", 6443

NAMESPACE = "default"
"""Of the pods."""

TOKENS = 'barewire,lab,lab,"system:masters"\n'
"""The token file: one token, who it stands for, and the group that Kubernetes calls its administrators."""

_TOKEN = "barewire"
_CREATED = "2020-01-01T00:00:00Z"


def arguments(folder: str, tokens: str) -> tuple[str, ...]:
    """The server's options; it makes its keys in `folder` and reads its tokens from the file `tokens`."""
    key = f"{folder}/apiserver.key"
    return (
        f"--etcd-servers={etcd.url()}",
        f"--bind-address={etcd.address()}",
        f"--secure-port={API_PORT}",
        f"--advertise-address={etcd.address()}",
        f"--cert-dir={folder}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=AlwaysAllow",
        "--service-cluster-ip-range=10.96.0.0/12",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
    )


def kubeconfig() -> str:
    """What a client of the server reads."""
    server = f"https://{etcd.address()}:{API_PORT}"
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "lab",
        "clusters": [{"name": "lab", "cluster": {"server": server, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "lab", "user": {"token": _TOKEN}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
    })  # fmt: skip


def node(view: NodeView) -> tuple[str, str]:
    """Key and value in etcd of a node that has its pod subnet."""
    subnets = [str(family.subnet) for family in view.lease.families]
    addresses = [{"type": "InternalIP", "address": str(family.address.ip)} for family in view.lease.families]
    return f"/registry/minions/{view.name}", _document(
        "Node",
        {"name": view.name},
        {"podCIDR": subnets[0], "podCIDRs": subnets},
        {"addresses": [*addresses, {"type": "Hostname", "address": view.name}]},
    )


def pod(view: NodeView, lease: PodLease, addresses: Sequence[IPAddress]) -> tuple[str, str]:
    """Key and value in etcd of a pod that runs on a node and has these addresses."""
    name, host = lease.pod.name, str(view.lease.families[0].address.ip)
    return f"/registry/pods/{NAMESPACE}/{name}", _document(
        "Pod",
        {"name": name, "namespace": NAMESPACE},
        {"nodeName": view.name, "containers": [{"name": "pod", "image": "pod"}]},
        {
            "phase": "Running",
            "hostIP": host,
            "podIP": str(addresses[0]),
            "podIPs": [{"ip": str(address)} for address in addresses],
        },
    )


def _document(kind: str, metadata: dict[str, str], spec: dict[str, Any], status: dict[str, Any]) -> str:
    named = {**metadata, "uid": str(uuid5(NAMESPACE_DNS, metadata["name"])), "creationTimestamp": _CREATED}
    return json.dumps({"kind": kind, "apiVersion": "v1", "metadata": named, "spec": spec, "status": status})
