"""flannel itself: its daemon on each node, its CNI plugin for the pods, and etcd, where all of them are installed.

The daemons get the options of kube-flannel.yml (`-ip-masq`), the plugins its configuration, and etcd the lab's pod network. What
Kubernetes does in a cluster is done by etcd: it keeps the configuration and the leases. Each node's subnet is reserved, so that
pods have the addresses that they have with barewire's own networks. flanneld refuses a kernel without br_netfilter and does not
use it: bridged packets skip iptables, as in every lab.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.leases import NodeView
from barewire.model.objects import DesiredState
from barewire.networks import bridge_filter, etcd
from barewire.networks.chained import ChainAttach, plugin_folders
from barewire.networks.cni.chain import CniChain
from barewire.networks.part import Facts, known_options

BACKENDS: Mapping[str, frozenset[str]] = {
    "vxlan": frozenset({"link:vxlan"}),
    "host-gw": frozenset(),
    "ipip": frozenset({"link:ipip"}),
    "wireguard": frozenset({"link:wireguard"}),
}
"""flannel's backends that need no cloud, and what the kernel must have for each."""

PREFIX = "/coreos.com/network"
"""The folder of flannel's keys, by its default."""

_CHAIN = {
    "name": "cbr0",
    "cniVersion": "0.3.1",
    "plugins": [
        {"type": "flannel", "delegate": {"hairpinMode": True, "isDefaultGateway": True}},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}
"""The configuration list of kube-flannel.yml."""


@dataclass(frozen=True)
class RealFlannel(ChainAttach):
    """`flannel/real`, with flannel's default backend or another one: `flannel/real:backend=host-gw`."""

    name: ClassVar[str] = "flannel/real"
    families: ClassVar[frozenset[int]] = frozenset({4})
    daemons: ClassVar[tuple[str, ...]] = (*etcd.PROGRAMS, "flanneld")
    backend: str

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("backend",))
        backend = options.get("backend", "vxlan")
        if backend not in BACKENDS:
            raise NetworkError(
                f"{cls.name} has no backend {backend!r}",
                remedy=f"Use one of {', '.join(BACKENDS)}: {cls.name}:backend=vxlan",
            )
        return cls("flanneld", CniChain("kube-flannel.yml", json.dumps(_CHAIN)), plugin_folders(), backend)

    @property
    def programs(self) -> tuple[str, ...]:
        return (*super().programs, "bridge", "host-local")

    @property
    def needs(self) -> frozenset[str]:  # type: ignore[override]
        return BACKENDS[self.backend] | {"link:bridge", "iptables:nat", "iptables:ct", bridge_filter.NEED}

    @property
    def joins_segments(self) -> bool:
        return self.backend != "host-gw"

    @property
    def facts(self) -> Facts:
        l2 = "nothing: nodes may be routed to each other" if self.joins_segments else "nodes on one segment"
        return Facts(f"flannel itself with etcd, backend {self.backend}", l2, "root on the node")

    @property
    def content(self) -> str:
        return json.dumps({"backend": self.backend, **_CHAIN})

    def beside(self, views: Sequence[NodeView]) -> DesiredState:
        return etcd.namespace(views).merged(bridge_filter.unused(views))


def configuration(view: NodeView, backend: str) -> tuple[str, str]:
    """Key and value of flannel's configuration in etcd."""
    pods, subnet = view.lease.family(4).pods, view.lease.family(4).subnet
    value = {"Network": str(pods), "SubnetLen": subnet.prefixlen, "Backend": {"Type": backend}}
    return f"{PREFIX}/config", json.dumps(value)


def reservation(view: NodeView) -> tuple[str, str]:
    """Key and value that keep a node's subnet for it: a lease of its address that does not end."""
    family = view.lease.family(4)
    subnet = f"{family.subnet.network_address}-{family.subnet.prefixlen}"
    return f"{PREFIX}/subnets/{subnet}", json.dumps({"PublicIP": str(family.address.ip), "PublicIPv6": None})
