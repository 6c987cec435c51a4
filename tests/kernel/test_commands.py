"""The commands that barewire shows are real: typed by a shell, they build networks that packets cross."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from barewire.kernel.machine import congestion_control
from barewire.lab.lab import desired_state
from barewire.model.addresses import AddressPlan
from barewire.model.commands import script
from barewire.model.network import Pod, Topology
from barewire.model.objects import DesiredState
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command, LabNodes

NAMES = [spec.name for spec in catalogue.presets()] + ["ptp+vxlan:vni=42:port=4789", "ptp+nat", "ptp+vpc"]

SERVER = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
print("listening", flush=True)
end, peer = listener.accept()
end.sendall(peer[0].encode())
"""
CLIENT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as end:
    print(end.makefile().read())
"""
ASK = """
set -e
mkfifo /run/ready
ip netns exec "$1" "$PYTHON" -c "$SERVER" "$2" "$3" >/run/ready &
read -r line </run/ready
rm /run/ready
ip netns exec "$4" "$PYTHON" -c "$CLIENT" "$5" "$6"
"""


def shell(nodes: LabNodes, text: str, *arguments: str) -> str:
    """Run `text` in the lab as a person with a root shell would."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # some commands are barewire's own
    environment = (f"PATH={path}", f"PYTHON={sys.executable}", f"SERVER={SERVER}", f"CLIENT={CLIENT}")
    command = Command("person", ("env", *environment, "sh", "-ec", text, "sh", *arguments))
    done = nodes.node(command.namespace).wait(nodes.node(command.namespace).spawn(command), 30)
    assert done.status == 0, done.stderr
    return done.stdout


@pytest.mark.kernel
@pytest.mark.skipif(not shutil.which("sysctl"), reason="a person would need sysctl (apt-get install procps)")
@pytest.mark.parametrize("name", NAMES)
def test_what_a_dry_run_prints_builds_the_network(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    topology = Topology.uniform(2, 2, addresses=AddressPlan(tuple(sorted(network.families))))
    client, server = Pod(1, 1), Pod(2, 2)
    with LocalTestbed().open() as nodes:
        nodes.apply(DesiredState({"person": ()}))
        lacking = [
            feature
            for feature in nodes.probe(network.needs(topology.addresses.families)).values()
            if not feature.available
        ]
        if lacking:
            pytest.skip(lacking[0].reason)
        if "iptables:set" in network.needs(topology.addresses.families) and not shutil.which("ipset"):
            pytest.skip("a person would need ipset (apt-get install ipset)")
        shell(nodes, script(desired_state(network, topology, congestion_control(), ipv6=True)))
        for family in topology.addresses.families:
            port = topology.ports(server)[0]
            target = network.target(topology, server, port, family)
            listen = network.pod_address(topology, server, family)
            where = (network.pod_namespace(server), str(listen), str(port), network.pod_namespace(client))
            seen = shell(nodes, ASK, *where, str(target.address), str(target.port)).strip()
            expected = network.wire(topology, client, server, family)
            assert seen == str(expected.inner_source or expected.source)
