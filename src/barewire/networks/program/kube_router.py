"""kube-router itself on each node, with a Kubernetes API server and etcd, where all of them are installed.

It runs as its manifest for kubeadm has it: router and firewall, no proxy. The API server learns of nodes, with their pod
subnets, and of pods, as from controllers and kubelets; kube-router writes the node's subnet into the CNI configuration of its
manifest, and by that the reference plugin `bridge` attaches the pods. It also has bridged packets pass iptables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from barewire.model.leases import NodeView
from barewire.model.objects import DesiredState
from barewire.networks import api_server, bridge_filter, etcd
from barewire.networks.chained import ChainAttach, plugin_folders
from barewire.networks.cni.chain import CniChain
from barewire.networks.part import Facts, known_options

DAEMON = "kube-router"

OPTIONS = (
    "--run-router=true",
    "--run-firewall=true",
    "--run-service-proxy=false",
    "--bgp-graceful-restart=true",
)
"""Those of its manifest for kubeadm."""

_CHAIN = {
    "cniVersion": "0.3.0",
    "name": "mynet",
    "plugins": [
        {
            "name": "kubernetes",
            "type": "bridge",
            "bridge": "kube-bridge",
            "isDefaultGateway": True,
            "ipam": {"type": "host-local"},
        }
    ],
}
"""The configuration list of that manifest; kube-router adds the node's subnet and the MTU."""


@dataclass(frozen=True)
class RealKubeRouter(ChainAttach):
    """`kube-router/real`."""

    name: ClassVar[str] = "kube-router/real"
    families: ClassVar[frozenset[int]] = frozenset({4})
    daemons: ClassVar[tuple[str, ...]] = (*etcd.PROGRAMS, api_server.API_SERVER, DAEMON)
    needs = frozenset({"link:bridge", "iptables:nat", "iptables:ct", "iptables:set", bridge_filter.NEED})

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ())
        return cls(DAEMON, CniChain("kubeadm-kuberouter.yaml", json.dumps(_CHAIN)), plugin_folders())

    @property
    def facts(self) -> Facts:
        return Facts("kube-router itself with an API server, no proxy", "nodes on one segment", "root on the node")

    def beside(self, views: Sequence[NodeView]) -> DesiredState:
        return etcd.namespace(views).merged(bridge_filter.unused(views))
