"""A Kubernetes API server at work in a lab, beside its etcd; see `networks.api_server`."""

from __future__ import annotations

from collections.abc import Mapping

from barewire.lab.programs.node_daemons import EtcdServer, NodeDaemons
from barewire.networks import api_server, etcd
from barewire.testbeds.testbed import LabNodes

_FOLDER = "/run/kubernetes"

_AWAIT = f'until grep -q ":{api_server.API_PORT:04X} 00000000:0000 0A " /proc/net/tcp; do waits; done'
"""0A is LISTEN. The server listens once it can answer."""


class ApiServer:
    """etcd and an API server in its namespace, for `network`."""

    def __init__(self, nodes: LabNodes, network: str) -> None:
        self._nodes = nodes
        self._etcd = EtcdServer(nodes, network)
        self._daemon = NodeDaemons(nodes, api_server.API_SERVER)

    def start(self, objects: Mapping[str, str]) -> str:
        """Start both, the server with these objects by their keys; the path of a kubeconfig for it, once it listens."""
        self._etcd.start()
        for key, value in objects.items():
            self.put(key, value)
        node = self._nodes.node(etcd.ETCD)
        tokens = node.write_file("api/tokens.csv", api_server.TOKENS.encode())
        self._daemon.start(etcd.ETCD, *api_server.arguments(_FOLDER, tokens))
        self._daemon.await_ready(etcd.ETCD, _AWAIT, what=f"port {api_server.API_PORT}")
        return node.write_file("api/kubeconfig", api_server.kubeconfig().encode())

    def put(self, key: str, value: str) -> None:
        """Write one object into etcd, from where the server passes it on."""
        self._etcd.put(key, value)

    def stop(self) -> None:
        """End both, if they run."""
        self._daemon.stop()
        self._etcd.stop()
