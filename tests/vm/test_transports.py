"""Tunnels that this machine's kernel may lack, on Debian's 6.12: a lab that is another network than it claims is refused.

`test_networks` proves each network as it should be, and applies it twice. Here one VM builds a lab, its namespaces are then
converged to another network, and the lab is proved again: the pods still reach each other, by the wrong tunnel or by none.
"""

from __future__ import annotations

import sys

import pytest

from barewire.errors import ProofError
from barewire.lab.lab import Lab, built, desired_state
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.objects import DesiredState
from barewire.model.racks import RackCluster, Racks, RackZone
from barewire.networks import catalogue
from barewire.testbeds.testbed import Command
from barewire.testbeds.vm.testbed import VmTestbed
from barewire.units import Nanoseconds
from tests.support import two_engines

BOTH, IPV4, IPV6 = (Topology.uniform(2, 1, addresses=AddressPlan(families)) for families in ((4, 6), (4,), (6,)))


def converge(lab: Lab, name: str, vm: VmTestbed) -> None:
    """Make the lab's namespaces hold another network."""
    network = catalogue.network(catalogue.parse(name))
    wanted = desired_state(network, lab.topology, lab.congestion, ipv6=True, joined_by=vm.underlay)
    lab.nodes.apply(wanted)


@pytest.mark.parametrize("name", ["ptp+ipip", "ptp+gre", "ptp+geneve", "ptp+wireguard"])
def test_a_lab_of_ipv6_applied_twice_finds_nothing_to_do(name: str, vm: VmTestbed) -> None:
    with built(catalogue.network(catalogue.parse(name)), IPV6, vm) as lab:
        again = lab.nodes.apply(lab.desired)
        assert again.unchanged, again


@pytest.mark.parametrize(
    ("claimed", "is_really", "seen"),
    [
        ("ptp+gre", "ptp+ipip", "seen 10.10.0.2 > 10.10.0.3, ipip [10.128.1.2 > 10.128.2.2]"),
        ("ptp+gre", "ptp+routes", "seen 10.128.1.2 > 10.128.2.2"),
        ("ptp+geneve", "ptp+geneve:vni=7", "seen 10.10.0.2 > 10.10.0.3, geneve UDP 6081 VNI 7 [10.128.1.2 > 10.128.2.2]"),
        ("ptp+geneve", "ptp+vxlan:vni=1:port=6081", "vxlan UDP 6081 VNI 1"),
        ("ptp+wireguard", "ptp+wireguard:port=51900", "seen 10.10.0.2 > 10.10.0.3, wireguard UDP 51900"),
        ("ptp+wireguard", "ptp+routes", "wireguard UDP 51820, seen 10.128.1.2 > 10.128.2.2"),
        ("ptp+gue", "ptp+fou:port=7777", "gue UDP 6080 [10.128.1.2 > 10.128.2.2], seen 10.10.0.2 > 10.10.0.3, fou UDP 7777"),
        ("ptp+gre:cross-subnet", "ptp+gre", "expected the request at n1/eth0 (out) is 10.128.1.2 > 10.128.2.2, seen 10.10.0.2 >"),
    ],
)  # fmt: skip
def test_another_tunnel_than_the_claimed_one_is_refused(claimed: str, is_really: str, seen: str, vm: VmTestbed) -> None:
    with built(catalogue.network(catalogue.parse(claimed)), IPV4, vm) as lab:
        assert all(claim.holds for proof in lab.prove() for claim in proof.claims)
        converge(lab, is_really, vm)
        with pytest.raises(ProofError) as caught:
            lab.prove()
    assert seen in str(caught.value)


@pytest.mark.parametrize("transport", ["vxlan", "ipip", "gre", "geneve"])
def test_nodes_of_one_segment_get_no_tunnel_by_cross_subnet(transport: str, vm: VmTestbed) -> None:
    with built(catalogue.network(catalogue.parse(f"ptp+{transport}:cross-subnet")), BOTH, vm) as lab:
        ways = [hop.kind for proof in lab.prove() for hop in (*proof.forward, *proof.reverse)]
    assert set(ways) == {"veth"}


def test_ipv4_in_udp_of_another_port_is_proved_and_applied_once(vm: VmTestbed) -> None:
    with built(catalogue.network(catalogue.parse("bridge+gue:port=6081")), IPV4, vm) as lab:
        assert all(claim.holds for proof in lab.prove() for claim in proof.claims)
        assert lab.nodes.apply(lab.desired).unchanged


def test_a_zones_delay_is_on_the_way_and_not_within_it(vm: VmTestbed) -> None:
    racks = Racks((RackCluster((RackZone((2,)), RackZone((1,)))),), zone_delay=Nanoseconds(300_000))
    topology = Topology.uniform(0, 1, racks=racks, pair="zones")
    with built(catalogue.network(catalogue.parse("ptp+vxlan:cross-subnet")), topology, vm) as lab:
        found = {(proof.client, proof.server): proof.forward[-1].ns for proof in lab.prove(every=True)}
    assert found["n1-p1", "n3-p1"] > 300_000 > found["n1-p1", "n2-p1"]


def test_two_machines_learn_each_others_wireguard_keys(vm: VmTestbed) -> None:
    """WireGuard drops what was sealed for another key, so a connection shows that each engine has the other's."""
    with vm.open() as nodes:
        nodes.apply(DesiredState({"n1": ()}))
        argv = (sys.executable, "-P", two_engines.__file__, "ptp+wireguard")
        node = nodes.node("n1")
        done = node.wait(node.spawn(Command("n1", argv)), 600)
    assert (done.status, done.stdout.split()) == (0, ["sealed", "unchanged"]), done.stderr
