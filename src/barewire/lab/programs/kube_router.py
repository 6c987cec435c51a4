"""Run kube-router itself in a lab: etcd, an API server, kube-router on each node, then the plugin `bridge` for each pod.

kube-router has started when the node's subnet is in the CNI configuration and the bridge is there. The API server learns of a
pod after the plugin's ADD, as by a kubelet: a pod is ready when the filter's rules name its address, and a node when it has
the routes to all others, which kube-router learns by BGP.

kube-router adds a line to a file of iproute2 in /etc, of which each node gets its own copy: the machine's stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from barewire.lab.programs.api_server import ApiServer
from barewire.lab.programs.cni import ChainRun
from barewire.lab.programs.node_daemons import run_command
from barewire.lab.programs.system import SystemRun
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks import api_server
from barewire.networks.cni.chain import CniChain
from barewire.networks.network import Network
from barewire.networks.program import kube_router
from barewire.networks.program.kube_router import RealKubeRouter
from barewire.testbeds.testbed import LabNodes

CONFIGURATION = "/run/kube-router/10-kuberouter.conflist"

_PREPARE = """
set -e
mkdir -p "${1%/*}"
printf %s "$2" >"$1"
cp /etc/iproute2/rt_tables /run/rt_tables
mount --bind /run/rt_tables /etc/iproute2/rt_tables
"""
_AWAIT_START = """
until grep -q '"subnet"' "$1"; do waits; done
until [ "$(ip link show dev kube-bridge up 2>/dev/null)" ]; do waits; done
"""
_AWAIT_PODS = """
while [ "$1" != -- ]; do until iptables -w -S KUBE-ROUTER-FORWARD | grep -qF -e "-s $1/32"; do waits; done; shift; done; shift
await_routes "$@"
"""


class KubeRouterRun(SystemRun):
    """kube-router at work in one lab; see `attached.ProgramRun`."""

    def __init__(self, network: Network, attach: RealKubeRouter, topology: Topology, nodes: LabNodes) -> None:
        self._network, self._attach, self._topology = network, attach, topology
        self._server = ApiServer(nodes, attach.name)
        super().__init__(network, topology, nodes, kube_router.DAEMON, self._server)

    def up(self) -> Mapping[Pod, tuple[IPAddress, ...]]:
        """Start all of it, have the plugin attach the pods, and wait until kube-router has done its part for all."""
        kubeconfig = self._server.start(dict(api_server.node(view) for view in self._views))
        for view in self._views:
            self._run(view.name, "sh", "-c", _PREPARE, "sh", CONFIGURATION, self._attach.chain.text)
            environment = (("NODE_NAME", view.name), ("KUBE_ROUTER_CNI_CONF_FILE", CONFIGURATION))
            self._daemons.start(view.name, *kube_router.OPTIONS, f"--kubeconfig={kubeconfig}", environment=environment)
        chains = {}
        for view in self._views:
            what = f"the node's subnet in {CONFIGURATION}, and kube-bridge"
            self._daemons.await_ready(view.name, _AWAIT_START, CONFIGURATION, what=what)
            chains[view.name] = CniChain(CONFIGURATION, self._run(view.name, "cat", CONFIGURATION))
        self._chain = ChainRun(self._network, self._attach, self._topology, self._nodes, chains=chains)
        found = self._chain.up()
        for view in self._views:
            for pod in view.pods:
                self._server.put(*api_server.pod(view, pod, found[pod.pod]))
        for view in self._views:
            addresses = (str(found[pod.pod][0]) for pod in view.pods)
            subnets = (str(peer.lease.family(4).subnet) for peer in self._views if peer is not view)
            what = "rules for each pod, and a route to each other node"
            self._daemons.await_ready(view.name, _AWAIT_PODS, *addresses, "--", *subnets, what=what)
        return found

    def _run(self, namespace: str, *argv: str) -> str:
        return run_command(self._nodes, self._attach.name, namespace, *argv, on_node=True)
