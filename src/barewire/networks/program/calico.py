"""Calico itself: its agent (Felix) on each node, its CNI plugin for the pods, and etcd, where all of them are installed.

etcd takes the place of Kubernetes, as in Calico's manifest for etcd: it has the pool of addresses, the nodes, and the profile
of a pod in Kubernetes' namespace `default`, which allows everything. Each node's block of addresses is its pod subnet, and pods
ask for the addresses that they have with barewire's own networks. Felix also makes the routes between nodes
(`ProgramClusterRoutes`), which without that setting are made by Calico's own fork of BIRD: the same routes, with another mark.
With WireGuard Felix makes none in the main table, where BIRD has those to nodes that have published no key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from uuid import NAMESPACE_OID, uuid5

from barewire.errors import NetworkError
from barewire.model.leases import NodeView, PodLease
from barewire.model.objects import DesiredState
from barewire.networks import etcd
from barewire.networks.chained import ChainAttach, plugin_folders
from barewire.networks.cni.chain import CniChain
from barewire.networks.part import Facts, known_options

MODES: Mapping[str, frozenset[str]] = {
    "ipip": frozenset({"link:ipip"}),
    "vxlan": frozenset({"link:vxlan"}),
    "bgp": frozenset(),
    "wireguard": frozenset({"link:wireguard"}),
}
"""Ways between nodes, and what the kernel must have for each. `bgp` is a pool without encapsulation, named as in the presets, and
`wireguard` the same with the setting by which Felix encrypts what pods send to other nodes."""

FELIX = "calico-felix"

HINT = ("iptables-nft", "-t", "mangle", "-N", "KUBE-IPTABLES-HINT")
"""What kubelet does on a node whose iptables is nft's. Felix looks for that chain to know which iptables to use; where there is
none, it has the tables of the other one listed, by which they exist from then on and take each packet's time."""

WIREGUARD_DEV = "wireguard.cali"
"""Felix's interface, with mode `wireguard`."""

PROFILE = "kns.default"
"""Of pods. The plugin gives a pod the profile that is called like the CNI network, so that has this name."""

_CREATED = "2020-01-01T00:00:00Z"
_RESOURCES = "/calico/resources/v3/projectcalico.org"
_CHAIN = {
    "name": PROFILE,
    "cniVersion": "1.0.0",
    "plugins": [
        {
            "type": "calico",
            "log_level": "error",
            "datastore_type": "etcdv3",
            "etcd_endpoints": etcd.url(),
            "nodename": "${NODE_NAME}",
            "nodename_file_optional": True,
            "mtu": 0,
            "ipam": {"type": "calico-ipam"},
        },
        {"type": "portmap", "snat": True, "capabilities": {"portMappings": True}},
    ],
}
"""As in Calico's manifest for etcd; an MTU of 0 is the one that Felix finds."""


@dataclass(frozen=True)
class RealCalico(ChainAttach):
    """`calico/real`, with IP in IP as Calico's manifest has it, or another way: `calico/real:mode=vxlan`."""

    name: ClassVar[str] = "calico/real"
    families: ClassVar[frozenset[int]] = frozenset({4})
    daemons: ClassVar[tuple[str, ...]] = (*etcd.PROGRAMS, FELIX)
    mode: str

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("mode",))
        mode = options.get("mode", "ipip")
        if mode not in MODES:
            raise NetworkError(
                f"{cls.name} has no mode {mode!r}",
                remedy=f"Use one of {', '.join(MODES)}: {cls.name}:mode=vxlan",
            )
        return cls(FELIX, CniChain("calico-etcd.yaml", json.dumps(_CHAIN)), plugin_folders(), mode)

    @property
    def needs(self) -> frozenset[str]:  # type: ignore[override]
        return MODES[self.mode] | {"iptables:nat", "iptables:ct", "iptables:set", "iptables:rpfilter"}

    @property
    def joins_segments(self) -> bool:
        return self.mode != "bgp"

    @property
    def facts(self) -> Facts:
        l2 = "nothing: nodes may be routed to each other" if self.joins_segments else "nodes on one segment"
        return Facts(f"Calico itself with etcd, mode {self.mode}", l2, "root on the node")

    @property
    def content(self) -> str:
        return json.dumps({"mode": self.mode, **_CHAIN})

    def beside(self, views: Sequence[NodeView]) -> DesiredState:
        return etcd.namespace(views)


def cluster(view: NodeView, mode: str) -> dict[str, str]:
    """What etcd holds for the whole cluster, by key: that it is ready, the pool, the pods' profile."""
    family = view.lease.family(4)
    pool = {
        "cidr": str(family.pods),
        "blockSize": family.subnet.prefixlen,
        "ipipMode": "Always" if mode == "ipip" else "Never",
        "vxlanMode": "Always" if mode == "vxlan" else "Never",
        "natOutgoing": True,
        "nodeSelector": "all()",
        "allowedUses": ["Workload", "Tunnel"],
    }
    allow = [{"action": "Allow"}]
    found = [
        _resource("ClusterInformation", "clusterinformations", "default", {"datastoreReady": True}),
        _resource("IPPool", "ippools", "default-ipv4-ippool", pool),
        _resource("Profile", "profiles", PROFILE, {"ingress": allow, "egress": allow}),
    ]
    if mode == "wireguard":
        found.append(_resource("FelixConfiguration", "felixconfigurations", "default", {"wireguardEnabled": True}))
    return dict(found)


def member(view: NodeView, mode: str) -> tuple[str, str]:
    """Key and value of a node: its address, and that of its tunnel, which is the first of its block."""
    family = view.lease.family(4)
    address, tunnel = str(family.address), str(family.subnet.network_address)
    found: dict[str, Any] = {
        "bgp": {"ipv4Address": address},
        "addresses": [{"address": address, "type": "CalicoNodeIP"}],
    }
    if mode == "ipip":
        found["bgp"]["ipv4IPIPTunnelAddr"] = tunnel
    if mode == "vxlan":
        found["ipv4VXLANTunnelAddr"] = tunnel
    if mode == "wireguard":
        found["wireguard"] = {"interfaceIPv4Address": tunnel}
    return _resource("Node", "nodes", view.name, found)


def environment(view: NodeView) -> tuple[tuple[str, str], ...]:
    """Felix's settings on a node: those of Calico's manifest, and where its datastore is."""
    return (
        ("DATASTORE_TYPE", "etcdv3"),
        ("ETCD_ENDPOINTS", etcd.url()),
        ("FELIX_DATASTORETYPE", "etcdv3"),
        ("FELIX_ETCDENDPOINTS", etcd.url()),
        ("FELIX_FELIXHOSTNAME", view.name),
        ("FELIX_DEFAULTENDPOINTTOHOSTACTION", "ACCEPT"),
        ("FELIX_IPV6SUPPORT", "false"),
        ("FELIX_PROGRAMCLUSTERROUTES", "Enabled"),
        ("FELIX_USAGEREPORTINGENABLED", "false"),
        ("FELIX_LOGFILEPATH", "none"),
        ("FELIX_LOGSEVERITYSYS", "none"),
        ("FELIX_LOGSEVERITYSCREEN", "WARNING"),
        # A build without libbpf cannot look for what the BPF data plane may have left.
        ("FELIX_DebugSkipCTLBCleanup", "true"),
    )


def wanted_address(pod: PodLease) -> str:
    """CNI_ARGS that ask Calico's IPAM plugin for the pod's address in a lab."""
    return f"IgnoreUnknown=1;IP={pod.addresses[0].ip}"


def status_file(pod: PodLease, endpoint: str) -> str:
    """What Felix calls the file in which it reports that a pod's interface `endpoint` has its rules."""
    return f"cni default%2F{pod.pod.name} {endpoint}"


def _resource(kind: str, folder: str, name: str, spec: Mapping[str, Any]) -> tuple[str, str]:
    # Felix publishes its key in the node's entry, and Calico's client changes no entry without a UID and a time.
    metadata = {"name": name, "uid": str(uuid5(NAMESPACE_OID, f"{folder}/{name}")), "creationTimestamp": _CREATED}
    value = {"kind": kind, "apiVersion": "projectcalico.org/v3", "metadata": metadata, "spec": spec}
    return f"{_RESOURCES}/{folder}/{name}", json.dumps(value)
