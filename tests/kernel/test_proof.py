"""The proof against sabotage: a lab is built as planned, one thing is changed inside its namespaces, and it is proved again.

Each change leaves the pods able to talk wherever that is possible: what a proof must notice is a network that works and is
not what its name says.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from barewire.errors import ProofError
from barewire.lab.lab import Lab, built
from barewire.model.commands import commands
from barewire.model.network import Topology
from barewire.model.objects import Link, NftTable
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not shutil.which("ip"), reason="sabotage takes ip (apt-get install iproute2)"),
]

TOPOLOGY = Topology.uniform(2, 1)
NODES = ("n1", "n2")


@pytest.fixture
def lab_of() -> Iterator[Callable[[str], Lab]]:
    """Builds a lab, proved once, that lasts as long as the test."""
    with ExitStack() as stack:

        def build(name: str) -> Lab:
            lab = stack.enter_context(built(catalogue.network(catalogue.parse(name)), TOPOLOGY, LocalTestbed()))
            assert all(claim.holds for proof in lab.prove() for claim in proof.claims)
            return lab

        yield build


def typed(lab: Lab, namespace: str, *lines: str) -> str:
    """Type shell commands in a namespace of the lab; what they print."""
    done = lab.nodes.node(namespace).wait(
        lab.nodes.node(namespace).spawn(Command(namespace, ("sh", "-ec", "\n".join(lines)))), 20
    )
    assert done.status == 0, done.stderr
    return done.stdout


def refused(lab: Lab, *words: str) -> None:
    """The proof fails and says each of `words`."""
    with pytest.raises(ProofError) as caught:
        lab.prove()
    assert caught.value.exit_code == 3
    for said in words:
        assert said in str(caught.value)


def remade(lab: Lab, node: str, old: str, new: str) -> None:
    """Make the tunnel of a node again, with `new` for `old` in its commands, and all that was on it."""
    (tunnel,) = (t.name for t in lab.desired.objects[node] if isinstance(t, Link) and t.kind == "vxlan")
    typed(lab, node, f"ip link del {tunnel}")
    for thing in lab.desired.objects[node]:
        on_it = (isinstance(thing, Link) and thing.name == tunnel) or getattr(thing, "dev", "") == tunnel
        if on_it:
            typed(lab, node, *(line.replace(old, new) for line in commands(thing, node)))


def translate(lab: Lab, node: str, rule: str) -> None:
    """A source NAT of the node, before any that the network has."""
    chain = f"chain leave {{\ntype nat hook postrouting priority 0; policy accept;\n{rule}\n}}"
    typed(lab, node, f"nft 'table ip sabotage {{\n{chain}\n}}'")


def second_cable(lab: Lab) -> None:
    """Another veth pair between the nodes, with addresses."""
    typed(
        lab,
        "n1",
        "ip link add eth1 type veth peer name eth1 netns n2",
        "ip address add 10.20.0.2/24 dev eth1",
        "ip link set eth1 up",
    )
    typed(lab, "n2", "ip address add 10.20.0.3/24 dev eth1", "ip link set eth1 up")


def test_a_wrong_vni_at_both_ends_is_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/vxlan")
    for node in NODES:
        remade(lab, node, " id 1 ", " id 7 ")
    refused(
        lab,
        "expected the request at n1/eth0 (out) is",
        "seen 10.10.0.2 > 10.10.0.3, vxlan UDP 8472 VNI 7 [10.128.1.2 > 10.128.2.2]",
    )


def test_a_wrong_vni_at_one_end_shows_what_is_on_the_wire(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/vxlan")
    remade(lab, "n1", " id 1 ", " id 7 ")
    refused(
        lab,
        "no exchange from n1-p1",
        "on the wire 10.10.0.2 > 10.10.0.3, vxlan UDP 8472 VNI 7",
        "expected 10.10.0.2 > 10.10.0.3, vxlan UDP 8472 VNI 1",
    )


def test_a_wrong_port_is_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/vxlan")
    for node in NODES:
        remade(lab, node, "dstport 8472", "dstport 4789")
    refused(lab, "seen 10.10.0.2 > 10.10.0.3, vxlan UDP 4789 VNI 1 [10.128.1.2 > 10.128.2.2]")


def test_a_wrong_outer_address_is_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/vxlan")
    typed(lab, "n1", "ip address add 10.10.0.77/16 dev eth0")
    remade(lab, "n1", "local 10.10.0.2 ", "local 10.10.0.77 ")
    refused(lab, "vxlan UDP 8472 VNI 1", "seen 10.10.0.77 > 10.10.0.3, vxlan UDP 8472 VNI 1")


@pytest.mark.parametrize("name", ["flannel/host-gw", "flannel/vxlan", "bridge+nat"])
@pytest.mark.parametrize("node", [1, 2])
def test_traffic_that_bypasses_the_bridge_of_one_node_is_refused(
    name: str, node: int, lab_of: Callable[[str], Lab]
) -> None:
    lab = lab_of(name)
    typed(lab, f"n{node}", "ip link set veth1 nomaster", f"ip route add 10.128.{node}.2/32 dev veth1")
    typed(lab, f"n{node}-p1", "ip neighbour flush dev eth0")
    refused(lab, "the links crossed between wire and pods are: bridge, veth", f"at n{node}")


def test_docker_itself_drops_what_bypasses_its_bridge(lab_of: Callable[[str], Lab]) -> None:
    """Its raw table lets nothing in to a container but by the bridge."""
    lab = lab_of("docker")
    typed(lab, "n2", "ip link set veth1 nomaster", "ip route add 10.128.2.2/32 dev veth1")
    typed(lab, "n2-p1", "ip neighbour flush dev eth0")
    refused(lab, "no exchange from n1-p1", "timed out")


@pytest.mark.parametrize("name", ["flannel/host-gw", "flannel/vxlan", "ptp", "host"])
def test_nat_on_the_wire_is_refused(name: str, lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of(name)
    typed(lab, "n1", "ip address add 10.10.0.77/16 dev eth0")
    translate(lab, "n1", "oifname eth0 snat to 10.10.0.77")
    refused(lab, "expected the request at n1/eth0 (out)", "seen 10.10.0.77 > ")


@pytest.mark.parametrize("name", ["flannel/host-gw", "flannel/vxlan", "ptp"])
def test_nat_behind_the_wire_is_refused(name: str, lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of(name)
    translate(lab, "n2", "oifname { cni0, veth1 } snat to 10.10.0.3")
    refused(lab, "nothing translates the request 10.128.1.2 > 10.128.2.2", "10.10.0.3 > 10.128.2.2")


@pytest.mark.parametrize("name", ["host", "flannel/vxlan:bare"])
def test_nat_of_ports_alone_is_refused(name: str, lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of(name)
    translate(
        lab,
        "n1",
        "meta l4proto tcp oifname { eth0, flannel.1 } snat to %s:2000-2999"
        % ("10.10.0.2" if name == "host" else "10.128.1.2"),
    )
    refused(lab, "the ports of the request stay the same, seen")


def test_masquerade_between_pods_is_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("bridge+vxlan+flannel:nft")
    (table,) = (t for t in lab.desired.objects["n1"] if isinstance(t, NftTable) and t.name == "nat")
    body = "\n".join(line for line in table.body.splitlines() if " return" not in line)
    typed(lab, "n1", "nft delete table ip nat", f"nft 'table ip nat {{\n{body}\n}}'")
    refused(lab, "expected the request at n1/eth0 (out)", "[10.128.1.0 > 10.128.2.2]")


def test_answers_on_a_second_cable_are_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/host-gw")
    second_cable(lab)
    typed(lab, "n2", "ip route replace 10.128.1.0/24 via 10.20.0.2 dev eth1")
    refused(
        lab,
        "expected the answer at n2/eth0 (out)",
        "seen no such packet",
        "every link crossed is one of the lab's, seen n1/eth1; n2/eth1",
    )


def test_flows_that_share_two_cables_are_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/host-gw")
    second_cable(lab)
    for node, subnet, last in (("n1", 2, 3), ("n2", 1, 2)):
        hops = f"nexthop via 10.10.0.{last} dev eth0 nexthop via 10.20.0.{last} dev eth1"
        typed(
            lab,
            node,
            "sysctl -qw net.ipv4.fib_multipath_hash_policy=1",
            f"ip route replace 10.128.{subnet}.0/24 {hops}",
        )
    refused(lab, "every link crossed is one of the lab's, seen n1/eth1; n2/eth1")


def test_datagrams_on_a_second_cable_are_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/host-gw")
    second_cable(lab)
    typed(lab, "n1", "ip route add 10.128.2.0/24 via 10.20.0.3 dev eth1 table 7", "ip rule add ipproto udp lookup 7")
    refused(
        lab, "expected the datagram at n1/eth0 (out)", "every link crossed is one of the lab's, seen n1/eth1; n2/eth1"
    )


def test_fragments_on_the_wire_are_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/vxlan")
    for node in NODES:
        typed(lab, node, "ip link set eth0 mtu 1400")
    refused(lab, "a packet of 1450 B passes unfragmented, seen it arrived, in fragments at n1/eth0; n2/eth0")


def test_a_full_packet_that_is_too_large_is_refused(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("flannel/host-gw")
    for node in NODES:
        typed(lab, node, "ip link set eth0 mtu 1400")
    refused(lab, "a packet of 1500 B passes unfragmented, seen it did not")


def test_a_proof_of_every_pair_leaves_few_learned_neighbours() -> None:
    nodes = 9  # 72 pairs of 8 connections; the table of all namespaces has room for 1024 entries
    with built(catalogue.network(catalogue.parse("ptp+vxlan")), Topology.uniform(nodes, 1), LocalTestbed()) as lab:
        assert len(lab.prove(every=True)) == nodes * (nodes - 1)
        show = "ip -4 -o neighbour show dev"
        counted = [
            tuple(
                map(
                    int, typed(lab, f"n{node}", f"{show} eth0 | wc -l", f"{show} vxlan.1 nud permanent | wc -l").split()
                )
            )
            for node in range(1, nodes + 1)
        ]
        assert 0 < sum(learned for learned, _ in counted) < nodes * (nodes - 1) / 2
        assert {planned for _, planned in counted} == {nodes - 1}


def test_a_failed_exchange_names_what_the_kernel_dropped(lab_of: Callable[[str], Lab]) -> None:
    lab = lab_of("ptp")
    typed(lab, "n2", "sysctl -qw net.ipv4.conf.eth0.rp_filter=1", "ip route replace 10.128.1.0/24 dev veth1")
    refused(lab, "no exchange from n1-p1", "dropped meanwhile: reverse path filter (in n2)", "please report it")


def test_rules_that_translate_another_networks_pods_are_named() -> None:
    with built(catalogue.network(catalogue.parse("ptp+routes+nat-hooks")), TOPOLOGY, LocalTestbed()) as lab:
        refused(lab, "10.10.0.2 > 10.128.2.2", "The rules of nat-hooks may drop or translate", "try ptp+routes.")
