"""Run Calico itself in a lab: etcd, Felix on each node, its CNI plugin for each pod, then wait until Felix knows the pods.

Felix has started when it has written the pods' MTU, which the plugin reads. It learns of a pod after the plugin's ADD: the pod is
ready when Felix reports its interface, whose rules are there by then, and a node when it has a route to each other node's block,
which is that node's from its first pod on. With WireGuard that route leads to its interface once the other node has published
its key.
"""

from __future__ import annotations

from collections.abc import Mapping

from barewire.lab.programs.cni import ChainRun
from barewire.lab.programs.node_daemons import EtcdServer, run_command
from barewire.lab.programs.system import SystemRun
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks.cni.execution import INTERFACE
from barewire.networks.network import Network
from barewire.networks.program import calico
from barewire.networks.program.calico import RealCalico
from barewire.testbeds.testbed import LabNodes

_MTU_FILE = "/var/lib/calico/mtu"
_STATUS = "/run/calico/endpoint-status"

_AWAIT_START = 'until [ "$1" -nt "$started" ]; do waits; done'
_AWAIT_PODS = """
while [ "$1" != -- ]; do until [ -s "$1" ]; do waits; done; shift; done; shift
await_routes "$@"
"""
_AWAIT_PEERS = f"""
while [ "$1" != -- ]; do until [ -s "$1" ]; do waits; done; shift; done; shift
await_ways {calico.WIREGUARD_DEV} "$@"
await_peers "$@"
"""


class CalicoRun(SystemRun):
    """Calico at work in one lab; see `attached.ProgramRun`."""

    def __init__(self, network: Network, attach: RealCalico, topology: Topology, nodes: LabNodes) -> None:
        self._attach, self._etcd = attach, EtcdServer(nodes, attach.name)
        super().__init__(network, topology, nodes, calico.FELIX, self._etcd)
        arguments = {pod.pod: calico.wanted_address(pod) for view in self._views for pod in view.pods}
        self._chain: ChainRun = ChainRun(network, attach, topology, nodes, arguments)

    def up(self) -> Mapping[Pod, tuple[IPAddress, ...]]:
        """Start etcd and Felix on each node, have the plugin attach the pods, and wait until Felix has done its part for all."""
        mode = self._attach.mode
        self._etcd.start()
        for key, value in calico.cluster(self._views[0], mode).items():
            self._etcd.put(key, value)
        for view in self._views:
            self._etcd.put(*calico.member(view, mode))
        for view in self._views:
            run_command(self._nodes, self._attach.name, view.name, *calico.HINT)
            self._daemons.start(view.name, environment=calico.environment(view))
        for view in self._views:
            self._daemons.await_ready(view.name, _AWAIT_START, _MTU_FILE, what=_MTU_FILE)
        found = self._chain.up()
        for view in self._views:
            files = (f"{_STATUS}/{calico.status_file(pod, INTERFACE)}" for pod in view.pods)
            blocks = [peer.lease.family(4).subnet for peer in self._views if peer is not view and peer.pods]
            if mode == "wireguard":
                script, ways = _AWAIT_PEERS, [str(one.network_address) for one in blocks]
            else:
                script, ways = _AWAIT_PODS, [str(one) for one in blocks]
            what = f"a file for each pod in {_STATUS}, and a route to each other node"
            self._daemons.await_ready(view.name, script, *files, "--", *ways, what=what)
        return found
