"""Romana's addresses: held to what its own allocator printed, recorded for whole topologies and for random steps.

`romana/expected.txt` has the answers for the topologies beside it; `romana/steps.json` those for random topologies and steps,
which the allocator of Romana 2.0.2 took one after the other.
"""

from __future__ import annotations

import json
import re
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barewire.addresses import romana
from barewire.addresses.romana.topology import parse_hosts
from barewire.errors import PlanError
from tests.support.romana import dump, tried

FOLDER = Path(__file__).parent / "romana"
STEPS = json.loads((FOLDER / "steps.json").read_text())


def recorded() -> dict[str, str]:
    """By topology, what Romana printed."""
    parts = re.split(r"^##### (.*)\n", (FOLDER / "expected.txt").read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


RECORDED = recorded()


def allocator(document: Any) -> romana.RomanaAllocator:
    return romana.RomanaAllocator(romana.parse(document))


def flat(cidr: str = "10.0.0.0/24", mask: int = 29, groups: int = 1, **network: Any) -> dict[str, Any]:
    """A network with so many groups, none of which asks for a label."""
    named = {"name": "n", "cidr": cidr, "block_mask": mask, **network}
    return {
        "networks": [named],
        "topologies": [{"networks": ["n"], "map": [{"name": f"g{number}"} for number in range(groups)]}],
    }


def with_hosts(document: dict[str, Any], *hosts: str) -> romana.RomanaAllocator:
    found = allocator(document)
    for number, host in enumerate(hosts, 1):
        found.add_host(host, IPv4Address(f"192.168.0.{number}"))
    return found


@pytest.mark.parametrize("name", [name for name, said in RECORDED.items() if not said.startswith("ERR")])
def test_a_topology_gets_the_addresses_of_romana(name: str) -> None:
    topology = romana.read(FOLDER / name)
    found = romana.RomanaAllocator(topology)
    for host in topology.hosts:
        found.add_host(host.name, host.ip, host.tags)
    said = ""
    for number, one in enumerate(topology.allocations):
        answer = tried(found, ("alloc", str(number), one.host, one.tenant, one.segment))
        said += f"alloc [{one.host} {one.tenant} {one.segment}] -> {answer}\n"
    assert said + dump(found) == RECORDED[name]


@pytest.mark.parametrize("name", [name for name, said in RECORDED.items() if said.startswith("ERR")])
def test_a_topology_is_refused_as_romana_refuses_it(name: str) -> None:
    with pytest.raises(PlanError) as caught:
        romana.RomanaAllocator(romana.read(FOLDER / name))
    assert f"ERR topology: {caught.value.said}\n" == RECORDED[name]
    assert caught.value.where == str(FOLDER / name)
    assert caught.value.remedy


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_random_steps_get_the_answers_of_romana(number: int) -> None:
    case = STEPS[number]
    try:
        found = allocator(case["topology"])
    except PlanError as error:
        assert [f"ERR topology: {error.said}"] == case["answers"]
        return
    assert [tried(found, step) for step in case["ops"]] == case["answers"]
    assert dump(found) == case["dump"]


def test_the_recorded_steps_meet_every_kind_of_answer() -> None:
    said = "\n".join(answer for case in STEPS for answer in case["answers"])
    for words in (
        "No available IP.", "already exists", "No suitable groups", "No host found", "No networks found",
        "invalid CIDR address", "invalid blockmask", "already is contained in", "Cannot reclaim id",
    ):  # fmt: skip
        assert words in said
    assert sum(len(case["ops"]) for case in STEPS) > 1500


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (flat(cidr="10.0.0.0"), "invalid CIDR address: 10.0.0.0"),
        (flat(cidr="10.0.0.0/33"), "invalid CIDR address: 10.0.0.0/33"),
        (flat(cidr="fd00::/64"), "Romana's addresses are IPv4"),
        (flat(mask=23), r"invalid blockmask\(23\) for network\(n\), must be 24 <= blockmask <= 32"),
        (flat(mask=33), r"invalid blockmask\(33\) for network\(n\), must be 24 <= blockmask <= 32"),
        (flat(cidr="10.0.0.0/31", mask=32, groups=3), "invalid CIDR address: 10.0.0.0/33"),
        (flat(tenants=["a b"]), "Bad tenant name: a b"),
        ({"networks": flat()["networks"] * 2}, "Network with name n already defined"),
        ({"topologies": [{"networks": ["n"]}]}, "Network with name n not defined"),
        ({**flat(), "topologies": flat()["topologies"] * 2}, "Network n appears more than once"),
        (
            {"networks": [{"name": "a", "cidr": "10.0.0.0/8"}, {"name": "b", "cidr": "10.1.0.0/16"}]},
            r"CIDR 10.1.0.0/16 of network b already is contained in CIDR 10.0.0.0/8 of network a",
        ),
    ],
)
def test_errors_have_the_sentence_of_romana(document: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said) as caught:
        allocator(document)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the document is not what a Romana topology has there: it must be an object"),
        ({"networks": {}}, "networks is not.*it must be a list"),
        ({"networks": [7]}, r"networks\[0\] is not.*it must be an object"),
        ({"networks": [{"name": 7}]}, r"networks\[0\]\.name is not.*it must be a text"),
        ({"networks": [{"block_mask": -1}]}, r"networks\[0\]\.block_mask is not.*whole number"),
        ({"networks": [{"block_mask": True}]}, r"networks\[0\]\.block_mask is not.*whole number"),
        ({"networks": [{"tenants": [7]}]}, r"networks\[0\]\.tenants is not.*a list of texts"),
        (
            {"topologies": [{"map": [{"groups": [{"ip": "h"}]}]}]},
            r"topologies\[0\]\.map\[0\]\.groups\[0\]\.ip is not.*h",
        ),
        ({"topologies": [{"map": [{"assignment": {"zone": 1}}]}]}, r"map\[0\]\.assignment is not.*labels"),
        ({"hosts": [{"name": "h"}]}, r"hosts\[0\]\.ip is not.*Host IP is required"),
        ({"hosts": [{"ip": "10.0.0.1"}]}, r"hosts\[0\]\.name is not.*Host name is required"),
        ({"allocations": [["h", "t"]]}, r"allocations\[0\] is not.*a host, a tenant and a segment"),
    ],
)
def test_a_wrong_key_is_named_with_its_path(document: Any, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        romana.parse(document)


def test_a_topology_nested_too_deeply_is_refused() -> None:
    document: dict[str, Any] = {}
    for _ in range(2000):
        document = {"groups": [document]}
    with pytest.raises(PlanError, match="nested too deeply"):
        romana.parse({"topologies": [{"map": [document]}]})


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("{")
    with pytest.raises(PlanError, match=r"not JSON \(in .*bad\)"):
        romana.read(tmp_path / "bad")
    with pytest.raises(PlanError, match=r"cannot read the topology \(in .*none\): No such file"):
        romana.read(tmp_path / "none")


def test_hosts_are_read_as_romana_lists_them() -> None:
    listed = [{"name": "h", "ip": "10.0.0.1", "agent_port": 9604, "tags": None}]
    assert parse_hosts({"hosts": listed, "revision": 3}) == parse_hosts(listed)


def test_three_zones_take_four_prefixes() -> None:
    top = allocator(flat("10.0.0.0/8", groups=3)).networks["n"].top
    assert top is not None and top.groups is not None
    assert [str(group.prefix) for group in top.groups] == [
        "10.0.0.0/10",
        "10.64.0.0/10",
        "10.128.0.0/10",
        "10.192.0.0/10",
    ]
    assert [group.spare for group in top.groups] == [False, False, False, True]


def test_a_host_without_labels_goes_into_a_spare_group() -> None:
    found = with_hosts(flat("10.0.0.0/24", groups=3), "a", "b", "c", "d")
    assert str(found.allocate("p", "d", "t", "s")) == "10.0.0.192"


def test_the_lowest_mask_gives_every_pod_a_block() -> None:
    found = with_hosts(flat(mask=32), "a", "b")
    given = [str(found.allocate(str(number), "ab"[number % 2], "t", "s")) for number in range(4)]
    assert given == ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"]


def test_an_exhausted_network_leaves_the_next_one() -> None:
    document = flat("10.0.0.0/30", mask=31)
    document["networks"].append({"name": "m", "cidr": "10.1.0.0/24", "block_mask": 30})
    document["topologies"][0]["networks"].append("m")
    found = with_hosts(document, "a")
    given = [str(found.allocate(str(number), "a", "t", "s")) for number in range(5)]
    assert given == ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.1.0.0"]


def test_a_tenants_own_network_comes_before_everyones() -> None:
    document = flat()
    document["networks"].append({"name": "m", "cidr": "10.1.0.0/24", "tenants": ["t"]})
    document["topologies"][0]["networks"].append("m")
    found = with_hosts(document, "a")
    assert str(found.allocate("one", "a", "t", "s")) == "10.1.0.0"
    assert str(found.allocate("other", "a", "u", "s")) == "10.0.0.0"


def test_a_released_block_goes_to_the_next_owner() -> None:
    found = with_hosts(flat(), "a", "b")
    found.allocate("one", "a", "t", "s")
    found.allocate("two", "a", "t", "other")
    found.release("one")
    assert str(found.allocate("three", "b", "u", "s")) == "10.0.0.0"


def test_the_blocks_of_a_removed_host_can_be_had_again() -> None:
    found = with_hosts(flat(), "a", "b")
    assert str(found.allocate("one", "a", "t", "s")) == "10.0.0.0"
    found.remove_host("a")
    assert str(found.allocate("two", "b", "u", "s")) == "10.0.0.0"
    with pytest.raises(PlanError, match="No available IP"):
        found.allocate("three", "a", "t", "s")


def test_hosts_are_spread_over_many_groups_in_little_time() -> None:
    found = allocator(flat("10.0.0.0/8", groups=4096))
    for number in range(20_000):
        found.add_host(f"h{number}", IPv4Address(0xC0A80000 + number))
    top = found.networks["n"].top
    assert top is not None
    assert {len(leaf.hosts or ()) for leaf in top.leaves()} == {4, 5}


MAPS = st.recursive(
    st.builds(lambda zone: {"assignment": {"zone": zone}} if zone else {}, st.sampled_from(["", "a", "b"])),
    lambda below: st.builds(lambda groups: {"groups": groups}, st.lists(below, min_size=1, max_size=5)),
    max_leaves=12,
)
ASKED = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("tu"), st.sampled_from("sr")), max_size=60)


@settings(max_examples=60, deadline=None)
@given(groups=st.lists(MAPS, min_size=1, max_size=5), mask=st.integers(26, 32), asked=ASKED)
def test_addresses_are_unique_and_in_their_groups(
    groups: list[Any], mask: int, asked: list[tuple[int, str, str]]
) -> None:
    document = flat("10.0.0.0/8", mask)
    document["topologies"][0]["map"] = groups
    found = allocator(document)
    top = found.networks["n"].top
    assert top is not None
    leaves = list(top.leaves())
    prefixes = [IPv4Network(str(leaf.prefix)) for leaf in leaves]
    assert sum(prefix.num_addresses for prefix in prefixes) == 1 << 24
    assert all(not one.overlaps(other) for one, other in pairwise(prefixes))
    hosts = []
    for number in range(10):
        try:
            found.add_host(f"h{number}", IPv4Address(f"192.168.0.{number}"), {"zone": "ab"[number % 2]})
            hosts.append(f"h{number}")
        except PlanError as error:
            assert error.said.startswith("No suitable groups")
    given: dict[IPv4Address, tuple[str, str]] = {}
    for number, (host, tenant, segment) in enumerate(asked):
        if f"h{host}" not in hosts:
            continue
        address = found.allocate(str(number), f"h{host}", tenant, segment)
        assert address not in given
        given[address] = f"h{host}", f"{tenant}:{segment}"
        placed = found.networks["n"].host(f"h{host}")
        assert placed is not None and address in IPv4Network(str(placed.group.prefix))
    blocks: dict[IPv4Network, set[tuple[str, str]]] = {}
    for address, owner in given.items():
        blocks.setdefault(IPv4Network((int(address) & -(1 << (32 - mask)), mask)), set()).add(owner)
    assert all(len(owners) == 1 for owners in blocks.values())


@settings(max_examples=60, deadline=None)
@given(mask=st.integers(28, 32), order=st.permutations(range(64)))
def test_a_host_takes_every_address_of_its_network_once(mask: int, order: list[int]) -> None:
    found = with_hosts(flat("10.0.0.0/26", mask), "a")
    first = [str(found.allocate(str(number), "a", "t", "s")) for number in range(64)]
    assert first == [str(address) for address in IPv4Network("10.0.0.0/26")]
    with pytest.raises(PlanError, match="No available IP"):
        found.allocate("one more", "a", "t", "s")
    for number in order:
        found.release(str(number))
    assert str(found.allocate("again", "a", "t", "s")) in first
