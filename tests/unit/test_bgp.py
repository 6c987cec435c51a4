"""BIRD's configuration as files that one can read, and what it must report."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from barewire.errors import NetworkError
from barewire.lab.coordination import with_room
from barewire.model.addresses import AddressPlan
from barewire.model.daemons import Daemon
from barewire.model.network import Topology
from barewire.model.objects import LearnedRoute, Route
from barewire.model.racks import RackCluster, Racks, RackZone
from barewire.networks import catalogue
from barewire.networks.network import Network

GOLDEN = Path(__file__).parent / "golden" / "bird"
PLAIN = Topology.uniform(3, 1)
BOTH = Topology.uniform(3, 1, addresses=AddressPlan((4, 6)))
FABRIC = Topology.uniform(0, 1, racks=Racks.uniform(2, 2, 2))
CASES = [
    ("mesh", "ptp+bgp", PLAIN, "n2"),
    ("mesh-46", "ptp+bgp:delay=0", BOTH, "n2"),
    ("mesh-6", "ptp+bgp", Topology.uniform(2, 1, addresses=AddressPlan((6,))), "n1"),
    ("reflector", "ptp+bgp:reflectors=1", PLAIN, "n1"),
    ("reflector-client", "ptp+bgp:reflectors=1", PLAIN, "n3"),
    ("node-of-router", "ptp+bgp:router", PLAIN, "n1"),
    ("router", "ptp+bgp:router", PLAIN, "wire"),
    ("rack-router", "ptp+bgp:router", FABRIC, "r1"),
    ("spine", "ptp+bgp:router", FABRIC, "s2"),
    ("graceful-md5-hold", "ptp+bgp:graceful:md5=secret:hold=9", BOTH, "n1"),
    ("filter-mesh", "ptp+bgp:filter", PLAIN, "n2"),
    ("filter-reflector", "ptp+bgp:reflectors=1:filter", PLAIN, "n1"),
    ("filter-reflector-client", "ptp+bgp:reflectors=1:filter", PLAIN, "n2"),
    ("filter-node-of-router", "ptp+bgp:router:filter", PLAIN, "n1"),
    ("filter-router", "ptp+bgp:router:filter", FABRIC, "r1"),
    ("aggregate-node", "ptp+bgp:router:aggregate", FABRIC, "n1"),
    ("aggregate-router", "ptp+bgp:router:aggregate", FABRIC, "r2"),
]


def of(name: str) -> Network:
    return catalogue.network(catalogue.parse(name))


def bird(name: str, topology: Topology, namespace: str) -> Daemon:
    (found,) = (thing for thing in of(name).desired_state(topology).objects[namespace] if isinstance(thing, Daemon))
    return found


@pytest.mark.parametrize(("file", "name", "topology", "namespace"), CASES, ids=[case[0] for case in CASES])
def test_a_configuration_is_the_one_that_was_read(file: str, name: str, topology: Topology, namespace: str) -> None:
    daemon = bird(name, topology, namespace)
    text = daemon.files[0][1] + "".join(
        f"\n# {' '.join(wanted.argv)}: {wanted.claim}\n" + "".join(f"#   {pattern}\n" for pattern in wanted.patterns)
        for wanted in daemon.reports
    )
    golden = GOLDEN / f"{file}.conf"
    if os.environ.get("BAREWIRE_UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert golden.read_text() == text


def test_no_configuration_is_of_a_case_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {case[0] for case in CASES}


@pytest.mark.parametrize("name", ["ptp+bgp", "ptp+bgp:reflectors=2", "ptp+bgp:router"])
def test_learned_routes_are_those_of_static_routing(name: str) -> None:
    for families in ((4,), (6,), (4, 6)):
        topology = Topology.uniform(4, 1, addresses=AddressPlan(families))
        static, learned = of("ptp").desired_state(topology).objects, of(name).desired_state(topology).objects
        for node in topology.nodes:
            wanted = {(thing.dst, ((thing.dev, thing.via),)) for thing in static[node.name] if isinstance(thing, Route)}
            made = {(thing.dst, ((thing.dev, thing.via),)) for thing in learned[node.name] if isinstance(thing, Route)}
            found = {(thing.dst, thing.hops) for thing in learned[node.name] if isinstance(thing, LearnedRoute)}
            assert made | found == wanted and len(found) == 3 * len(families)


@pytest.mark.parametrize(("name", "said"), [
    ("ptp+bgp:reflectors=3", "3 route reflectors are too many for 3 nodes"),
    ("ptp+bgp:reflectors=17", "reflectors=17 does not fit bgp.*from 0 to 16"),
    ("ptp+bgp:router:reflectors=1", "nodes peer with reflectors or with a router"),
    ("ptp+bgp:router=r1", "router=r1 does not fit bgp"),
    ("ptp+bgp:delay=61", "delay=61 does not fit bgp"),
    ("ptp+bgp:mesh", "bgp has no option mesh.*reflectors, router, aggregate"),
    ("ptp+bgp:aggregate", "only routers aggregate.*bgp:router:aggregate"),
    ("ptp+bgp:router:aggregate", "without racks there is nothing to aggregate"),
    ("ptp+bgp:hold=2", "hold=2 does not fit bgp.*from 3 to 3600"),
    ("ptp+bgp:md5=a b", "md5=a b does not fit bgp.*letters and digits, at most 80"),
    ("ptp+bgp:graceful=yes", "graceful=yes does not fit bgp"),
    ("macvlan+bgp", "macvlan and bgp do not go together"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(name: str, said: str) -> None:
    with pytest.raises(NetworkError, match=said):
        of(name).check(PLAIN)


@pytest.mark.parametrize(
    ("sizes", "bits"), [((3, 3), 2), ((4, 4), 2), ((3, 4, 5), 3), ((8, 8), 3), ((8, 9), 4)], ids=str
)
@pytest.mark.parametrize("version", [4, 6])
def test_a_racks_aggregate_covers_its_subnets_and_no_others(sizes: tuple[int, ...], bits: int, version: int) -> None:
    racks = Racks((RackCluster((RackZone(sizes, 2),)),))
    plan = AddressPlan().in_racks(racks).with_aggregates().family(version)
    for rack in range(1, racks.racks + 1):
        aggregate = plan.aggregate(rack)
        assert aggregate is not None and aggregate.prefixlen == plan.subnet_prefix - bits
        inside = [node for node in range(1, racks.nodes + 1) if plan.subnet(node).subnet_of(aggregate)]  # type: ignore[arg-type]
        assert inside == [*racks.members(rack)]


def test_a_join_moves_no_pod_of_a_rack_with_room() -> None:
    network = catalogue.network(catalogue.parse("ptp+bgp:router:aggregate"))
    for nodes in (3, 4, 5, 8, 9):
        racks = Racks.uniform(2, nodes)
        before = with_room(Topology.uniform(0, 1, racks=racks))
        after = Topology.uniform(0, 1, racks=racks.with_node())
        assert [network.pod_address(before, pod, 4) for pod in before.pods] == [
            network.pod_address(after, pod, 4) for pod in before.pods
        ]


def test_racks_of_one_node_have_no_aggregate_beside_its_subnet() -> None:
    for nodes, wanted in ((1, None), (2, "10.128.2.0/23")):
        plan = AddressPlan().in_racks(Racks.uniform(2, nodes)).with_aggregates()
        assert str(plan.ipv4.aggregate(1)) == str(wanted)
