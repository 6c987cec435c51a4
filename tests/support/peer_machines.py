"""Two machines for studies of a peer: nodes of a lab, joined by a veth pair, a second one and a VXLAN device, with two pods each.

`barewire serve` and `barewire study` run in the lab as on two machines, so nothing of them outlives it. All but the first veth
pair is made by `ip`: the pods of `ptp`, routed over the first pair, and those of `vxlan`, routed over the VXLAN device.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from barewire.lab.lab import Lab, built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command, Finished
from tests.support.command import BAREWIRE, HURRIED_BAREWIRE

SECONDS = 240.0
HERE, THERE = "n1", "n2"
PORT = 19_999
VNI = 42
_PODS = {"ptp": ("10.98", 1500), "vxlan": ("10.97", 1450)}
"""The pods of a network: the first half of their addresses, and their MTU."""

PODS = {"ptp": "10.98.2.2%10.98.1.2", "vxlan": "10.97.2.2%10.97.1.2"}
"""The endpoints from pod to pod."""


@dataclass(frozen=True)
class PeerMachines:
    """The lab, whose second node serves, and its endpoints by name; `PODS` has more."""

    lab: Lab
    folder: Path
    endpoints: dict[str, str]

    @property
    def token(self) -> Path:
        return self.folder / "token"

    def run(self, namespace: str, *words: str) -> Finished:
        """What a program does on a node."""
        node = self.lab.nodes.node(namespace)
        return node.wait(node.spawn(Command(namespace, words)), SECONDS)

    def ip(self, namespace: str, *lines: str) -> None:
        for line in lines:
            done = self.run(namespace, *line.split())
            assert done.status == 0, (line, done.stderr)

    def study(self, *words: str, endpoints: str = "", port: int = PORT, before: tuple[str, ...] = ()) -> Finished:
        """`barewire study` on the first node, of all endpoints or those given, perhaps through a program that comes `before`."""
        return self.run(HERE, *before, *self.command(*words, endpoints=endpoints, port=port))

    def command(self, *words: str, endpoints: str = "", port: int = PORT) -> tuple[str, ...]:
        named = endpoints or ",".join(f"{name}={address}" for name, address in self.endpoints.items())
        peer = ("--peer", f"{self.endpoints['host']}:{port}", "--token-file", str(self.token))
        return (*HURRIED_BAREWIRE, "study", *peer, "--endpoints", named, *words)

    def serve(self, port: int = PORT, *before: str, ports: str = "20000-20999") -> int:
        """Start `barewire serve` on the second node, perhaps through a program that comes `before`; its number for `stop`."""
        node = self.lab.nodes.node(THERE)
        bound = (
            "--bind",
            self.endpoints["host"],
            "--port",
            str(port),
            "--token-file",
            str(self.token),
            "--ports",
            ports,
        )
        script = f"echo $$ > {self.pid_file(port)}; exec {shlex.join((*before, *BAREWIRE, 'serve', *bound))}"
        serving = node.spawn(Command(THERE, ("sh", "-c", script), listens=port))
        node.wait_listening(serving, SECONDS)
        return serving

    def pid_file(self, port: int = PORT) -> Path:
        """Where the process id of a `serve` is."""
        return self.folder / f"pid-{port}"

    def stop(self, serving: int) -> Finished:
        """End a `serve` by SIGTERM."""
        return self.lab.nodes.node(THERE).stop(serving)


def pod_of(node: str, network: str = "ptp") -> str:
    """The name of a pod's namespace."""
    return f"{node}-{network}"


@contextmanager
def peer_machines(folder: Path) -> Iterator[PeerMachines]:
    """The machines for the body of the `with`, without a server."""
    topology = Topology.uniform(2, 1)
    with built(catalogue.network(catalogue.parse("host")), topology, LocalTestbed()) as lab:
        ends = zip((HERE, THERE), topology.ends, strict=True)
        own = {name: str(lab.network.pod_address(topology, pod, 4)) for name, pod in ends}
        machines = PeerMachines(lab, folder, {"host": own[THERE], "other": "10.99.1.2", "overlay": "10.99.2.2"})
        machines.ip(HERE, "ip link add other type veth peer name other netns n2")
        for number, (name, peer) in enumerate(((HERE, THERE), (THERE, HERE)), start=1):
            machines.ip(
                name,
                f"ip addr add 10.99.1.{number}/24 dev other", "ip link set other up",
                f"ip link add vx0 type vxlan id {VNI} dstport 4789 local {own[name]} remote {own[peer]} dev eth0",
                f"ip addr add 10.99.2.{number}/24 dev vx0", "ip link set vx0 up",
                "sysctl -qw net.ipv4.ip_forward=1",
            )  # fmt: skip
            _add_pod(machines, name, number, "ptp", own[peer])
            _add_pod(machines, name, number, "vxlan", f"10.99.2.{3 - number}")
        yield machines


def _add_pod(machines: PeerMachines, node: str, number: int, network: str, next_hop: str) -> None:
    """A namespace, a veth pair and routes, and one to the other node's pod."""
    pod, (half, mtu), dev = pod_of(node, network), _PODS[network], f"veth-{network}"
    inside = f"ip netns exec {pod}"
    machines.ip(
        node,
        f"ip netns add {pod}",
        f"ip link add {dev} mtu {mtu} type veth peer name eth0 mtu {mtu} netns {pod}",
        f"ip addr add {half}.{number}.1/32 dev {dev}", f"ip link set {dev} up",
        f"{inside} ip addr add {half}.{number}.2/32 dev eth0", f"{inside} ip link set eth0 up",
        f"{inside} ip route add {half}.{number}.1 dev eth0",
        f"{inside} ip route add default via {half}.{number}.1",
        f"ip route add {half}.{number}.2 dev {dev}", f"ip route add {half}.{3 - number}.0/24 via {next_hop}",
    )  # fmt: skip
