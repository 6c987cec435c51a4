"""`barewire networks plan`: the tree, the routes and the room of a topology, in every format, and how they grow."""

from __future__ import annotations

import json
import re
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from barewire.addresses import romana
from barewire.addresses.romana.plan import PlannedGroup, PrefixPlan, planned, routes_of
from barewire.render import PREFIXES
from tests.support.command import barewire_inside

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "romana-racks.json"
PAGE = ROOT / "docs" / "romana.md"
KUBEADM = Path(__file__).parent / "romana" / "kubeadm.json"


def plan_of(document: dict[str, Any], assumed: int = 1) -> PrefixPlan:
    topology = romana.parse(document)
    allocator = romana.RomanaAllocator(topology)
    for host in topology.hosts:
        allocator.add_host(host.name, host.ip, host.tags)
    for number, one in enumerate(topology.allocations):
        allocator.allocate(str(number), one.host, one.tenant, one.segment)
    return planned(allocator, "", assumed)


def racks(count: int, nodes: int) -> dict[str, Any]:
    """So many racks, and nodes that go into them in turn."""
    return {
        "networks": [{"name": "n", "cidr": "10.0.0.0/8", "block_mask": 29}],
        "topologies": [{"networks": ["n"], "map": [{"name": f"rack{number}"} for number in range(count)]}],
        "hosts": [{"name": f"n{number}", "ip": str(IPv4Address(0xC0A80000 + number))} for number in range(nodes)],
    }


def top_of(plan: PrefixPlan) -> PlannedGroup:
    top = plan.networks[0].top
    assert top is not None
    return top


def test_a_router_has_a_route_to_each_rack() -> None:
    top = top_of(plan_of(racks(4, 20)))
    assert top.router_routes == 4
    assert [route.via for route in top.routes] == [f"router of rack{number}" for number in range(4)]


def test_a_node_has_a_route_to_each_group_and_block() -> None:
    plan = plan_of(racks(4, 20))
    # Twenty nodes in four racks: three other racks, and a block of each of four others in its own.
    assert {node.routes for group in top_of(plan).groups for node in group.members} == {3 + 4}
    assert (plan.networks[0].node_routes, plan.networks[0].flat_routes) == (7, 19)


def test_a_spare_group_has_a_route_once_a_node_is_in_it() -> None:
    assert [top_of(plan_of(racks(3, nodes))).router_routes for nodes in (3, 4)] == [3, 4]


def test_a_group_of_one_node_is_reached_by_the_node() -> None:
    topology = romana.read(KUBEADM)
    allocator = romana.RomanaAllocator(topology)
    for host in topology.hosts:
        allocator.add_host(host.name, host.ip)
    found = routes_of(allocator.networks["romana-network"], "h2")
    assert [(route.prefix, route.via) for route in found][:2] == [
        ("10.112.0.0/15", "h1"),
        ("10.116.0.0/15", "h3"),
    ]
    assert len(found) == 7


def test_routes_of_a_node_are_as_many_as_the_plan_says() -> None:
    document = json.loads(EXAMPLE.read_text())
    topology = romana.parse(document)
    allocator = romana.RomanaAllocator(topology)
    for host in topology.hosts:
        allocator.add_host(host.name, host.ip, host.tags)
    for number, one in enumerate(topology.allocations):
        allocator.allocate(str(number), one.host, one.tenant, one.segment)
    counted: dict[str, int] = {}

    def visit(group: PlannedGroup) -> None:
        counted.update({node.name: node.routes for node in group.members})
        for below in group.groups:
            visit(below)

    visit(top_of(planned(allocator)))
    assert counted == {name: len(routes_of(allocator.networks["pods"], name)) for name in ("n1", "n2", "n3", "n4")}


def test_routes_of_a_node_cover_every_other_block_once() -> None:
    document = json.loads(EXAMPLE.read_text())
    topology = romana.parse(document)
    allocator = romana.RomanaAllocator(topology)
    for host in topology.hosts:
        allocator.add_host(host.name, host.ip, host.tags)
    given = [
        (one.host, allocator.allocate(str(number), one.host, one.tenant, one.segment))
        for number, one in enumerate(topology.allocations)
    ]
    for name in ("n1", "n2", "n3", "n4"):
        prefixes = [IPv4Network(route.prefix) for route in routes_of(allocator.networks["pods"], name)]
        for owner, address in given:
            assert sum(address in prefix for prefix in prefixes) == (owner != name)


def test_assumed_blocks_count_where_no_address_is_in_use() -> None:
    plan = plan_of(racks(2, 4), assumed=3)
    assert plan.networks[0].assumed == 3
    assert {node.routes for group in top_of(plan).groups for node in group.members} == {1 + 3}
    used = plan_of({**racks(2, 4), "allocations": [["n0", "t", "s"]]}, assumed=3)
    assert used.networks[0].assumed == 0


def test_room_is_shared_evenly_by_the_nodes_of_a_group() -> None:
    group = top_of(plan_of(racks(2, 4))).groups[0]
    assert (group.nodes, group.blocks, group.blocks_per_node, group.addresses_per_node) == (
        2,
        1 << 20,
        1 << 19,
        1 << 22,
    )


def test_a_large_plan_has_a_row_for_every_node() -> None:
    plan = plan_of(racks(1024, 20_480))
    text = PREFIXES.find("text").render(plan)
    assert isinstance(text, str)
    assert len(text.splitlines()) == 4 + 1 + 1024 + 20_480
    assert (plan.networks[0].node_routes, plan.networks[0].flat_routes) == (1023 + 19, 20_479)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"topologies": []}, "No map names it"),
        ({"topologies": [{"networks": ["n"], "map": []}]}, "Its map is empty"),
        ({"networks": [{"name": "n", "cidr": "10.1.2.3/8"}]}, "Its CIDR has bits behind /8"),
        (
            {"networks": [{"name": "n", "cidr": "10.0.0.0/29", "block_mask": 29}]},
            "A block is larger than the prefix of 4",
        ),
        ({"hosts": racks(3, 8)["hosts"]}, r"Spare groups have nodes \(2\)"),
    ],
)
def test_what_a_writer_may_not_expect_is_noted(change: dict[str, Any], note: str) -> None:
    plan = plan_of({**racks(3, 0), **change})
    assert re.search(note, "\n".join(plan.networks[0].notes))


def test_a_plain_topology_has_no_notes() -> None:
    assert plan_of(racks(4, 8)).networks[0].notes == ()


def test_json_has_what_the_text_has() -> None:
    done = barewire_inside("networks", "plan", str(EXAMPLE), "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["schema"] == "barewire/prefixes/2"
    network = document["networks"][0]
    assert [group["name"] for group in network["top"]["groups"]] == ["zone-a", "zone-b"]
    members = network["top"]["groups"][0]["groups"][0]["members"]
    assert [(node["name"], node["blocks"]) for node in members] == [
        ("n1", ["10.112.0.0/29", "10.112.0.8/29"]),
        ("n2", ["10.112.0.16/29"]),
    ]


def test_addresses_are_listed_with_what_was_refused(tmp_path: Path) -> None:
    document = racks(1, 1)
    document["networks"][0] |= {"cidr": "10.0.0.0/31", "block_mask": 32}
    (tmp_path / "full.json").write_text(json.dumps({**document, "allocations": [["n0", "t", "s"]] * 3}))
    done = barewire_inside("networks", "plan", str(tmp_path / "full.json"))
    assert done.code == 1, done.err
    assert [line.split() for line in done.out.splitlines()[-4:]] == [
        ["node", "tenant:segment", "address"],
        ["n0", "t:s", "10.0.0.0"],
        ["n0", "t:s", "10.0.0.1"],
        ["n0", "t:s", "refused:", "No", "available", "IP."],
    ]
    done = barewire_inside("networks", "plan", str(tmp_path / "full.json"), "--json")
    given = json.loads(done.out)["addresses"]
    assert [one["address"] for one in given] == ["10.0.0.0", "10.0.0.1", None]
    assert given[2] == {"host": "n0", "tenant": "t", "segment": "s", "address": None, "refused": "No available IP."}


@pytest.mark.parametrize("name", ["flat", "az3", "kubeadm"])
def test_recorded_topologies_are_planned_as_they_are(name: str) -> None:
    done = barewire_inside("networks", "plan", str(KUBEADM.with_name(f"{name}.json")), "--json")
    assert done.code == 0, done.err
    said = (KUBEADM.with_name("expected.txt").read_text()).split(f"##### {name}.json\n")[1].split("#####")[0]
    recorded = re.findall(r"^alloc .* -> (\S+) <nil>$", said, re.MULTILINE)
    assert [one["address"] for one in json.loads(done.out)["addresses"]] == recorded


def test_markdown_is_a_table_for_each_network(tmp_path: Path) -> None:
    out = tmp_path / "plan.md"
    done = barewire_inside("networks", "plan", str(EXAMPLE), "--markdown", "--out", str(out))
    assert done.code == 0, done.err
    lines = out.read_text().splitlines()
    assert lines[0].startswith("### network pods: 10.112.0.0/12")
    rows = [line for line in lines if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {8, 4}


def test_hosts_of_a_file_are_added(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts.json"
    hosts.write_text(json.dumps({"hosts": [{"name": "n9", "ip": "192.168.9.9", "tags": {"zone": "b", "rack": "b2"}}]}))
    done = barewire_inside("networks", "plan", str(EXAMPLE), "--hosts", str(hosts), "--node", "n9")
    assert done.code == 0, done.err
    assert done.out.splitlines() == [
        "10.112.0.0/13 via router of zone-a",
        "10.120.0.0/15 via n4",
        "10.124.0.0/15 via router of rack-b3",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.json"], r"cannot read the topology \(in none\.json\): No such file"),
        ([str(EXAMPLE), "--node", "n9"], r"there is no node n9 \(in --node\)\. Name a host of the topology"),
        ([str(EXAMPLE), "--node", "n1", "--json"], r"--node prints text alone"),
        ([str(EXAMPLE), "--json", "--markdown"], r"cannot both go to standard output"),
        ([str(EXAMPLE), "--hosts", str(EXAMPLE)], r"A\[n\] 'host' object identified by map\[name:n1\] already exists"),
    ],
)
def test_what_cannot_be_planned_is_refused(arguments: list[str], said: str) -> None:
    done = barewire_inside("networks", "plan", *arguments)
    assert done.code == 2 and done.out == ""
    assert re.search(said, done.err)


def test_networks_without_a_command_lists_them() -> None:
    done = barewire_inside("networks")
    assert done.code == 0 and done.out.split()[:3] == ["network", "attach", "transport"]


@pytest.mark.parametrize("number", range(2))
def test_the_page_shows_what_the_command_prints(number: int) -> None:
    shown = re.findall(
        r"<!-- output: barewire ([^\n]*) -->\n```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    assert len(shown) == 2
    command, output = shown[number]
    done = barewire_inside(*(str(EXAMPLE) if word.startswith("examples/") else word for word in command.split()))
    assert (done.code, done.out) == (0, output)
