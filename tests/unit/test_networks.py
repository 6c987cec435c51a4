"""Parts plan what they promise: pure checks over every network, family and size."""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.errors import NetworkError
from barewire.model.addresses import AddressPlan
from barewire.model.expectation import Target, WireExpectation
from barewire.model.network import WIRE_DEV, WIRE_NAMESPACE, Pod, Topology, Wire
from barewire.model.objects import (
    ROUTE_PROTOCOL,
    Address,
    DesiredState,
    FdbEntry,
    IpSet,
    IptablesTable,
    KernelObject,
    Link,
    Neighbour,
    NftTable,
    Peer,
    Route,
    WireguardInterface,
    WireguardPeer,
)
from barewire.model.settings import Sysctl
from barewire.model.stages import STAGES, staged
from barewire.networks import catalogue
from barewire.networks.attach.calico import HOST_MAC
from barewire.networks.encapsulation.geneve import GeneveEncapsulation
from barewire.networks.encapsulation.ipip import IpipEncapsulation
from barewire.networks.encapsulation.vxlan import VxlanEncapsulation
from barewire.networks.encapsulation.wireguard import WireguardEncapsulation
from barewire.networks.network import Network
from barewire.networks.setup import setup
from barewire.networks.transport.routes import Routes

ATTACHES = sorted(
    {str(spec.attach) for spec in catalogue.presets()}
    | (set(catalogue.parts("attach")) - {spec.attach.name for spec in catalogue.presets()})
)
"""Each attach part as presets use it, so with its modes, and by its name where none does."""

COMBINATIONS = [f"{attach}+{transport}" for attach in ATTACHES for transport in sorted(catalogue.parts("transport"))]
RULED = [
    f"{joined}+{rules}"
    for joined in ("host+direct", "bridge+vxlan", "bridge+vpc", "ptp+nat", "ipvlan:l2+direct")
    for rules in ("conntrack", "nat-hooks", "flannel", "flannel:nft", "calico", "docker", "kube-router", "cilium")
]
TOPOLOGIES = [
    Topology.uniform(nodes, pods, addresses=AddressPlan(families))
    for (nodes, pods), families in (
        *itertools.product(((2, 1), (3, 2)), ((4,), (6,), (4, 6), (6, 4))),
        *itertools.product(((2, 40), (5, 2)), ((4,), (6,), (4, 6))),
    )
]
"""Families in every order where it costs little; 40 pods on a node, and five nodes, beside each other are no other case."""


def known() -> list[Network]:
    """Every combination of parts that goes together, some of them with rules."""
    found = []
    for name in COMBINATIONS + RULED:
        try:
            found.append(catalogue.network(catalogue.parse(name)))
        except NetworkError as error:
            assert "do not go together" in error.what
    return found


NETWORKS = known()
each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
Check = Callable[[Network, Topology, DesiredState], Iterator[str]]


def of(name: str) -> Network:
    return catalogue.network(catalogue.parse(name))


def links(plan: DesiredState, topology: Topology) -> dict[str, set[str]]:
    """Names of the links in each namespace, the wire's among them."""
    found = {name: set[str]() for name in plan.objects}
    found |= {node.name: {WIRE_DEV} for node in topology.nodes} | {WIRE_NAMESPACE: {"br0"}}
    for name, objects in plan.objects.items():
        for thing in objects:
            if isinstance(thing, Link):
                found[name].add(thing.name)
                if thing.peer:
                    found[thing.peer.namespace].add(thing.peer.name)
    return found


def test_these_parts_go_together_and_no_others() -> None:
    golden = Path(__file__).parent / "golden" / "combinations.txt"
    said = "".join(f"{network.name}\n" for network in NETWORKS if network.name not in RULED)
    if os.environ.get("BAREWIRE_UPDATE_GOLDEN"):
        golden.write_text(said)
    assert golden.read_text() == said


def test_a_part_for_one_family_refuses_the_other() -> None:
    class Only4(Routes):
        name = "only4"
        families = frozenset({4})

    network = replace(of("ptp"), transport=Only4())
    network.check(Topology.uniform(2, 1))
    for families in ((6,), (4, 6)):
        with pytest.raises(
            NetworkError, match=r"ptp cannot carry IPv6.*only4 is for IPv4 only.*or a network without only4"
        ):
            network.check(Topology.uniform(2, 1, addresses=AddressPlan(families)))


def missing(network: Network, topology: Topology, plan: DesiredState) -> Iterator[str]:
    """Devices that an object of the plan needs, and that nobody makes."""
    devices = links(plan, topology)
    for name, objects in plan.objects.items():
        for thing in objects:
            if isinstance(thing, Address | Route | Neighbour | FdbEntry | WireguardInterface | WireguardPeer):
                if thing.dev not in devices[name] and not (isinstance(thing, Route) and not thing.dev):
                    yield f"{name}: {thing} is for a device that is not there"
            elif isinstance(thing, Link):
                if thing.parent and thing.parent[1] not in devices[thing.parent[0]]:
                    yield f"{name}: {thing.name} has no parent"
                if thing.master and thing.master not in devices[name]:
                    yield f"{name}: {thing.name} has no master"
    for pod in topology.pods:
        if network.pod_namespace(pod) not in plan.objects:
            yield f"{pod} has no namespace"


def wrong_names(network: Network, topology: Topology, plan: DesiredState) -> Iterator[str]:
    """Names that the kernel refuses, and MACs that two links have."""
    made = [t for objects in plan.objects.values() for t in objects if isinstance(t, Link)]
    ends: list[Link | Peer] = [*made, *(link.peer for link in made if link.peer)]
    yield from (f"the name {end.name!r} does not fit" for end in ends if not 0 < len(end.name) <= 15)
    # Calico gives every pod's veth at the node one MAC.
    macs = Counter(end.mac for end in ends if end.mac and end.mac != HOST_MAC)
    yield from (f"{count} links have the MAC {mac}" for mac, count in macs.items() if count > 1)


def wrong_stages(network: Network, topology: Topology, plan: DesiredState) -> Iterator[str]:
    """Objects that are wanted twice, or that are applied in no stage or in two."""
    for name, objects in plan.objects.items():
        yield from (
            f"{name}: {thing} is wanted {count} times" for thing, count in Counter(objects).items() if count > 1
        )
        for thing in objects:
            if (stages := sum(stage(thing) for stage in STAGES)) != 1:
                yield f"{name}: {thing} is of {stages} stages"
    if (applied := len(list(staged(plan)))) != (wanted := sum(map(len, plan.objects.values()))):
        yield f"{applied} objects are applied where {wanted} are wanted"


def early_settings(network: Network, topology: Topology, plan: DesiredState) -> Iterator[str]:
    """Settings of connection tracking before a rule in that namespace has had the kernel load its module."""
    ruled: set[str] = set()
    for name, thing in staged(plan):
        if isinstance(thing, NftTable | IptablesTable):
            ruled.add(name)
        elif isinstance(thing, Sysctl) and thing.key.startswith("net.netfilter.") and name not in ruled:
            yield f"{name}: {thing.key} is set before there is a rule"


def wrong_mtus(network: Network, topology: Topology, plan: DesiredState) -> Iterator[str]:
    """Links to pods of another MTU than what the encapsulation leaves of the wire's."""
    mtu = network.pod_mtu(topology)
    if mtu != topology.wire.mtu - network.encapsulation_bytes(topology):
        yield f"pods have an MTU of {mtu}"
    for link in (t for objects in plan.objects.values() for t in objects if isinstance(t, Link)):
        if link.mtu != mtu or (link.peer and link.peer.mtu != mtu):
            yield f"{link.name} or its peer has not the MTU {mtu}"


def wrong_families(network: Network, topology: Topology, plan: DesiredState) -> Iterator[str]:
    """Objects of a family that was not asked for."""
    if len(topology.addresses.families) > 1:
        return
    (family,) = topology.addresses.families
    for thing in (t for objects in plan.objects.values() for t in objects):
        found: object = family
        if isinstance(thing, Address):
            found = thing.interface.version
        elif isinstance(thing, Route):
            found = thing.dst.version
        elif isinstance(thing, NftTable | IptablesTable | IpSet):
            found = {"ip": 4, "ip6": 6}.get(thing.family)
        if found != family:
            yield f"{thing} is not of IPv{family}"


CHECKS = (missing, wrong_names, wrong_stages, early_settings, wrong_mtus, wrong_families)


@each_network
def test_plans_of_all_families_and_sizes_are_sound(network: Network) -> None:
    """One plan a family and size, and every check of it: as tests of their own they were 7,000, and planned each five times."""
    problems = [
        f"{len(topology.nodes)} nodes, families {topology.addresses.families}: {check.__name__}: {problem}"
        for topology in TOPOLOGIES
        if set(topology.addresses.families) <= network.families
        for plan in [network.desired_state(topology)]
        for check in CHECKS
        for problem in check(network, topology, plan)
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("check", "objects"),
    [
        (missing, {"n1": [Route(ip_network("10.0.0.0/8"), dev="eth9")]}),
        (wrong_names, {"n1": [Link("a-name-of-16-chars", "dummy", 1500)]}),
        (wrong_names, {"n1": [Link(name, "dummy", 1500, mac="0a:00:00:00:00:01") for name in ("a", "b")]}),
        (wrong_stages, {"n1": [Route(ip_network("10.0.0.0/8"))] * 2}),
        (early_settings, {"n1": [Sysctl("net.netfilter.nf_conntrack_acct", "1")]}),
        (wrong_mtus, {"n1": [Link("a", "dummy", 1400)]}),
        (wrong_families, {"n1": [Route(ip_network("fd00::/8"))]}),
    ],
)
def test_a_wrong_plan_is_found(check: Check, objects: dict[str, list[KernelObject]]) -> None:
    topology = Topology.uniform(2, 1)
    network = of("host")
    right = network.desired_state(topology)
    assert list(check(network, topology, right)) == []
    assert list(check(network, topology, right.merged(DesiredState(objects))))


@each_network
def test_an_answer_is_on_the_wire_as_its_request_reversed(network: Network) -> None:
    families = tuple(sorted(network.families))
    topology = Topology.uniform(2, 2, addresses=AddressPlan(families))
    client, server = Pod(1, 1), Pod(2, 2)
    for family in families:
        there, back = network.wire(topology, client, server, family), network.wire(topology, server, client, family)
        assert (there.source, there.destination) == (back.destination, back.source)
        assert (there.inner_source, there.inner_destination) == (back.inner_destination, back.inner_source)
        assert (there.encapsulation, there.routed_by) == (back.encapsulation, back.routed_by)


def test_each_network_promises_what_its_name_says() -> None:
    topology = Topology.uniform(2, 1)
    nodes = (ip_address("10.10.0.2"), ip_address("10.10.0.3"))
    pods = (ip_address("10.128.1.2"), ip_address("10.128.2.2"))
    promised = {
        "host": WireExpectation(*nodes),
        "host/conntrack": WireExpectation(*nodes),
        "host/nat-hooks": WireExpectation(*nodes),
        "host/docker": WireExpectation(*nodes),
        "host/flannel": WireExpectation(*nodes),
        "host/calico": WireExpectation(*nodes),
        "host/romana": WireExpectation(*nodes),
        "docker": WireExpectation(*nodes),
        "flannel/host-gw": WireExpectation(*pods),
        "flannel/aws-vpc": WireExpectation(*pods, routed_by="wire"),
        "flannel-2016/vxlan": WireExpectation(*nodes, VxlanEncapsulation(8472, 1), *pods),
        "flannel/vxlan": WireExpectation(*nodes, VxlanEncapsulation(8472, 1), *pods),
        "flannel/wireguard": WireExpectation(*nodes, WireguardEncapsulation(51820)),
        "flannel/ipip": WireExpectation(*nodes, IpipEncapsulation(), *pods),
        "ipvlan/l2": WireExpectation(*pods),
        "ipvlan/l3": WireExpectation(*pods),
        "ipvlan/l3s": WireExpectation(*pods),
        "macvlan": WireExpectation(*pods),
        "ptp": WireExpectation(*pods),
        "calico/bgp": WireExpectation(*pods),
        "calico/bgp:bird": WireExpectation(*pods),
        "calico/ipip": WireExpectation(*nodes, IpipEncapsulation(), *pods),
        "calico/ipip-cross-subnet": WireExpectation(*pods),
        "calico/vxlan-cross-subnet": WireExpectation(*pods),
        "calico/wireguard": WireExpectation(*nodes, WireguardEncapsulation(51820)),
        "romana": WireExpectation(ip_address("10.112.0.0"), ip_address("10.114.0.0")),
        "romana/prefixes": WireExpectation(ip_address("10.112.0.0"), ip_address("10.114.0.0")),
        "calico/vxlan": WireExpectation(*nodes, VxlanEncapsulation(4789, 4096), *pods),
        "kube-router": WireExpectation(*pods),
        "antrea": WireExpectation(*nodes, GeneveEncapsulation(6081, 0), *pods),
        "ebpf/native": WireExpectation(*pods),
        "ebpf/netkit": WireExpectation(*pods),
        "ebpf/vxlan": WireExpectation(*nodes, VxlanEncapsulation(8472, 10000), *pods),
        "ebpf/vxlan-legacy": WireExpectation(*nodes, VxlanEncapsulation(8472, 10000), *pods),
    }
    assert {
        spec.name: of(spec.name).wire(topology, Pod(1, 1), Pod(2, 1), 4) for spec in catalogue.presets()
    } == promised


def test_only_networks_with_a_bridge_cross_one() -> None:
    def crossed_by(network: Network) -> set[str]:
        return set(network.crosses(network.wire(Topology.uniform(2, 1), Pod(1, 1), Pod(2, 1), 4)))

    crossed = {spec.name: crossed_by(catalogue.network(spec)) for spec in catalogue.presets()}
    assert crossed == {
        "host": set(),
        "host/conntrack": set(),
        "host/nat-hooks": set(),
        "host/docker": set(),
        "host/flannel": set(),
        "host/calico": set(),
        "host/romana": set(),
        "docker": {"bridge", "veth"},
        "flannel/host-gw": {"bridge", "veth"},
        "flannel/aws-vpc": {"bridge", "veth"},
        "flannel/vxlan": {"bridge", "veth", "vxlan"},
        "flannel-2016/vxlan": {"bridge", "veth", "vxlan"},
        "flannel/wireguard": {"bridge", "veth", "wireguard"},
        "flannel/ipip": {"bridge", "veth", "ipip"},
        "ipvlan/l2": {"ipvlan"},
        "ipvlan/l3": {"ipvlan"},
        "ipvlan/l3s": {"ipvlan"},
        "macvlan": {"macvlan"},
        "ptp": {"veth"},
        "calico/bgp": {"veth"},
        "calico/bgp:bird": {"veth"},
        "calico/ipip": {"ipip", "veth"},
        "calico/vxlan": {"veth", "vxlan"},
        "calico/ipip-cross-subnet": {"veth"},
        "calico/vxlan-cross-subnet": {"veth"},
        "calico/wireguard": {"veth", "wireguard"},
        "antrea": {"geneve", "veth"},
        "kube-router": {"bridge", "veth"},
        "ebpf/native": {"veth"},
        "ebpf/netkit": {"netkit"},
        "ebpf/vxlan": {"veth", "vxlan"},
        "ebpf/vxlan-legacy": {"veth", "vxlan"},
        "romana": {"veth"},
        "romana/prefixes": {"veth"},
    }


def test_behind_nat_each_pod_has_own_ports_of_its_node() -> None:
    topology = Topology.uniform(2, 40)
    docker = of("docker")
    assert docker.target(topology, Pod(2, 3), 22_000, 4) == Target(ip_address("10.10.0.3"), 22_000)
    assert of("ptp").target(topology, Pod(2, 3), 22_000, 4) == Target(ip_address("10.128.2.4"), 22_000)
    tables = [thing for thing in docker.desired_state(topology).objects["n2"] if isinstance(thing, IptablesTable)]
    (nat,) = (table.body for table in tables if table.name == "nat")
    published = re.findall(r"-p tcp -m tcp --dport (\d+):(\d+) -j DNAT --to-destination 10\.128\.2\.(\d+)", nat)
    assert len(published) == 40
    for pod, (first, last, address) in enumerate(published, 1):
        assert range(int(first), int(last) + 1) == topology.ports(Pod(2, pod))
        assert int(address) == pod + 1
    assert len({port for first, last, _ in published for port in range(int(first), int(last) + 1)}) == 40_000


def rules_of(name: str, topology: Topology) -> str:
    """The bodies of the first node's tables, one after the other."""
    objects = of(name).desired_state(topology).objects["n1"]
    return "\n".join(thing.body for thing in objects if isinstance(thing, NftTable | IptablesTable))


@pytest.mark.parametrize("name", ["host/nat-hooks", "host/docker"])
@pytest.mark.parametrize("pods", [1, 3, 40])
@pytest.mark.parametrize("port", [1024, 20_000, 25_000])
def test_rules_alone_publish_no_port_of_a_server(pods: int, port: int, name: str) -> None:
    topology = Topology.uniform(2, pods, port=port)
    found = re.findall(r"tcp (?:--)?dport (\d+)[-:](\d+) (?:-j )?dnat", rules_of(name, topology), re.IGNORECASE)
    ports = [port for first, last in found for port in range(int(first), int(last) + 1)]
    servers = {port for pod in topology.pods for port in topology.ports(pod)}
    assert len(found) == pods
    assert len(set(ports)) == len(ports)
    assert min(ports) >= 1
    assert not servers & set(ports)


@pytest.mark.parametrize(("alone", "whole"), [("host/nat-hooks", "bridge+nat"), ("host/docker", "docker")])
def test_rules_alone_are_the_networks_with_other_ports(alone: str, whole: str) -> None:
    found = [
        re.sub(r"dport \d+[-:]\d+", "dport PORTS", rules_of(name, Topology.uniform(2, 3))) for name in (alone, whole)
    ]
    assert found[0] == found[1]


def test_dockers_rules_are_those_that_dockerd_documents() -> None:
    """Docker 29's for its default bridge and a container that publishes ports, as its own documentation of them has them."""
    found = [line for line in rules_of("docker", Topology.uniform(2, 1)).splitlines() if not line.startswith(":")]
    assert [line.replace("20000:20999", "PORTS") for line in found if "udp" not in line] == [
        "-A PREROUTING -d 10.128.1.2 ! -i docker0 -j DROP",
        "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
        "-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER",
        "-A POSTROUTING -s 10.128.1.0/24 ! -o docker0 -j MASQUERADE",
        "-A DOCKER ! -i docker0 -p tcp -m tcp --dport PORTS -j DNAT --to-destination 10.128.1.2",
        "-A FORWARD -j DOCKER-USER",
        "-A FORWARD -j DOCKER-FORWARD",
        "-A DOCKER-FORWARD -j DOCKER-CT",
        "-A DOCKER-FORWARD -j DOCKER-INTERNAL",
        "-A DOCKER-FORWARD -j DOCKER-BRIDGE",
        "-A DOCKER-FORWARD -i docker0 -j ACCEPT",
        "-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A DOCKER-BRIDGE -o docker0 -j DOCKER",
        "-A DOCKER -d 10.128.1.2 ! -i docker0 -o docker0 -p tcp -m tcp --dport PORTS -j ACCEPT",
        "-A DOCKER ! -i docker0 -o docker0 -j DROP",
    ]


def test_flannels_rules_have_the_order_and_matches_of_the_daemon() -> None:
    objects = of("flannel/vxlan").desired_state(Topology.uniform(2, 1)).objects["n1"]
    tables = [thing for thing in objects if isinstance(thing, IptablesTable)]
    assert [(table.family, table.name) for table in tables] == [("ip", "filter"), ("ip", "nat")]
    forward, masquerade = ([line for line in table.body.splitlines() if line.startswith("-A")] for table in tables)
    assert all('-m comment --comment "flanneld forward" -j ' in rule for rule in forward)
    assert all('-m comment --comment "flanneld masq" -j ' in rule for rule in masquerade)
    assert [re.sub(r' ?-m comment --comment "[^"]*"', "", rule) for rule in (*forward, *masquerade)] == [
        "-A FORWARD -j FLANNEL-FWD",
        "-A FLANNEL-FWD -s 10.128.0.0/12 -j ACCEPT",
        "-A FLANNEL-FWD -d 10.128.0.0/12 -j ACCEPT",
        "-A POSTROUTING -j FLANNEL-POSTRTG",
        "-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN",
        "-A FLANNEL-POSTRTG -s 10.128.1.0/24 -d 10.128.0.0/12 -j RETURN",
        "-A FLANNEL-POSTRTG -s 10.128.0.0/12 -d 10.128.1.0/24 -j RETURN",
        "-A FLANNEL-POSTRTG ! -s 10.128.0.0/12 -d 10.128.1.0/24 -j RETURN",
        "-A FLANNEL-POSTRTG -s 10.128.0.0/12 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully",
        "-A FLANNEL-POSTRTG ! -s 10.128.0.0/12 -d 10.128.0.0/12 -j MASQUERADE --random-fully",
    ]


def test_flannels_rules_as_nft_match_the_same_in_the_same_order() -> None:
    objects = of("host+direct+flannel:nft").desired_state(Topology.uniform(2, 1)).objects["n1"]
    tables = [thing for thing in objects if isinstance(thing, NftTable)]
    assert [(table.family, table.name) for table in tables] == [("ip", "filter"), ("ip", "nat")]
    rules = [line.partition(" comment ")[0] for table in tables for line in table.body.splitlines()]
    assert rules == [
        "chain FLANNEL-FWD {",
        "ip saddr 10.128.0.0/12 counter accept",
        "ip daddr 10.128.0.0/12 counter accept",
        "}",
        "chain FORWARD {",
        "type filter hook forward priority filter; policy accept;",
        "counter jump FLANNEL-FWD",
        "}",
        "chain FLANNEL-POSTRTG {",
        "meta mark & 0x4000 == 0x4000 counter return",
        "ip saddr 10.128.1.0/24 ip daddr 10.128.0.0/12 counter return",
        "ip saddr 10.128.0.0/12 ip daddr 10.128.1.0/24 counter return",
        "ip saddr != 10.128.0.0/12 ip daddr 10.128.1.0/24 counter return",
        "ip saddr 10.128.0.0/12 ip daddr != 224.0.0.0/4 counter masquerade fully-random",
        "ip saddr != 10.128.0.0/12 ip daddr 10.128.0.0/12 counter masquerade fully-random",
        "}",
        "chain POSTROUTING {",
        "type nat hook postrouting priority srcnat; policy accept;",
        "counter jump FLANNEL-POSTRTG",
        "}",
    ]


def test_a_vxlan_node_needs_to_ask_nobody_about_any_other() -> None:
    topology = Topology.uniform(4, 1, addresses=AddressPlan((4, 6)))
    plan = of("flannel/vxlan").desired_state(topology)
    macs = {
        name: t.mac
        for name, objects in plan.objects.items()
        for t in objects
        if isinstance(t, Link) and t.kind == "vxlan"
    }
    for node in topology.nodes:
        objects = plan.objects[node.name]
        others = {macs[other.name] for other in topology.nodes if other != node}
        assert {thing.mac for thing in objects if isinstance(thing, FdbEntry)} == others
        neighbours = {thing.address: thing.mac for thing in objects if isinstance(thing, Neighbour)}
        gateways = {thing.via for thing in objects if isinstance(thing, Route) and thing.dev == "flannel.1"}
        assert gateways == set(neighbours)
        assert set(neighbours.values()) == others


@pytest.mark.parametrize(("families", "lost"), [((4,), 50), ((6,), 70), ((4, 6), 50), ((6, 4), 70)])
def test_vxlan_costs_what_its_headers_are_long(families: tuple[int, ...], lost: int) -> None:
    topology = Topology.uniform(2, 1, addresses=AddressPlan(families))
    assert of("flannel/vxlan").pod_mtu(topology) == 1500 - lost
    assert of("flannel/host-gw").pod_mtu(topology) == 1500


def test_a_wire_too_small_for_ipv6_is_refused_with_the_size() -> None:
    small = Topology.uniform(2, 1, addresses=AddressPlan((6,)), wire=Wire(mtu=1300))  # type: ignore[arg-type]
    of("ptp").check(small)
    with pytest.raises(
        NetworkError, match=r"MTU of 1230 bytes on a wire of 1300: IPv6 takes 1280.*MTU of 1350 or more"
    ):
        of("ptp+vxlan").check(small)


def test_one_node_too_many_for_the_routes_is_the_clouds_error() -> None:
    vpc = of("flannel/aws-vpc")
    vpc.check(Topology.uniform(50, 1))
    with pytest.raises(NetworkError, match=r"node 51 of 51.*RouteLimitExceeded.*vpc:limit=500"):
        vpc.check(Topology.uniform(51, 1))
    of("bridge+vpc:limit=500").check(Topology.uniform(51, 1))


def test_vpc_routes_are_the_routers_and_a_node_has_one() -> None:
    plan = of("flannel/aws-vpc").desired_state(Topology.uniform(3, 1))
    routes = {name: [t for t in objects if isinstance(t, Route)] for name, objects in plan.objects.items()}
    assert [str(route.dst) for route in routes["wire"]] == ["10.128.1.0/24", "10.128.2.0/24", "10.128.3.0/24"]
    assert [(str(route.dst), str(route.via)) for route in routes["n2"]] == [("10.128.0.0/12", "10.10.0.1")]


@each_network
def test_the_growth_that_a_setup_states_is_exact(network: Network) -> None:
    record = setup(network, Topology.uniform(2, 1, addresses=AddressPlan(tuple(sorted(network.families)))))
    objects = record.objects_per_node
    assert objects["10"] == objects["2"] + 8 * (record.growth_per_node or 0)
    assert objects["50"] == objects["2"] + 48 * (record.growth_per_node or 0)
    assert sum(record.objects_by_kind.values()) == objects["2"]


def test_setup_cost_distinguishes_the_networks() -> None:
    records = {spec.name: setup(catalogue.network(spec), Topology.uniform(2, 1)) for spec in catalogue.presets()}
    growth = {name: record.growth_per_node for name, record in records.items()}
    assert {name for name, per_node in growth.items() if per_node == 0} == {
        "host", "host/conntrack", "host/nat-hooks", "host/docker", "host/flannel", "host/calico", "host/romana", "docker",
        "flannel/aws-vpc", "ipvlan/l2", "macvlan",
    }  # fmt: skip
    assert (growth["flannel/host-gw"], growth["flannel/vxlan"]) == (1, 3)
    assert records["host"].objects_per_node == {"2": 0, "10": 0, "50": 0}
    assert records["host"].privileges == "none"
    assert "CreateRoute" in (records["flannel/aws-vpc"].privileges or "")
    assert records["flannel/vxlan"].kernel == ("iptables:nat", "link:bridge", "link:veth", "link:vxlan")
    assert (records["flannel/vxlan"].mtu_lost_bytes, records["flannel/vxlan"].pod_mtu) == (50, 1450)


def test_a_small_route_table_leaves_out_what_it_cannot_hold() -> None:
    record = setup(of("bridge+vpc:limit=10"), Topology.uniform(2, 1))
    assert set(record.objects_per_node) == {"2", "10"}


@given(st.integers(1, 2**24 - 1), st.integers(1, 65_535))
def test_options_reach_the_device_the_name_and_the_promise(vni: int, port: int) -> None:
    network = of(f"ptp+vxlan:vni={vni}:port={port}")
    topology = Topology.uniform(2, 1)
    (device,) = (t for t in network.desired_state(topology).objects["n1"] if isinstance(t, Link) and t.kind == "vxlan")
    assert device.name == f"vxlan.{vni}"
    assert len(device.name) <= 15
    assert dict(device.attributes).items() >= {"vxlan_id": vni, "vxlan_port": port}.items()
    assert network.wire(topology, Pod(1, 1), Pod(2, 1), 4).encapsulation == VxlanEncapsulation(port, vni)
    assert str(network.spec.transport) == f"vxlan:vni={vni}:port={port}"


def test_the_route_protocol_is_no_other_programs() -> None:
    taken: dict[int, str] = {80: "calico", **dict.fromkeys(range(190, 199), "FRR")}
    for file in (*Path("/etc/iproute2").glob("rt_protos"), *Path("/usr/share/iproute2").glob("rt_protos")):
        taken |= {
            int(number): name for number, name in re.findall(r"^\s*(\d+)\s+(\S+)", file.read_text(), re.MULTILINE)
        }
    header = Path("/usr/include/linux/rtnetlink.h")
    if header.exists():
        found = re.findall(r"^#define (RTPROT_\w+)\s+(\d+)", header.read_text(), re.MULTILINE)
        taken |= {int(number): name for name, number in found}
    assert len(taken) > 10
    assert 4 < ROUTE_PROTOCOL < 256 and ROUTE_PROTOCOL not in taken, taken.get(ROUTE_PROTOCOL)
