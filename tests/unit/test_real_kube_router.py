"""The real kube-router as a network: its name, and what its API server learns."""

from __future__ import annotations

import json
from ipaddress import ip_address

import pytest

from barewire.errors import NetworkError
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.networks import api_server, catalogue, etcd

TOPOLOGY = Topology.uniform(2, 1)
NETWORK = catalogue.network(catalogue.parse("kube-router/real"))
VIEW = NETWORK.view(TOPOLOGY, TOPOLOGY.nodes[1])


def test_its_name_stands_alone() -> None:
    found = catalogue.parse("kube-router(real)")
    assert (found.name, str(found.transport)) == ("kube-router/real", "unmanaged")
    assert NETWORK.needs((4,)) >= {"link:bridge", "iptables:nat", "iptables:set"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kube-router/real:mode=ipip", "kube-router/real has no option mode"),
        ("kube-router/real+routes", "goes with no other part"),
    ],
)
def test_what_it_does_not_take_is_refused(name: str, said: str) -> None:
    with pytest.raises(NetworkError, match=said):
        catalogue.parse(name)


def test_it_carries_ipv4_alone() -> None:
    with pytest.raises(NetworkError, match="cannot carry IPv6"):
        NETWORK.check(Topology.uniform(2, 1, addresses=AddressPlan((6,))))


def test_the_server_learns_of_nodes_and_their_subnets() -> None:
    key, value = api_server.node(VIEW)
    found = json.loads(value)
    assert (key, found["metadata"]["name"]) == ("/registry/minions/n2", "n2")
    assert found["spec"]["podCIDR"] == "10.128.2.0/24"
    assert {"type": "InternalIP", "address": "10.10.0.3"} in found["status"]["addresses"]


def test_the_server_learns_of_pods_and_their_addresses() -> None:
    [lease] = VIEW.pods
    key, value = api_server.pod(VIEW, lease, [ip_address("10.128.2.7")])
    found = json.loads(value)
    assert key == "/registry/pods/default/n2-p1"
    assert (found["spec"]["nodeName"], found["status"]["phase"]) == ("n2", "Running")
    assert found["status"]["podIPs"] == [{"ip": "10.128.2.7"}]


def test_a_client_finds_the_server_and_has_its_token() -> None:
    found = json.loads(api_server.kubeconfig())
    assert found["clusters"][0]["cluster"]["server"] == f"https://{etcd.address()}:{api_server.API_PORT}"
    assert found["users"][0]["user"]["token"] == api_server.TOKENS.split(",")[0]
