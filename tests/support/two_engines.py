"""Two engines that know nothing of each other, as on two machines: `python -P two_engines.py NETWORK`, in a namespace of a VM.

Each has the namespaces of one node of a lab, joined by a veth pair that stands for their network cards, and a lab of that network
is applied to both as the testbed `ssh` does. Prints what a TCP connection between the pods carried, and what a second time
changes.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping

from barewire.kernel import syscalls
from barewire.kernel.engine import Applied, Engine
from barewire.kernel.machine import describe
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.wireguard import Owner
from barewire.lab.lab import desired_state
from barewire.model.network import Pod, Topology
from barewire.model.objects import DesiredState
from barewire.networks import catalogue
from barewire.testbeds.ssh.nodes import SshNodes
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed


class EngineMachine:
    """A machine of the testbed `ssh` without the connection: its part of a lab is an engine here."""

    init_pid = 1

    def __init__(self, name: str) -> None:
        self.name, self.namespaces = name, Namespaces()
        self.engine = Engine(self.namespaces)

    def apply(self, desired: DesiredState) -> Applied:
        return self.engine.converge(desired)

    def public_keys(self) -> Mapping[Owner, str]:
        return self.engine.wireguard.public_keys()

    def learn_keys(self, keys: Mapping[Owner, str]) -> None:
        self.engine.wireguard.learn(keys)

    def require_carrier(self) -> None:
        """A veth pair has it at once."""


def main() -> int:
    """Build, connect, build again."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", "/run", "tmpfs")  # for namespaces of the names that the lab has, too
    machines = [EngineMachine("n1"), EngineMachine("n2")]
    for machine in machines:
        machine.apply(DesiredState({machine.name: ()}))
    wire = "ip -n n1 link add eth0 type veth peer name eth0 netns n2"
    subprocess.run(wire.split(), check=True)
    for machine in machines:
        subprocess.run(["ip", "-n", machine.name, "link", "set", "eth0", "up"], check=True)
    nodes = SshNodes(machines)  # type: ignore[arg-type]
    network, topology = catalogue.network(catalogue.parse(sys.argv[1])), Topology.uniform(2, 1)
    underlay = SshTestbed(parse_targets(("a%eth0", "b%eth0"))).underlay
    wanted = desired_state(network, topology, describe().congestion_control, ipv6=True, joined_by=underlay)
    nodes.apply(wanted)
    address = str(network.pod_address(topology, Pod(2, 1), 4))
    with machines[1].namespaces.enter("n2-p1"):
        server = socket.create_server((address, 20999))
    server.settimeout(60)
    with machines[0].namespaces.enter("n1-p1"):
        client = socket.create_connection((address, 20999), 60)
    with server, client:
        client.sendall(b"sealed")
        peer, _ = server.accept()
        with peer:
            print(peer.recv(64).decode())
    print("unchanged" if nodes.apply(wanted).unchanged else "changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
