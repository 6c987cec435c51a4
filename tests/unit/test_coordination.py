"""What coordination costs: objects counted as a network grows, formulas, and the document in every format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest

from barewire import render, schemas
from barewire.errors import UsageError
from barewire.model.growing_racks import GrowingRacks, parse_growing
from barewire.model.racks import Racks
from barewire.networks import catalogue, census, growth
from barewire.records.coordination import CostDocument, EventRecord, MeasuredRecord
from barewire.results import coordination
from barewire.testbeds.fake import FakeTestbed
from benchmarks import coordination_curves
from tests.support.command import barewire_inside

CLUSTERS = Path(__file__).parents[2] / "examples" / "topologies" / "clusters.toml"


def taken(name: str, nodes: int, racks: Racks | None = None) -> census.Census:
    return census.take(catalogue.network(catalogue.parse(name)), nodes, racks)


@pytest.mark.parametrize(("name", "kind", "wanted"), [
    ("flannel/vxlan", "FDB entries", "N - 1"), ("ptp+wireguard", "tunnel peers", "N - 1"), ("ptp+gre", "links", "N"),
    ("ptp+bgp", "sessions", "N - 1"), ("ptp+bgp:router", "sessions", "1"), ("ptp+bgp:reflectors=2", "sessions", "2"),
    ("ptp+bgp", "learned routes", "N - 1"), ("flannel/aws-vpc", "routes", "1"), ("ebpf+ebpf", "map entries", "2N + 5"),
])  # fmt: skip
def test_what_a_node_holds_grows_by_its_formula(name: str, kind: str, wanted: str) -> None:
    held = [
        (n, taken(name, n).holders[-1 if "router" not in name and "vpc" not in name else 0]) for n in (4, 6, 20, 50)
    ]
    found = growth.fit([(n, one.objects[kind]) for n, one in held])
    assert found == growth.Growth(wanted, exact=True) and all(one.role == "node" for _, one in held)


@pytest.mark.parametrize(("name", "informed", "writes"), [
    ("flannel/vxlan", 20, 60), ("ptp+bgp", 20, 20), ("ptp+bgp:reflectors=2", 2, 2), ("ptp+bgp:router", 1, 1),
    ("flannel/aws-vpc", 1, 1), ("host", 0, 0),
])  # fmt: skip
def test_a_join_informs_only_those_whose_state_changes(name: str, informed: int, writes: int) -> None:
    found = taken(name, 20)
    assert found.join and (found.join.informed, found.join.writes) == (informed, writes)


def test_a_full_table_is_counted_and_says_that_no_node_fits() -> None:
    found = taken("flannel/aws-vpc", 50)
    assert found.holders[-1].objects["routes"] == 50 and found.join is None and "RouteLimitExceeded" in found.full


def test_an_aggregate_makes_routes_grow_with_racks_alone() -> None:
    for nodes in (40, 160):
        node, leaf, spine = taken("ptp+bgp:router:aggregate", nodes, Racks.uniform(4, nodes // 4, 2)).holders
        # Each other rack's prefix, and each other node of the own rack.
        assert node.objects["learned routes"] == 3 + nodes // 4 - 1
        assert leaf.objects["learned routes"] == 3 * 2 + nodes // 4
        assert (spine.role, spine.number, spine.objects["learned routes"]) == ("spine", 2, 8)


@pytest.mark.parametrize(("name", "informed", "writes", "new"), [
    ("ptp+bgp:router", 1, 1, 7), ("ptp+bgp:router:aggregate", 1, 1, 7), ("flannel/vxlan", 12, 36, 46),
    ("ptp+vxlan:cross-subnet", 12, 30, 38), ("romana/prefixes", 4, 4, 19),
])  # fmt: skip
def test_a_node_that_joins_a_rack_is_counted(name: str, informed: int, writes: int, new: int) -> None:
    found = taken(name, 12, Racks.uniform(4, 3, 2))
    assert found.join == census.Join(informed, writes, new) and not found.full
    full = taken(name, 500, Racks.uniform(2, 250))
    assert full.join is None and "nodes must be from 1 to 250" in full.full


def test_nodes_and_routers_of_unlike_racks_are_counted_apart() -> None:
    racks = parse_growing(str(CLUSTERS)).racks_for(12)
    found = taken("ptp+bgp:router:aggregate", 12, racks)
    held = {one.role: (one.number, one.objects["learned routes"]) for one in found.holders}
    # Four aggregates of other racks, and the other nodes of the own one: racks have 4, 2, 2, 2 and 2.
    assert held["node (rack 1)"] == (4, 4 + 3) and held["node (rack 2)"] == (2, 4 + 1)
    assert held["node (rack 4)"] == held["node (rack 5)"] == held["node (rack 3)"] == held["node (rack 2)"]
    assert {role for role in held if "router" in role} >= {"rack's router (r1)", "rack's router (r4, r5)"}
    assert sum(number for role, (number, _) in held.items() if role.startswith("node")) == 12
    assert found.join and found.join.informed == 1


def test_a_file_grows_by_multiples_of_its_nodes(tmp_path: Path) -> None:
    file = tmp_path / "zones.toml"
    file.write_text('pair = "zones"\n[[zone]]\nspines = 2\nracks = [2, 1]\n[[zone]]\nracks = [1]\n')
    growing = parse_growing(str(file))
    assert (growing.pair, growing.sizes) == ("zones", (4, 8, 20, 80, 200))
    assert growing.racks_for(20) == growing.shape.scaled(5) and growing.racks_for(20).sizes == (10, 5, 5)
    done = barewire_inside("networks", "cost", "ptp+bgp:router", "--topology", str(file), "--json")
    assert done.code == 0, done.err
    made = json.loads(done.out)
    jsonschema.Draft202012Validator(schemas.schema("cost")).validate(made)
    formulas = {one["figure"]: (one["formula"], one["exact"]) for one in made["networks"][0]["growth"]}
    assert formulas["learned routes per node"] == ("N - 1", True)
    # A file may go; what it said is in the document.
    file.unlink()
    assert parse_growing(made["topology"]).racks_for(4).sizes == (2, 1, 1)


def test_a_title_says_what_the_file_of_a_topology_holds() -> None:
    text = parse_growing(str(CLUSTERS)).text
    found = coordination.document([], [6], [], FakeTestbed(), parse_growing(text), 1.0, lambda _: None)
    said = " ".join(str(render.COST.find("text").render(found)).split())
    assert "2 clusters, 3 zones, 5 racks, 2 spines, 6 nodes" in said and "or a multiple" in said and "{" not in said


@pytest.mark.parametrize(("points", "wanted", "exact"), [
    ([(2, 3), (10, 27), (50, 147)], "3(N - 1)", True), ([(2, 2), (10, 10), (50, 50)], "N", True),
    ([(2, 1), (10, 45), (50, 1225), (200, 19900)], "N(N - 1)/2", True), ([(2, 5), (10, 5)], "5", True),
    ([(2, 4), (4, 16), (8, 64), (9, 81)], "N²", True), ([(2, 10), (4, 20), (8, 40), (9, 46)], "≈ 4.95 · N^1.01", False),
    ([(2, 1), (4, 4)], "", False), ([(2, 2), (4, 8), (8, 30), (16, 128)], "≈ 0.5 · N^1.99", False),
])  # fmt: skip
def test_a_formula_is_exact_only_if_it_has_every_point(
    points: Sequence[tuple[int, float]], wanted: str, exact: bool
) -> None:
    assert growth.fit(points) == growth.Growth(wanted, exact)


@pytest.fixture(scope="module")
def document() -> CostDocument:
    names = ("flannel/vxlan", "ptp+bgp:reflectors=2", "flannel/aws-vpc")
    networks = [catalogue.network(catalogue.parse(name)) for name in names]
    found = coordination.document(networks, [2, 10, 60], [], FakeTestbed(), GrowingRacks(), 1.0, lambda _: None)
    events = (
        EventRecord("join", 30, 12.5, "", 0, 0.0, 3.0),
        EventRecord("death", 0, None, "not within <10> s", 7, 6.1, 0.0),
    )
    labs = (MeasuredRecord(2, 2, 9.0, 2_000_000, 3.5, events, ""), MeasuredRecord(10, 0, 0.0, 0, 0.0, (), "no <bird>"))
    first, *others = found.networks
    return CostDocument(found.schema, "", (type(first)(first.network, first.counted, labs, first.growth), *others))


def test_the_document_is_valid_by_its_schema(document: CostDocument) -> None:
    made = json.loads(str(render.COST.find("json").render(document)))
    jsonschema.Draft202012Validator(schemas.schema("cost")).validate(made)
    bgp = made["networks"][1]
    assert [(one["role"], one["number"]) for one in bgp["counted"][1]["holders"]] == [("first nodes", 2), ("node", 8)]
    assert "2 route reflectors are too many" in bgp["counted"][0]["refused"]


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_people_see_figures_formulas_events_and_refusals(document: CostDocument, name: str) -> None:
    text = render.COST.find(name).render(document)
    assert isinstance(text, str)
    for said in ("N - 1", "3N", "sessions per first nodes", "death", "too many", "RouteLimitExceeded", "12.5 ms"):
        assert said in text, said
    assert "<bird>" not in text or name == "text"


def test_the_page_draws_what_grows_and_not_what_stays(document: CostDocument) -> None:
    page = str(render.COST.find("html").render(document))
    assert "<figcaption>FDB entries per node</figcaption>" in page
    assert "<figcaption>links per node</figcaption>" not in page


def test_the_command_counts_a_network_without_a_lab() -> None:
    done = barewire_inside("networks", "cost", "ptp+bgp", "--nodes", "2,3,1000", "--json")
    assert done.code == 0, done.err
    (network,) = json.loads(done.out)["networks"]
    formulas = {one["figure"]: one["formula"] for one in network["growth"]}
    assert formulas["sessions per node"] == "N - 1" and network["counted"][-1]["informed"] == 1000


@pytest.mark.parametrize(("options", "said"), [
    (("--nodes", "1"), "--nodes cannot be '1'"), (("--measure", "2,x"), "--measure cannot be 'x'"),
    (("--nodes", "16001"), "from 2 to 16000"), (("--patience", "0"), "--patience cannot be 0"),
    (("--topology", "nodes=2"), "--topology cannot have 'nodes=2'"),
    (("--topology", "racks=0"), "--topology cannot have no rack"),
    (("--topology", "racks=4", "--nodes", "10"), "10 nodes cannot be spread over 4 racks evenly"),
    (("--topology", "nowhere.toml"), "the topology nowhere.toml cannot be read: No such file"),
    (("--topology", str(CLUSTERS), "--nodes", "7"), "Write multiples of 6"),
    (("--topology", str(CLUSTERS), "--nodes", "6000"), "a rack has at most 250. Write at most 750"),
    (("--topology", '{"pair":"both","zone":[{"racks":[2,2]}]}'), "a lab has one measured pair"),
    (("--topology", '{"zone":[{"racks":[0]}]}'), "zone[0].racks[0] of a topology is wrong"),
])  # fmt: skip
def test_what_cannot_be_counted_is_refused(options: Sequence[str], said: str) -> None:
    done = barewire_inside("networks", "cost", "ptp+bgp", *options)
    assert done.code == UsageError("").exit_code and said in done.err


def test_the_curves_of_the_page_are_those_of_the_kept_document() -> None:
    page = (coordination_curves.ROOT / "docs" / "coordination.md").read_text(encoding="utf-8")
    for file, text in coordination_curves.pictures(coordination_curves.load()).items():
        assert f"({file})" in page
        kept = (coordination_curves.ROOT / "docs" / file).read_text(encoding="utf-8")
        assert kept == text, "type: scripts/bench coordination_curves"
