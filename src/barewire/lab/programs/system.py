"""What the runs of real systems share: pods that a chain of CNI plugins attaches, a daemon on each node, and their store."""

from __future__ import annotations

from barewire.lab.programs.api_server import ApiServer
from barewire.lab.programs.cni import ChainRun
from barewire.lab.programs.node_daemons import EtcdServer, NodeDaemons
from barewire.model.network import Topology
from barewire.networks.network import Network
from barewire.testbeds.testbed import LabNodes


class SystemRun:
    """A system at work in one lab; see `attached.ProgramRun`. `_chain` is there once its plugins may run."""

    def __init__(
        self, network: Network, topology: Topology, nodes: LabNodes, daemon: str, store: EtcdServer | ApiServer
    ) -> None:
        self._nodes = nodes
        self._views = [network.view(topology, node) for node in topology.nodes]
        self._daemons = NodeDaemons(nodes, daemon)
        self._store = store
        self._chain: ChainRun | None = None

    def down(self) -> None:
        """Detach the pods, then end all daemons."""
        try:
            if self._chain:
                self._chain.down()
        finally:
            try:
                self._daemons.stop()
            finally:
                self._store.stop()
