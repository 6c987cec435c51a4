"""Run flannel itself in a lab: etcd, flanneld on each node, then its CNI plugin for each pod.

flanneld is ready when it has written subnet.env, which its plugin reads, and has a route to each other node's subnet: it writes
the file before it looks at the others. Rules are there by then.

flanneld refuses a kernel without br_netfilter. That module has a hook in the path through every bridge, so a guest, which is
ours, gets it for as long as the lab is there; on a machine of others it must be there. As in every lab, bridged packets skip
iptables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from barewire.errors import BarewireError, LoadError, ProgramError
from barewire.kernel.features import Feature
from barewire.lab.programs.cni import ChainRun
from barewire.model.leases import NodeView
from barewire.model.network import WIRE_DEV, Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks.network import Network
from barewire.networks.program import flannel
from barewire.networks.program.flannel import RealFlannel
from barewire.testbeds.testbed import Command, LabNodes

READY_SECONDS = 60.0
SUBNET_FILE = "/run/flannel/subnet.env"

BRIDGE_SETTING = "net.bridge.bridge-nf-call-iptables"

_DAEMON = """
echo $$ >"$1"; shift
exec "$@"
"""
_AWAIT = """
started=$1 file=$2; shift 2
until [ -s "$started" ]; do sleep 0.01; done
read -r pid <"$started"
waits() { if [ -d "/proc/$pid" ] && ! [ -e "/proc/$pid/exe" ]; then exit 1; fi; sleep 0.05; }
until [ "$file" -nt "$started" ]; do waits; done
for subnet; do until [ "$(ip -4 route show "$subnet")" ]; do waits; done; done
"""
"""`started` has the process of this start: one before it may have left the other file. A process that has ended, and has not been
waited for, has a folder in /proc and no program."""

_BRIDGED = "for file in /proc/sys/net/bridge/bridge-nf-call-*tables; do echo 0 >$file; done"
_SHOWN = 1500


class FlannelRun:
    """flannel at work in one lab; see `attached.ProgramRun`."""

    def __init__(self, network: Network, attach: RealFlannel, topology: Topology, nodes: LabNodes) -> None:
        self._attach, self._nodes = attach, nodes
        self._views = [network.view(topology, node) for node in topology.nodes]
        self._chain = ChainRun(network, attach, topology, nodes)
        self._etcd: int | None = None
        self._daemons: dict[str, int] = {}
        self._starts = 0
        self._in_guest = bool(nodes.node(self._views[0].name).machine().vm)

    def up(self) -> Mapping[Pod, tuple[IPAddress, ...]]:
        """Start etcd and a daemon on each node, wait for them, and have the plugin attach the pods."""
        if self._in_guest:
            self._run(self._views[0].name, "modprobe", "br_netfilter")
            for name in (flannel.ETCD, *(view.name for view in self._views)):
                self._run(name, "sh", "-c", _BRIDGED)
        self._start_etcd()
        self.configure(self._attach.backend)
        for view in self._views:
            self._put(*flannel.reservation(view))
        self.start()
        return self._chain.up()

    def down(self) -> None:
        """Detach the pods, then end all daemons."""
        try:
            self._chain.down()
        finally:
            self.stop()
            if self._etcd is not None:
                self._nodes.node(flannel.ETCD).stop(self._etcd)
                self._etcd = None
            if self._in_guest:
                self._run(self._views[0].name, "modprobe", "-r", "br_netfilter")

    def configure(self, backend: str) -> None:
        """Write flannel's configuration into etcd; daemons read it when they start."""
        self._put(*flannel.configuration(self._views[0], backend))

    def start(self) -> None:
        """Start a daemon on each node and wait until all are ready; ProgramError with a daemon's log when one is not."""
        self._starts += 1
        for view in self._views:
            self._daemons[view.name] = self._start(view)
        for view in self._views:
            self._await(view, [peer for peer in self._views if peer is not view])

    def stop(self) -> None:
        """End the daemons (SIGTERM); what they made stays."""
        for name, process in self._daemons.items():
            self._nodes.node(name).stop(process)
        self._daemons.clear()

    @property
    def _started(self) -> str:
        return f"/run/flanneld.{self._starts}.pid"

    def _start_etcd(self) -> None:
        node, address = self._nodes.node(flannel.ETCD), flannel.etcd_address()
        url = f"http://{address}:{flannel.ETCD_PORT}"
        argv = ("etcd", "--data-dir", "/run/barewire/etcd", "--listen-client-urls", url, "--advertise-client-urls", url)
        # etcd 3.4 refuses what it does not know in variables of its name.
        self._etcd = node.spawn(Command(flannel.ETCD, argv, listens=flannel.ETCD_PORT))
        node.wait_listening(self._etcd, READY_SECONDS)

    def _put(self, key: str, value: str) -> None:
        endpoint = f"{flannel.etcd_address()}:{flannel.ETCD_PORT}"
        self._run(flannel.ETCD, "etcdctl", "--endpoints", endpoint, "put", key, value)

    def _run(self, namespace: str, *argv: str) -> None:
        node = self._nodes.node(namespace)
        command = Command(namespace, argv, environment=(("ETCDCTL_API", "3"),))
        done = node.wait(node.spawn(command), READY_SECONDS)
        if done.status:
            said = " ".join((done.stdout + done.stderr).split())
            raise ProgramError(
                f"{argv[0]} failed for {self._attach.name}", where=namespace, said=f"{' '.join(argv)}: {said}"
            )

    def _start(self, view: NodeView) -> int:
        node = self._nodes.node(view.name)
        options = (
            f"-etcd-endpoints=http://{flannel.etcd_address()}:{flannel.ETCD_PORT}",
            f"-iface={WIRE_DEV}",
            f"-subnet-file={SUBNET_FILE}",
            "-ip-masq",
        )
        argv = ("sh", "-c", _DAEMON, "sh", self._started, node.program("flanneld"), *options)
        environment = (("NODE_NAME", view.name),)
        return node.spawn(Command(view.name, argv, environment=environment, on_node=True))

    def _await(self, view: NodeView, peers: Sequence[NodeView]) -> None:
        node = self._nodes.node(view.name)
        subnets = (str(peer.lease.family(4).subnet) for peer in peers)
        script = Command(view.name, ("sh", "-c", _AWAIT, "sh", self._started, SUBNET_FILE, *subnets), on_node=True)
        what = "flanneld ended before it was ready"
        try:
            if node.wait(node.spawn(script), READY_SECONDS).status == 0:
                return
        except LoadError:
            what = f"flanneld was not ready after {READY_SECONDS:g} s ({SUBNET_FILE}, and a route to each other node)"
        said = ""
        with suppress(BarewireError):
            done = node.stop(self._daemons.pop(view.name))
            said = " ".join((done.stdout + done.stderr).split())[-_SHOWN:]
        raise ProgramError(what, where=view.name, said=f"its log: {said or 'empty'}")


def lacking_module(nodes: LabNodes) -> Feature | None:
    """br_netfilter where it cannot be loaded and is not there."""
    if nodes.node("n1").machine().vm:
        return None
    found = nodes.probe((f"sysctl:{BRIDGE_SETTING}=0",))[f"sysctl:{BRIDGE_SETTING}=0"]
    if found.available:
        return None
    reason = f"flanneld wants the module br_netfilter: {found.reason}"
    return Feature("module:br_netfilter", False, reason, "Load it (sudo modprobe br_netfilter), or use --kernel")
