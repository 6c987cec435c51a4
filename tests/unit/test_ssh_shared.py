"""What a lab may put into a machine's own network namespace: every object of every network is either harmless or refused."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from barewire.errors import NetworkError, PlanError
from barewire.lab.lab import desired_state
from barewire.model.network import Topology
from barewire.model.objects import Address, DesiredState, Link, Nic, Route
from barewire.model.settings import Sysctl
from barewire.networks import catalogue
from barewire.study.design.plan_file import load_plan
from barewire.testbeds.ssh import shared
from barewire.testbeds.ssh.own_namespace import addresses_of
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed

TEXTS = ("root@a%enp3s0:shared", "b%eth1")
TESTBED = SshTestbed(parse_targets(TEXTS))
TOPOLOGY = Topology.uniform(2, 1)
HARMLESS = (
    "host",
    "ptp",
    "bridge:pods+vxlan",
    "bridge+routes",
    "ptp+geneve",
    "ptp+gre",
    "macvlan",
    "ipvlan/l2",
    "ptp+wireguard",
)


def wanted(name: str) -> DesiredState:
    network = catalogue.network(catalogue.parse(name))
    return desired_state(network, TOPOLOGY, "cubic", ipv6=True, joined_by=TESTBED.underlay)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_network_without_rules_may_be_there(name: str) -> None:
    desired = wanted(name)
    assert TESTBED.refusal(name, desired, programs=False) is None
    part = shared.part_of("n1", desired.objects["n1"], desired, "enp3s0")
    # Nothing that the machine's other traffic meets: no default route, no setting, nothing on the card but the ledger's address.
    assert not any(isinstance(thing, Nic | Sysctl) for thing in part.things)
    assert not any(isinstance(thing, Address) and thing.dev in ("enp3s0", "eth0") for thing in part.things)
    assert all(thing.dst.prefixlen for thing in part.things if isinstance(thing, Route))
    assert part.addresses == ("10.10.0.2/16",)
    assert "10.10.0.0/16" in part.networks
    leaning = {getattr(thing, "dev", "") for thing in part.things}
    leaning |= {
        name for thing in part.things if isinstance(thing, Link) for name in (thing.underlay, *(thing.parent or ()))
    }
    assert "eth0" not in leaning, "the card has the machine's name"
    own = {thing.name for thing in part.things if isinstance(thing, Link)}
    assert own <= set(part.links)
    assert {one.key for one in part.settings} <= {"net.ipv4.ip_forward", "net.ipv4.tcp_congestion_control"}


def test_presets_are_either_harmless_or_refused() -> None:
    refused = {}
    for spec in catalogue.presets():
        desired = wanted(spec.name) if spec.name != "flannel/aws-vpc" else DesiredState()
        found = TESTBED.refusal(spec.name, desired, programs=False)
        refused[spec.name] = found.reason if found else ""
        if found:
            with pytest.raises(NetworkError, match="a machine's own namespace must not get"):
                shared.part_of("n1", desired.objects["n1"], desired, "enp3s0")
    assert "rules that its other traffic passes through" in refused["docker"]
    assert "rules that its other traffic passes through" in refused["flannel/vxlan"]
    assert "routing daemons" in refused["calico/bgp:bird"] or "rules" in refused["calico/bgp:bird"]
    assert "cannot be undone (BpfDataPath)" in refused["ebpf/native"]
    assert refused["ptp"] == refused["macvlan"] == refused["host"] == ""


def test_children_of_a_child_are_refused_and_nothing_else() -> None:
    testbed = SshTestbed(parse_targets(("a%eth1:macvlan", "b%eth1:macvlan")))
    found = {one.name for one in catalogue.presets() if one.name != "flannel/aws-vpc" and (
        testbed.refusal(one.name, wanted(one.name), programs=False))}  # fmt: skip
    assert found == {"macvlan", "ipvlan/l2", "ipvlan/l3", "ipvlan/l3s"}
    refused = testbed.refusal("macvlan", wanted("macvlan"), programs=False)
    assert refused is not None and "children of the wire" in refused.reason and "spare card" in refused.remedy


def test_programs_that_build_networks_are_refused() -> None:
    found = TESTBED.refusal("cni", wanted("host"), programs=True)
    assert found is not None and "whose changes nobody could undo" in found.reason
    assert SshTestbed(parse_targets(("a%eth1", "b%eth1"))).refusal("cni", wanted("host"), programs=True) is None


def test_a_pod_rides_on_the_card_by_its_own_name() -> None:
    link = Link("eth0", "macvlan", 1500, parent=("n1", "eth0"))
    assert shared.renamed("n1-p1", link, "n1", "enp3s0") == Link("eth0", "macvlan", 1500, parent=("n1", "enp3s0"))
    route = Route(ip_network("10.0.0.0/8"), "eth0")
    assert shared.renamed("n1-p1", route, "n1", "enp3s0") == route
    assert shared.names_of("eth0") == {"eth0": "eth0"}
    assert shared.names_of("enp3s0") == {"enp3s0": "eth0", "eth0": "eth0 of the machine"}


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("tune", ("none", "study-2016"), "settings of a machine whose own namespace"),
        ("wire", {"rate": "1gbit"}, "only mtu can be given"),
        ("wire", {"loss": "1%"}, "only mtu can be given"),
        ("wire", {"offloads": False}, "only mtu can be given"),
    ],
)
def test_a_plan_changes_nothing_of_a_shared_card(key: str, value: object, said: str) -> None:
    plan = {"testbed": "ssh", "machines": TEXTS, "networks": ("host",)}
    assert load_plan(None, {**plan, "wire": {"mtu": 9000}}).switches_offloads is False
    with pytest.raises(PlanError, match=said):
        load_plan(None, {**plan, key: value})


@pytest.mark.parametrize(
    "text, found",
    [
        ("192.0.2.7 50000 192.0.2.1 22", ["192.0.2.7", "192.0.2.1"]),
        ("fe80::1%eth0 50000 fe80::2%eth0 22", ["fe80::1", "fe80::2"]),
        ("UNKNOWN 65535 UNKNOWN 65535", []),
    ],
)
def test_the_connection_is_known_by_its_addresses(text: str, found: list[str]) -> None:
    assert addresses_of(text) == found
