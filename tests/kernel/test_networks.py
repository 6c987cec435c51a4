"""Networks on a real kernel: what the proof does not ask, because it looks at the wire: pods of one node."""

from __future__ import annotations

import sys
from ipaddress import ip_address

import pytest

from barewire.lab.lab import Lab, built, missing
from barewire.model.addresses import AddressPlan
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks import catalogue
from barewire.places.local import LocalPlace
from barewire.places.place import Command

pytestmark = pytest.mark.kernel

TOPOLOGY = Topology.of(2, 2, addresses=AddressPlan((4, 6)))
ONE, OTHER = Pod(1, 1), Pod(1, 2)
SERVER = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
end, peer = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family).accept()
end.sendall(peer[0].encode())
"""
CLIENT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as end:
    print(end.makefile().read())
"""


def asked(lab: Lab, client: Pod, server: Pod, address: IPAddress) -> IPAddress:
    """Which address a server sees when a client connects to `address` at the server's first port."""
    port = lab.topology.ports(server)[0]
    listen = lab.network.pod_address(lab.topology, server, 4 if address.version == 4 else 6)
    there, here = lab.namespace(server), lab.namespace(client)
    serve = Command(there, (sys.executable, "-c", SERVER, str(listen), str(port)), listens=port)
    serving = lab.sandbox.spawn(serve)
    lab.sandbox.wait_listening(serving, 20)
    asking = lab.sandbox.spawn(Command(here, (sys.executable, "-c", CLIENT, str(address), str(port))))
    done = lab.sandbox.wait(asking, 20)
    lab.sandbox.stop(serving)
    assert done.status == 0, done.stderr
    return ip_address(done.stdout.strip())


@pytest.mark.parametrize("name", [spec.name for spec in catalogue.presets()])
def test_pods_of_one_node_reach_each_other_with_their_own_addresses(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    with LocalPlace().open() as sandbox:
        lacking = missing(network, sandbox.probe(network.needs))
    if lacking:
        pytest.skip(lacking.reason)
    with built(network, TOPOLOGY, LocalPlace()) as lab:
        for family in (4, 6):
            own = network.pod_address(TOPOLOGY, ONE, family)
            assert asked(lab, ONE, OTHER, network.pod_address(TOPOLOGY, OTHER, family)) == own


@pytest.mark.parametrize("name", [spec.name for spec in catalogue.presets()])
def test_each_network_is_proved_for_both_families_among_three_nodes(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    with LocalPlace().open() as sandbox:
        lacking = missing(network, sandbox.probe(network.needs))
    if lacking:
        pytest.skip(lacking.reason)
    with built(network, Topology.of(3, 1, addresses=AddressPlan((4, 6))), LocalPlace()) as lab:
        assert all(claim.holds for proof in lab.prove() for claim in proof.claims)


@pytest.mark.parametrize("name", ["docker", "ptp+nat"])
def test_a_pod_reaches_itself_and_its_neighbour_by_a_published_port(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    with built(network, TOPOLOGY, LocalPlace()) as lab:
        for family in (4, 6):
            node = TOPOLOGY.addresses.family(family).node(1).ip
            for server in (ONE, OTHER):
                seen = asked(lab, ONE, server, node)
                assert seen != network.pod_address(TOPOLOGY, ONE, family)
