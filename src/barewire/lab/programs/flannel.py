"""Run flannel itself in a lab: etcd, flanneld on each node, then its CNI plugin for each pod.

flanneld is ready when it has written subnet.env, which its plugin reads, and has a route to each other node's subnet: it writes
the file before it looks at the others. Rules are there by then.

flanneld refuses a kernel without br_netfilter. That module has a hook in the path through every bridge, so a guest, which is
ours, gets it for as long as the lab is there; on a machine of others it must be there. As in every lab, bridged packets skip
iptables.
"""

from __future__ import annotations

from collections.abc import Mapping

from barewire.kernel.features import Feature
from barewire.lab.programs.cni import ChainRun
from barewire.lab.programs.node_daemons import EtcdServer, NodeDaemons, run_command
from barewire.model.network import WIRE_DEV, Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks import etcd
from barewire.networks.network import Network
from barewire.networks.program import flannel
from barewire.networks.program.flannel import RealFlannel
from barewire.testbeds.testbed import LabNodes

SUBNET_FILE = "/run/flannel/subnet.env"

BRIDGE_SETTING = "net.bridge.bridge-nf-call-iptables"

_AWAIT = """
file=$1; shift
until [ "$file" -nt "$started" ]; do waits; done
for subnet; do until [ "$(ip -4 route show "$subnet")" ]; do waits; done; done
"""

_BRIDGED = "for file in /proc/sys/net/bridge/bridge-nf-call-*tables; do echo 0 >$file; done"


class FlannelRun:
    """flannel at work in one lab; see `attached.ProgramRun`."""

    def __init__(self, network: Network, attach: RealFlannel, topology: Topology, nodes: LabNodes) -> None:
        self._attach, self._nodes = attach, nodes
        self._views = [network.view(topology, node) for node in topology.nodes]
        self._chain = ChainRun(network, attach, topology, nodes)
        self._etcd = EtcdServer(nodes, attach.name)
        self._daemons = NodeDaemons(nodes, "flanneld")
        self._in_guest = bool(nodes.node(self._views[0].name).machine().vm)

    def up(self) -> Mapping[Pod, tuple[IPAddress, ...]]:
        """Start etcd and a daemon on each node, wait for them, and have the plugin attach the pods."""
        if self._in_guest:
            self._run(self._views[0].name, "modprobe", "br_netfilter")
            for name in (etcd.ETCD, *(view.name for view in self._views)):
                self._run(name, "sh", "-c", _BRIDGED)
        self._etcd.start()
        self.configure(self._attach.backend)
        for view in self._views:
            self._etcd.put(*flannel.reservation(view))
        self.start()
        return self._chain.up()

    def down(self) -> None:
        """Detach the pods, then end all daemons."""
        try:
            self._chain.down()
        finally:
            self.stop()
            self._etcd.stop()
            if self._in_guest:
                self._run(self._views[0].name, "modprobe", "-r", "br_netfilter")

    def configure(self, backend: str) -> None:
        """Write flannel's configuration into etcd; daemons read it when they start."""
        self._etcd.put(*flannel.configuration(self._views[0], backend))

    def start(self) -> None:
        """Start a daemon on each node and wait until all are ready; ProgramError with a daemon's log when one is not."""
        options = (f"-etcd-endpoints={etcd.url()}", f"-iface={WIRE_DEV}", f"-subnet-file={SUBNET_FILE}", "-ip-masq")
        for view in self._views:
            self._daemons.start(view.name, *options, environment=(("NODE_NAME", view.name),))
        for view in self._views:
            subnets = (str(peer.lease.family(4).subnet) for peer in self._views if peer is not view)
            what = f"{SUBNET_FILE}, and a route to each other node"
            self._daemons.await_ready(view.name, _AWAIT, SUBNET_FILE, *subnets, what=what)

    def stop(self) -> None:
        """End the daemons (SIGTERM); what they made stays."""
        self._daemons.stop()

    def _run(self, namespace: str, *argv: str) -> None:
        run_command(self._nodes, self._attach.name, namespace, *argv)


def lacking_module(nodes: LabNodes) -> Feature | None:
    """br_netfilter where it cannot be loaded and is not there."""
    if nodes.node("n1").machine().vm:
        return None
    found = nodes.probe((f"sysctl:{BRIDGE_SETTING}=0",))[f"sysctl:{BRIDGE_SETTING}=0"]
    if found.available:
        return None
    reason = f"flanneld wants the module br_netfilter: {found.reason}"
    return Feature("module:br_netfilter", False, reason, "Load it (sudo modprobe br_netfilter), or use --kernel")
