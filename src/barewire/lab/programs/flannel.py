"""Run flannel itself in a lab: etcd, flanneld on each node, then its CNI plugin for each pod.

flanneld is ready when it has written subnet.env, which its plugin reads, and has a route to each other node's subnet: it writes
the file before it looks at the others. Rules are there by then. With WireGuard one route leads to all nodes, and flanneld is
ready when the kernel takes packets for each: it refuses those for which it knows no peer.
"""

from __future__ import annotations

from collections.abc import Mapping

from barewire.lab.programs.cni import ChainRun
from barewire.lab.programs.node_daemons import EtcdServer
from barewire.lab.programs.system import SystemRun
from barewire.model.network import WIRE_DEV, Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks import etcd
from barewire.networks.network import Network
from barewire.networks.program import flannel
from barewire.networks.program.flannel import RealFlannel
from barewire.testbeds.testbed import LabNodes

SUBNET_FILE = "/run/flannel/subnet.env"

_AWAIT = """
file=$1; shift
until [ "$file" -nt "$started" ]; do waits; done
await_routes "$@"
"""
_AWAIT_PEERS = """
file=$1; shift
until [ "$file" -nt "$started" ]; do waits; done
await_peers "$@"
"""


class FlannelRun(SystemRun):
    """flannel at work in one lab; see `attached.ProgramRun`."""

    def __init__(self, network: Network, attach: RealFlannel, topology: Topology, nodes: LabNodes) -> None:
        self._attach, self._etcd = attach, EtcdServer(nodes, attach.name)
        super().__init__(network, topology, nodes, "flanneld", self._etcd)
        self._chain: ChainRun = ChainRun(network, attach, topology, nodes)

    def up(self) -> Mapping[Pod, tuple[IPAddress, ...]]:
        """Start etcd and a daemon on each node, wait for them, and have the plugin attach the pods."""
        self._etcd.start()
        self.configure(self._attach.backend)
        for view in self._views:
            self._etcd.put(*flannel.reservation(view))
        self.start()
        return self._chain.up()

    def configure(self, backend: str) -> None:
        """Write flannel's configuration into etcd; daemons read it when they start."""
        self._etcd.put(*flannel.configuration(self._views[0], backend))

    def start(self) -> None:
        """Start a daemon on each node and wait until all are ready; ProgramError with a daemon's log when one is not."""
        options = (f"-etcd-endpoints={etcd.url()}", f"-iface={WIRE_DEV}", f"-subnet-file={SUBNET_FILE}", "-ip-masq")
        for view in self._views:
            self._daemons.start(view.name, *options, environment=(("NODE_NAME", view.name),))
        for view in self._views:
            subnets = [peer.lease.family(4).subnet for peer in self._views if peer is not view]
            if self._attach.backend == "wireguard":
                script, words = _AWAIT_PEERS, tuple(str(one.network_address) for one in subnets)
            else:
                script, words = _AWAIT, tuple(map(str, subnets))
            what = f"{SUBNET_FILE}, and a way to each other node"
            self._daemons.await_ready(view.name, script, SUBNET_FILE, *words, what=what)

    def stop(self) -> None:
        """End the daemons (SIGTERM); what they made stays."""
        self._daemons.stop()
