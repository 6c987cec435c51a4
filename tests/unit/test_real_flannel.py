"""The real flannel as a network: its name, what etcd is given, and what stands beside the nodes."""

from __future__ import annotations

import json

import pytest

from barewire.errors import NetworkError
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.objects import Address, Link
from barewire.networks import catalogue, etcd
from barewire.networks.program import flannel

TOPOLOGY = Topology.uniform(2, 1)


def test_its_name_stands_alone_and_takes_a_backend() -> None:
    plain, other = (catalogue.parse(name) for name in ("flannel(real)", "flannel(real):backend=host-gw"))
    assert (plain.name, str(plain.transport)) == ("flannel/real", "unmanaged")
    assert "backend vxlan" in catalogue.network(plain).summary
    assert "backend host-gw" in catalogue.network(other).summary


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("flannel/real:backend=udp", r"no backend 'udp'.*Use one of vxlan, host-gw"),
        ("flannel/real:vni=7", "flannel/real has no option vni. It takes backend"),
        ("flannel/real:backend=vxlan+routes", "goes with no other part"),
    ],
)
def test_what_it_does_not_take_is_refused(name: str, said: str) -> None:
    with pytest.raises(NetworkError, match=said):
        catalogue.parse(name)


def test_it_carries_ipv4_alone() -> None:
    with pytest.raises(NetworkError, match="cannot carry IPv6"):
        catalogue.network(catalogue.parse("flannel/real")).check(Topology.uniform(2, 1, addresses=AddressPlan((6,))))


def test_a_node_s_subnet_is_reserved_for_its_address() -> None:
    view = catalogue.network(catalogue.parse("flannel/real")).view(TOPOLOGY, TOPOLOGY.nodes[1])
    key, value = flannel.reservation(view)
    assert key == "/coreos.com/network/subnets/10.128.2.0-24"
    assert json.loads(value)["PublicIP"] == "10.10.0.3"
    key, value = flannel.configuration(view, "vxlan")
    assert (key, json.loads(value)) == (
        "/coreos.com/network/config",
        {"Network": "10.128.0.0/12", "SubnetLen": 24, "Backend": {"Type": "vxlan"}},
    )


def test_etcd_reaches_each_node_by_a_link_beside_the_wire() -> None:
    plan = catalogue.network(catalogue.parse("flannel/real")).desired_state(TOPOLOGY)
    ends = [thing.peer for thing in plan.objects["etcd"] if isinstance(thing, Link) and thing.peer]
    assert [(end.namespace, end.name) for end in ends] == [("n1", "etcd0"), ("n2", "etcd0")]
    assert [str(thing.interface) for thing in plan.objects["n2"] if isinstance(thing, Address)] == ["10.9.0.3/16"]
    assert etcd.address() in plan.objects["n2"][0].interface.network  # type: ignore[union-attr]
