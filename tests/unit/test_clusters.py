"""Topologies of a file: zones and clusters, what routers hold there, what is refused, and how they are drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.errors import NetworkError, PlanError
from barewire.model import fabric
from barewire.model.addresses import AddressPlan
from barewire.model.daemons import Daemon
from barewire.model.network import Topology, Wire
from barewire.model.objects import Address
from barewire.model.racks import RackCluster, Racks, RackZone
from barewire.model.racks_outline import outline, summary
from barewire.model.settings import Qdisc
from barewire.model.topology_text import kept_text, parse_topology, topologies
from barewire.networks import catalogue
from barewire.render.run.page.racks import RackPlot
from barewire.study.design.plan_file import load_plan
from barewire.units import Nanoseconds
from tests.unit.test_racks import walked, whole

EXAMPLE = Path(__file__).parents[2] / "examples" / "topologies" / "clusters.toml"
EAST = RackCluster((RackZone((2, 1), 2, "a"), RackZone((1,), 0, "b")), "east")
WEST = RackCluster((RackZone((1, 1)),), "west")
BOTH = Racks((EAST, WEST), Nanoseconds(300_000), Nanoseconds(2_000_000))
ZONES = Racks((RackCluster((RackZone((2,), 2), RackZone((1, 3), 1), RackZone((1, 1)))),))


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "t.toml"
    path.write_text(text)
    return str(path)


def test_a_file_is_read_and_a_plan_keeps_what_it_said(tmp_path: Path) -> None:
    assert parse_topology(str(EXAMPLE)) == (BOTH, "clusters")
    plan = load_plan(None, {"topology": str(EXAMPLE)})
    assert plan.topology.startswith("{") and parse_topology(plan.topology) == (BOTH, "clusters")
    assert kept_text(plan.topology) == plan.topology
    assert load_plan(None, json.loads(plan.model_dump_json(include={"topology"}))).topology == plan.topology


def test_both_pairs_of_a_file_are_two_topologies(tmp_path: Path) -> None:
    path = written(tmp_path, 'pair = "both"\n[[zone]]\nracks = [2, 2]\n')
    found = topologies(path)
    assert [parse_topology(text)[1] for text in found.values()] == ["within", "across"] == list(found)
    assert {parse_topology(text)[0] for text in found.values()} == {Racks.uniform(2, 2)}


@pytest.mark.parametrize(("text", "said"), [
    ("racks = 2", "racks of a topology is wrong"), ("[[zone]]\n", "zone[0].racks of a topology is wrong"),
    ("", "a topology has clusters, or the zones of one"), ("[[zone]]\nracks = [1]\n", "racks must be from 2 to 64 (got 1)"),
    ("[[zone]]\nracks = [1, 0]\n", "zone[0].racks[1] of a topology is wrong"), ("[[zone]", "the topology is not TOML"),
    ('zone_delay = "5"\n[[zone]]\nracks = [1, 1]\n', "zone_delay of a topology is wrong"),
    ('zone_delay = "5ms"\n[[zone]]\nracks = [1, 1]\n', "zone_delay delays nothing"),
    ('cluster_delay = "1500ns"\n[[zone]]\nracks = [1, 1]\n', "tc takes whole microseconds"),
    ('pair = "zones"\n[[zone]]\nracks = [1, 1]\n', "pair=zones takes two zones"),
    ('pair = "clusters"\n[[zone]]\nracks = [1, 1]\n', "pair=clusters takes two clusters"),
    ('pair = "within"\n[[zone]]\nracks = [1, 2]\n', "pair=within takes two nodes in a rack"),
    ("[[zone]]\nracks = [250, 250, 250, 250, 250]\n", "1250 nodes are too many"),
    ('[[zone]]\nname = "a b"\nracks = [1, 1]\n', "zone[0].name of a topology is wrong"),
    ('[[zone]]\nname = "a"\nracks = [1]\n' * 2, "two zones of a cluster are called a"),
    ('[[cluster]]\nname = "c"\nzone = [{ racks = [1] }]\n' * 2, "two clusters are called c"),
])  # fmt: skip
def test_a_wrong_file_is_refused_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(PlanError) as error:
        parse_topology(path)
    assert said in str(error.value)
    with pytest.raises(PlanError, match="topology"):
        load_plan(None, {"topology": path})


def test_zones_of_two_clusters_may_share_a_name(tmp_path: Path) -> None:
    text = '[[cluster]]\nname = "%s"\nzone = [{ name = "a", racks = [1] }]\n'
    assert parse_topology(written(tmp_path, text % "c" + text % "d"))[0].racks == 2


@pytest.mark.parametrize(("wire", "zone", "cluster", "said"), [
    (1.0, 0.0, 0.0, ""), (1.1, 0.0, 0.0, "take 1.1 s"), (0.5, 0.5, 0.5, ""), (0.5, 0.6, 0.0, "take 1.1 s"),
    (0.0, 0.0, 36000.0, "take 36000 s"),
])  # fmt: skip
def test_packets_take_a_second_at_most(wire: float, zone: float, cluster: float, said: str) -> None:
    delays = [Nanoseconds(round(one * 1e9)) for one in (wire, zone, cluster)]
    racks = replace(BOTH, zone_delay=delays[1], cluster_delay=delays[2])
    if not said:
        assert Topology.uniform(0, 1, wire=Wire(delay=delays[0]), racks=racks).racks == racks
    else:
        with pytest.raises(PlanError, match=said):
            Topology.uniform(0, 1, wire=Wire(delay=delays[0]), racks=racks)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"the topology .*gone\.toml cannot be read: No such file"):
        parse_topology(str(tmp_path / "gone.toml"))


@given(st.binary(max_size=60))
def test_any_other_text_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(PlanError):
        parse_topology("{" + content.decode(errors="replace"))


@pytest.mark.parametrize("racks", [BOTH, ZONES], ids=["clusters", "zones"])
@pytest.mark.parametrize("name", ["host", "bridge+bgp:router", "bridge+bgp:router:aggregate:filter"])
@pytest.mark.parametrize("family", [4, 6])
def test_planned_routes_lead_to_every_node_and_pod(racks: Racks, name: str, family: int) -> None:
    found = whole(name, racks, (family,))
    network = catalogue.network(catalogue.parse(name))
    topology = network.placed(Topology.uniform(0, 1, racks=racks, addresses=AddressPlan((family,))))
    plan = topology.addresses.family(family)
    for one, other in permutations(topology.nodes, 2):
        path = walked(found, one.name, plan.node(other.index).ip)
        if name != "host":
            assert walked(found, one.name, plan.gateway(other.index).ip) == path
        borders = [place for place in path if place.startswith("b")]
        apart = racks.cluster_of(racks.rack(one.index)) != racks.cluster_of(racks.rack(other.index))
        assert borders == ([f"b{racks.cluster_of(racks.rack(node.index))}" for node in (one, other)] if apart else [])


def test_no_address_is_given_twice_in_clusters() -> None:
    found = whole("ptp+bgp:router", BOTH, (4, 6))
    addresses = [thing.interface.ip for things in found.values() for thing in things if isinstance(thing, Address)]
    own = [one for one in addresses if str(one) not in ("169.254.1.1",)]
    assert len(own) - len(set(own)) == 0
    plan = Topology.uniform(0, 1, racks=BOTH).addresses.ipv4
    assert [str(plan.subnet(node)) for node in (4, 5)] == ["10.128.4.0/24", "10.136.5.0/24"]
    assert [str(plan.cluster_pods(one)) for one in (1, 2)] == ["10.128.0.0/13", "10.136.0.0/13"]


def test_links_between_zones_and_clusters_have_their_delays() -> None:
    found = whole("host", BOTH)
    delayed = {
        (name, one.dev): one.options for name, things in found.items() for one in things if isinstance(one, Qdisc)
    }
    zones, clusters = "delay 300us limit 100000", "delay 2000us limit 100000"
    assert delayed == {
        ("s1", "r3"): zones, ("s2", "r3"): zones, ("r3", "s1"): zones, ("r3", "s2"): zones,
        ("b1", "b2"): clusters, ("b2", "b1"): clusters,
    }  # fmt: skip


def test_border_routers_take_only_what_is_the_other_clusters() -> None:
    def configuration(name: str, router: str) -> str:
        (bird,) = (thing for thing in whole(name, BOTH)[router] if isinstance(thing, Daemon))
        return bird.files[0][1]

    filtered = configuration("ptp+bgp:router:filter", "b1")
    assert "import where net ~ [ 10.10.3.0/24+, 10.10.4.0/24+, 10.136.0.0/13+ ];" in filtered
    assert filtered.count("import all;") == 3
    assert "import where" not in configuration("ptp+bgp:router", "b1")
    numbers = {router.name: configuration("ptp+bgp:router", router.name).split("local as ")[1].split(";")[0]
               for router in fabric.routers(BOTH, AddressPlan().in_racks(BOTH))}  # fmt: skip
    assert numbers["s1"] == numbers["s2"] and len(set(numbers.values())) == len(numbers) - 1


@pytest.mark.parametrize("name", ["flannel/vxlan", "romana", "flannel/wireguard", "flannel/aws-vpc"])
def test_a_network_of_one_cluster_is_refused_in_two(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    with pytest.raises(NetworkError, match="cannot have nodes in different clusters: with"):
        network.check(Topology.uniform(0, 1, racks=BOTH))
    network.check(Topology.uniform(0, 1, racks=ZONES))


def test_the_outline_names_clusters_zones_and_delays() -> None:
    assert [*outline(BOTH)] == [
        "cluster east: border router b1, joined to b2, 2.00 ms one way",
        "  zone a, 300 µs one way from other zones", "    spines s1 s2", "    r1: n1 n2", "    r2: n3",
        "  zone b, 300 µs one way from other zones", "    r3: n4",
        "cluster west: border router b2, joined to b1, 2.00 ms one way", "  r4: n5", "  r5: n6",
    ]  # fmt: skip
    assert [*outline(Racks.uniform(2, 9))] == ["r1: n1 ... n9", "r2: n10 ... n18"]
    assert (
        summary(BOTH)
        == "2 clusters, 3 zones, 5 racks, 2 spines, 6 nodes, 300 µs between zones, 2.00 ms between clusters"
    )


@pytest.mark.parametrize("width", [336, 968])
@pytest.mark.parametrize(("racks", "pair"), [(BOTH, "clusters"), (ZONES, "zones"), (Racks.uniform(64, 4, 8), "across")],
                         ids=["clusters", "zones", "many"])  # fmt: skip
def test_a_drawing_has_the_pair_and_no_name_over_another(racks: Racks, pair: str, width: int) -> None:
    other = racks.other(pair)
    assert other is not None
    drawn, height = RackPlot(racks, (1, other)).draw(width)
    texts = [*ElementTree.fromstring(f"<svg>{drawn}</svg>").iter("text")]
    names = [one.text for one in texts]
    assert {"n1", f"n{other}", "r1"} <= set(names) and len(names) == len(set(names))
    places = [(float(one.attrib["x"]), float(one.attrib["y"])) for one in texts]
    assert len(places) == len(set(places)) and all(0 <= x <= width and 0 <= y <= height for x, y in places)
    if pair == "clusters":
        assert {"b1", "b2", "s2", "east, a", "west"} <= set(names)
