"""The real Calico as a network: its name, what etcd is given, and what pods ask for."""

from __future__ import annotations

import json

import pytest

from barewire.errors import NetworkError
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.networks.program import calico

TOPOLOGY = Topology.uniform(2, 1)
VIEW = catalogue.network(catalogue.parse("calico/real")).view(TOPOLOGY, TOPOLOGY.nodes[1])


def test_its_name_stands_alone_and_takes_a_mode() -> None:
    plain, other = (catalogue.parse(name) for name in ("calico(real)", "Calico(real):mode=vxlan"))
    assert other == catalogue.parse("calico/real:mode=vxlan")
    assert (plain.name, str(plain.transport)) == ("calico/real", "unmanaged")
    assert "mode ipip" in catalogue.network(plain).summary
    assert catalogue.network(other).needs((4,)) >= {"link:vxlan", "iptables:set"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("calico/real:mode=ebpf", r"no mode 'ebpf'.*Use one of ipip, vxlan, bgp, wireguard"),
        ("calico/real:backend=bgp", "calico/real has no option backend. It takes mode"),
        ("calico/real:mode=bgp+routes", "goes with no other part"),
    ],
)
def test_what_it_does_not_take_is_refused(name: str, said: str) -> None:
    with pytest.raises(NetworkError, match=said):
        catalogue.parse(name)


def test_it_carries_ipv4_alone() -> None:
    with pytest.raises(NetworkError, match="cannot carry IPv6"):
        catalogue.network(catalogue.parse("calico/real")).check(Topology.uniform(2, 1, addresses=AddressPlan((6,))))


@pytest.mark.parametrize(
    ("mode", "ipip", "vxlan"),
    [("ipip", "Always", "Never"), ("vxlan", "Never", "Always"), ("wireguard", "Never", "Never")],
)
def test_the_pool_has_the_mode_and_a_block_a_node(mode: str, ipip: str, vxlan: str) -> None:
    found = calico.cluster(VIEW, mode)
    pool = json.loads(found["/calico/resources/v3/projectcalico.org/ippools/default-ipv4-ippool"])["spec"]
    assert (pool["cidr"], pool["blockSize"]) == ("10.128.0.0/12", 24)
    assert (pool["ipipMode"], pool["vxlanMode"]) == (ipip, vxlan)


def test_felix_encrypts_with_mode_wireguard_alone() -> None:
    key = "/calico/resources/v3/projectcalico.org/felixconfigurations/default"
    assert json.loads(calico.cluster(VIEW, "wireguard")[key])["spec"] == {"wireguardEnabled": True}
    assert key not in calico.cluster(VIEW, "bgp")


@pytest.mark.parametrize(
    ("mode", "tunnel"),
    [
        ("ipip", ("bgp", "ipv4IPIPTunnelAddr")),
        ("vxlan", ("ipv4VXLANTunnelAddr",)),
        ("wireguard", ("wireguard", "interfaceIPv4Address")),
        ("bgp", ()),
    ],
)
def test_a_tunnel_has_the_first_address_of_the_block(mode: str, tunnel: tuple[str, ...]) -> None:
    key, value = calico.member(VIEW, mode)
    spec = json.loads(value)["spec"]
    assert key == "/calico/resources/v3/projectcalico.org/nodes/n2"
    assert {"uid", "creationTimestamp"} <= set(json.loads(value)["metadata"])
    assert spec["bgp"]["ipv4Address"] == "10.10.0.3/16"
    for part in tunnel:
        spec = spec[part]
    assert ("10.128.2.0" in value) == bool(tunnel) and (not tunnel or spec == "10.128.2.0")


def test_a_pod_asks_for_its_address_and_felix_reports_it() -> None:
    [pod] = VIEW.pods
    assert calico.wanted_address(pod) == "IgnoreUnknown=1;IP=10.128.2.2"
    assert calico.status_file(pod, "eth0") == "cni default%2Fn2-p1 eth0"
