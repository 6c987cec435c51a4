"""Networks on a real kernel: each is proved, and what the proof does not ask, because it looks at the wire: pods of one node."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_address

import pytest

from barewire.lab.lab import Lab, built
from barewire.model.addresses import AddressPlan
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from tests.support.lacking import skip_if_lacking

pytestmark = pytest.mark.kernel

TOPOLOGY = Topology.uniform(2, 2, addresses=AddressPlan((4, 6)))
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
    serving = lab.nodes.node(serve.namespace).spawn(serve)
    lab.nodes.node(serve.namespace).wait_listening(serving, 20)
    asking = lab.nodes.node(here).spawn(Command(here, (sys.executable, "-c", CLIENT, str(address), str(port))))
    done = lab.nodes.node(here).wait(asking, 20)
    lab.nodes.node(serve.namespace).stop(serving)
    assert done.status == 0, done.stderr
    return ip_address(done.stdout.strip())


@pytest.mark.parametrize("name", [spec.name for spec in catalogue.presets()])
def test_each_network_is_proved_and_joins_pods_of_one_node(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    skip_if_lacking(network)
    topology = Topology.uniform(3, 2, addresses=AddressPlan(tuple(sorted(network.families))))
    with built(network, topology, LocalTestbed()) as lab:
        for proof in lab.prove():
            assert all(claim.holds for claim in proof.claims)
            for way in (proof.forward, proof.reverse):  # ordered by links; here one clock can confirm it
                assert [hop.ns for hop in way] == sorted(hop.ns for hop in way)
        for family in topology.addresses.families:
            own = network.pod_address(topology, ONE, family)
            assert asked(lab, ONE, OTHER, network.pod_address(topology, OTHER, family)) == own


def printed(lab: Lab, namespace: str, *arguments: str) -> str:
    """What a program prints in a namespace of the lab."""
    done = lab.nodes.node(namespace).wait(lab.nodes.node(namespace).spawn(Command(namespace, arguments)), 20)
    assert done.status == 0, done.stderr
    return done.stdout


TRACKED = "cat /proc/sys/net/netfilter/nf_conntrack_count 2>/dev/null || echo 0"


@pytest.mark.parametrize(
    ("name", "tracks"),
    [
        ("host", False), ("host/conntrack", True), ("host/nat-hooks", True), ("host/docker", True),
        ("host/flannel", True), ("host/calico", True), ("calico/bgp", True), ("calico/vxlan", True),
        ("flannel/vxlan", True), ("flannel/vxlan:bare", False), ("flannel/host-gw", True), ("flannel/aws-vpc", True),
        ("docker", True), ("kube-router", True), ("ptp", False),
        ("host+direct+cilium", True), ("bridge+routes+conntrack", True),
    ],
)  # fmt: skip
def test_nodes_track_connections_where_there_are_rules(name: str, tracks: bool, lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of(name)
    lab.prove()
    for node in ("n1", "n2"):
        assert (int(printed(lab, node, "sh", "-c", TRACKED)) > 0) == tracks


def counted(lab: Lab, node: str) -> dict[tuple[str, int], int]:
    """Packets that each rule with a counter has seen, by its chain and its place there."""
    listed = json.loads(printed(lab, node, "nft", "-j", "list", "ruleset"))["nftables"]
    found: dict[tuple[str, int], int] = {}
    for rule in (item["rule"] for item in listed if "rule" in item):
        testbed = sum(chain == rule["chain"] for chain, _ in found)
        found[rule["chain"], testbed] = next(e["counter"]["packets"] for e in rule["expr"] if "counter" in e)
    return found


@pytest.mark.parametrize("name", ["flannel/host-gw", "flannel/aws-vpc", "flannel/vxlan"])
def test_pods_meet_flannels_rules_and_are_not_masqueraded(name: str, lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of(name)
    lab.prove()
    for node in ("n1", "n2"):
        packets = counted(lab, node)
        assert packets["FORWARD", 0] == packets["FLANNEL-FWD", 0] > 0
        assert packets["POSTROUTING", 0] > 0
        returned = packets["FLANNEL-POSTRTG", 1] + packets["FLANNEL-POSTRTG", 2]
        assert returned > 0
        assert (packets["FLANNEL-POSTRTG", 4], packets["FLANNEL-POSTRTG", 5]) == (0, 0)


def test_pods_meet_kube_routers_chains_and_are_accepted_there(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("kube-router")
    lab.prove()
    for node in ("n1", "n2"):
        packets = counted(lab, node)
        (chain,) = {chain for (chain, place), count in packets.items() if chain.startswith("KUBE-POD-FW-") and count}
        established, invalid, _, leaving, arriving = (packets[chain, place] for place in range(5))
        assert established > leaving + arriving > 0
        assert invalid == packets[chain, 5] == packets[chain, 6] == 0, "nothing is dropped, logged or rejected"
        assert packets["KUBE-NWPLCY-DEFAULT", 0] == leaving + arriving
        assert packets["FORWARD", 1] == packets["FORWARD", 2] == packets["FORWARD", 3] == 0, "all is accepted before"


def test_ciliums_rules_see_the_tunnel_alone_and_do_not_track_it(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("ebpf/vxlan-legacy")
    lab.prove()
    for node in ("n1", "n2"):
        packets = counted(lab, node)
        tunnel = (("CILIUM_PRE_raw", 0), ("CILIUM_OUTPUT_raw", 0), ("CILIUM_OUTPUT", 0))
        assert all(packets[rule] > 0 for rule in tunnel)
        assert not any(count for (chain, _), count in packets.items() if chain == "CILIUM_FORWARD")


@pytest.mark.parametrize(("name", "masquerades"), [("flannel/vxlan", True), ("flannel/vxlan:bare", False)])
def test_what_leaves_the_pod_network_is_masqueraded(name: str, masquerades: bool, lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of(name)
    for family in (4, 6):
        plan = TOPOLOGY.addresses.family(family)
        server = Command("n2", (sys.executable, "-c", SERVER, str(plan.node(2).ip), "9000"), listens=9000)
        serving = lab.nodes.node(server.namespace).spawn(server)
        lab.nodes.node(server.namespace).wait_listening(serving, 20)
        seen = printed(lab, "n1-p1", sys.executable, "-c", CLIENT, str(plan.node(2).ip), "9000")
        lab.nodes.node(server.namespace).stop(serving)
        assert ip_address(seen.strip()) == (plan.node(1).ip if masquerades else plan.pod(1, 1).ip)


@pytest.fixture
def lab_of() -> Iterator[Callable[[str], Lab]]:
    """Builds a lab that lasts as long as the test."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(
            built(catalogue.network(catalogue.parse(name)), TOPOLOGY, LocalTestbed())
        )


@pytest.mark.parametrize("name", ["bridge+nat", "ptp+nat"])
def test_a_pod_reaches_itself_and_others_by_published_ports(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    with built(network, TOPOLOGY, LocalTestbed()) as lab:
        for family in (4, 6):
            node = TOPOLOGY.addresses.family(family).node(1).ip
            for server in (ONE, OTHER):
                seen = asked(lab, ONE, server, node)
                assert seen != network.pod_address(TOPOLOGY, ONE, family)


def test_neighbours_are_filled_on_a_miss_and_expire(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel-2016/vxlan")
    assert printed(lab, "n1", "ip", "neighbour", "show", "dev", "flannel.1") == ""
    lab.prove()
    (route,) = json.loads(printed(lab, "n1", "ip", "-j", "-4", "route", "show", "dev", "flannel.1"))
    assert route["dst"] == str(TOPOLOGY.addresses.ipv4.pods)
    for family in (4, 6):
        (found,) = json.loads(printed(lab, "n1", "ip", "-j", f"-{family}", "neighbour", "show", "dev", "flannel.1"))
        assert found["dst"] == str(TOPOLOGY.addresses.family(family).pod(2, 1).ip)
        assert found["state"] != ["PERMANENT"]
