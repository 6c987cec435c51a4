"""The engine against a real kernel: what a plan wants is there, twice is once, and only ours is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from barewire.errors import KernelError, PrerequisiteError
from barewire.model.objects import (
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
    RouteEncap,
    RoutingRule,
    stable_mac,
)
from barewire.model.settings import Offloads, Qdisc, Sysctl
from barewire.testbeds.local import LocalNamespaces, LocalTestbed
from barewire.testbeds.testbed import Command


@pytest.fixture
def nodes() -> Iterator[LocalNamespaces]:
    with LocalTestbed().open() as opened:
        yield opened


NAT = NftTable(
    "ip", "barewire", "chain post {\ntype nat hook postrouting priority srcnat; policy accept;\nmasquerade\n}"
)


RULES = ':FORWARD ACCEPT [0:0]\n:OURS - [0:0]\n-A FORWARD -m comment --comment "a comment" -j OURS'


def everything() -> dict[str, list[KernelObject]]:
    """One object of each class and each kind of link."""
    return {
        "a": [
            Sysctl("net.ipv4.ip_forward", "1"),
            Link("eth0", "veth", 1500, stable_mac("a", "eth0"), peer=Peer("b", "eth0", stable_mac("b", "eth0"), 1500)),
            Link("cni0", "bridge", 1450, stable_mac("a", "cni0"), attributes=(("br_mcast_snooping", 0),)),
            Link(
                "veth1", "veth", 1450, stable_mac("a", "veth1"), "cni0",
                peer=Peer("p", "eth0", stable_mac("p", "eth0"), 1450), hairpin=True,
            ),
            Link(
                "vxlan1", "vxlan", 1450, stable_mac("a", "vxlan1"), underlay="eth0",
                attributes=(("vxlan_id", 7), ("vxlan_port", 8472), ("vxlan_learning", False)),
            ),
            Link("vxlan2", "vxlan", 1450, attributes=(("vxlan_collect_metadata", True), ("vxlan_port", 4789))),
            Address("eth0", ip_interface("10.0.0.1/24")),
            Address("eth0", ip_interface("fd00::1/64")),
            Address("vxlan1", ip_interface("10.1.1.0/32")),
            Sysctl("net.ipv4.conf.eth0.rp_filter", "0"),
            Neighbour("vxlan1", ip_address("10.1.2.0"), stable_mac("b", "vxlan1")),
            FdbEntry("vxlan1", stable_mac("b", "vxlan1"), ip_address("10.0.0.2")),
            Route(ip_network("10.1.2.0/24"), "vxlan1", ip_address("10.1.2.0"), onlink=True),
            Route(ip_network("10.3.0.0/16"), "eth0"),
            Route(ip_network("10.4.0.0/24"), "vxlan2", encap=RouteEncap(ip_address("10.0.0.2"), 7)),
            Route(ip_network("fd04::/64"), "vxlan2", encap=RouteEncap(ip_address("fd00::2"), 7, 9, checksum=True)),
            Route(ip_network("fd01::/64"), "eth0", ip_address("fd00::2")),
            Route(ip_network("10.4.0.0/16")),
            Route(ip_network("10.5.0.0/16"), "eth0", table=10),
            RoutingRule(4, 10, 32_765),
            RoutingRule(6, 11, 100),
            RoutingRule(4, 77, 101, ip_network("10.6.0.0/24")),
            RoutingRule(6, 77, 101, ip_network("fd06::/64")),
            RoutingRule(4, 77, 102, unmarked=0x200000),
            RoutingRule(6, 77, 102, unmarked=0x200000),
            Route(ip_network("10.7.0.0/24"), table=77, throw=True),
            Route(ip_network("fd07::/64"), table=77, throw=True),
            Route(ip_network("fd05::/64")),
            IpSet("ip", "some", (ip_network("10.0.0.0/8"), ip_network("10.1.0.1/32"))),
            IpSet("ip6", "none", ()),
            NAT,
            IptablesTable("ip", "filter", f"{RULES}\n-A FORWARD -m set --match-set some src -j ACCEPT"),
            IptablesTable("ip6", "filter", RULES),
        ],
        "b": [Address("eth0", ip_interface("10.0.0.2/24"))],
        "p": [Route(ip_network("0.0.0.0/0"), "eth0")],
        "m": [
            Link(
                "eth0", "macvlan", 1500, stable_mac("m", "eth0"), parent=("a", "eth0"),
                attributes=(("macvlan_mode", "bridge"),),
            ),
        ],
    }  # fmt: skip


def test_a_shared_route_leaves_by_the_link_of_each_namespace(nodes: LocalNamespaces) -> None:
    def ends(name: str) -> tuple[KernelObject, ...]:
        return (
            Link(
                "eth0",
                "veth",
                1500,
                stable_mac(name, "eth0"),
                peer=Peer("c", f"to-{name}", stable_mac("c", name), 1500),
            ),
            Address("eth0", ip_interface(f"10.0.0.{1 if name == 'a' else 2}/24")),
        )

    shared = Route(ip_network("10.1.0.0/16"), "eth0", ip_address("10.0.0.9"))
    before = Link("br0", "bridge", 1500)  # so that eth0 has another index in b
    wanted = DesiredState({"c": (), "a": (*ends("a"), shared), "b": (before, *ends("b"), shared)})
    nodes.apply(wanted)
    assert index_of(nodes, "a") != index_of(nodes, "b")
    assert nodes.apply(wanted).unchanged


def index_of(nodes: LocalNamespaces, namespace: str) -> int:
    """The index of eth0."""
    node = nodes.node(namespace)
    done = node.wait(node.spawn(Command(namespace, ("ip", "-j", "link", "show", "eth0"))), 20)
    return int(json.loads(done.stdout)[0]["ifindex"])


def test_a_plan_applied_twice_finds_nothing_to_do(nodes: LocalNamespaces) -> None:
    first = nodes.apply(DesiredState(everything()))
    assert first.added["a"] == len(everything()["a"])
    second = nodes.apply(DesiredState(everything()))
    assert second.unchanged, second


REMOVABLE = [thing for thing in everything()["a"] if not isinstance(thing, Link | Sysctl | IpSet)]


@pytest.mark.parametrize("thing", REMOVABLE, ids=lambda thing: type(thing).__name__)
def test_an_object_left_out_is_removed_and_comes_back(nodes: LocalNamespaces, thing: KernelObject) -> None:
    whole = everything()
    nodes.apply(DesiredState(whole))
    fewer = {**whole, "a": [other for other in whole["a"] if other != thing]}
    assert nodes.apply(DesiredState(fewer)).removed["a"] == 1
    if not isinstance(thing, Address):
        assert nodes.apply(
            DesiredState(fewer)
        ).unchanged  # (a route may not come back without the address it leaned on)
    again = nodes.apply(DesiredState(whole))
    assert again.added["a"] >= 1
    assert again.removed["a"] == 0
    assert nodes.apply(DesiredState(whole)).unchanged


def test_a_link_of_another_kind_is_made_again_with_its_objects(nodes: LocalNamespaces) -> None:
    address = Address("x", ip_interface("10.9.0.1/24"))
    nodes.apply(DesiredState({"a": [Link("x", "bridge", 1500), address]}))
    done = nodes.apply(DesiredState({"a": [Link("x", "veth", 1500, peer=Peer("b", "x", "", 1500)), address], "b": []}))
    assert (done.removed["a"], done.added["a"]) == (1, 2)
    assert nodes.apply(
        DesiredState({"a": [Link("x", "veth", 1500, peer=Peer("b", "x", "", 1500)), address], "b": []})
    ).unchanged


def test_an_mtu_changes_in_place(nodes: LocalNamespaces) -> None:
    nodes.apply(DesiredState({"a": [Link("x", "bridge", 1500), Address("x", ip_interface("10.9.0.1/24"))]}))
    done = nodes.apply(DesiredState({"a": [Link("x", "bridge", 1400), Address("x", ip_interface("10.9.0.1/24"))]}))
    assert (done.removed["a"], done.added["a"]) == (0, 1)


def test_a_changed_vni_makes_the_vxlan_anew(nodes: LocalNamespaces) -> None:
    def vxlan(vni: int) -> DesiredState:
        under = Link("under", "bridge", 1500)
        over = Link("v", "vxlan", 1450, underlay="under", attributes=(("vxlan_id", vni),))
        return DesiredState({"a": [under, over]})

    nodes.apply(vxlan(1))
    assert nodes.apply(vxlan(2)).removed["a"] == 1
    assert nodes.apply(vxlan(2)).unchanged


def test_what_others_made_is_never_touched(nodes: LocalNamespaces) -> None:
    whole = everything()
    nodes.apply(DesiredState(whole))
    from barewire.testbeds.testbed import Command

    for argv in (
        ("ip", "link", "add", "foreign0", "type", "bridge"),
        ("ip", "address", "add", "10.77.0.1/24", "dev", "foreign0"),
        ("ip", "route", "add", "10.78.0.0/16", "dev", "eth0"),
        ("nft", "add", "table", "ip", "foreign"),
    ):
        done = nodes.wait(nodes.spawn(Command("a", argv)), 10)
        assert done.status == 0, done.stderr
    assert nodes.apply(DesiredState(whole)).unchanged
    listed = nodes.wait(nodes.spawn(Command("a", ("sh", "-c", "ip addr show foreign0; ip route; nft list tables"))), 10)
    for word in ("10.77.0.1", "10.78.0.0", "foreign"):
        assert word in listed.stdout


def test_a_refused_request_names_its_command_and_namespace(nodes: LocalNamespaces) -> None:
    with pytest.raises(KernelError, match=r"ip link add x .*type nonsense.*\(in a\).*Unknown device type"):
        nodes.apply(DesiredState({"a": [Link("x", "nonsense", 1500)]}))
    with pytest.raises(KernelError, match=r"ip route add 10\.0\.0\.0/8 via 10\.1\.1\.1.*unreachable"):
        nodes.apply(
            DesiredState(
                {"b": [Link("x", "bridge", 1500), Route(ip_network("10.0.0.0/8"), "x", ip_address("10.1.1.1"))]}
            )
        )


def test_a_qdisc_that_the_kernel_lacks_is_named_with_a_remedy(nodes: LocalNamespaces) -> None:
    wanted: list[KernelObject] = [Link("x", "veth", 1500, peer=Peer("b", "x", "", 1500)), Qdisc("x", "nonsense", "")]
    with pytest.raises(PrerequisiteError, match=r"no qdisc nonsense.*modprobe sch_nonsense"):
        nodes.apply(DesiredState({"a": wanted, "b": []}))


def test_a_set_of_networks_has_its_members_and_no_others(nodes: LocalNamespaces) -> None:
    def wanted(*members: str) -> DesiredState:
        return DesiredState({"a": [IpSet("ip", "some", tuple(map(ip_network, members)))]})

    nodes.apply(wanted("10.0.0.0/8", "10.1.0.1/32"))
    assert nodes.apply(wanted("10.1.0.1/32", "10.0.0.0/8")).unchanged
    assert nodes.apply(wanted("10.0.0.0/8")).added["a"] == 1
    assert nodes.apply(wanted("10.0.0.0/8")).unchanged


def test_a_table_of_iptables_is_replaced_with_its_matches(nodes: LocalNamespaces) -> None:
    from barewire.testbeds.testbed import Command

    table = IptablesTable("ip", "filter", RULES)
    nodes.apply(DesiredState({"a": [IptablesTable("ip", "filter", f"{RULES}\n-A OURS -j DROP")]}))
    nodes.apply(DesiredState({"a": [table]}))
    listed = nodes.wait(nodes.spawn(Command("a", ("iptables-nft-save", "-t", "filter"))), 10).stdout
    assert '-A FORWARD -m comment --comment "a comment" -j OURS' in listed
    assert "DROP" not in listed
    assert nodes.apply(DesiredState({"a": [table]})).unchanged


def test_offloads_go_off_and_on_and_are_read_back(nodes: LocalNamespaces) -> None:
    def plan(enabled: bool) -> DesiredState:
        return DesiredState(
            {"a": [Link("x", "veth", 1500, peer=Peer("b", "x", "", 1500)), Offloads("x", enabled)], "b": []}
        )

    nodes.apply(plan(enabled=False))
    assert not any(nodes.offloads("a", "x").values())
    nodes.apply(plan(enabled=True))
    assert all(nodes.offloads("a", "x").values())
    assert nodes.apply(plan(enabled=True)).unchanged


def test_a_veth_is_born_in_its_namespaces_and_never_elsewhere(nodes: LocalNamespaces) -> None:
    from barewire.testbeds.testbed import Command

    nodes.apply(DesiredState(everything()))
    links = {}
    for name in ("a", "b", "p", "m"):
        done = nodes.wait(nodes.spawn(Command(name, ("ip", "-o", "link"))), 10)
        links[name] = {line.split(": ")[1].split("@")[0] for line in done.stdout.splitlines()} - {"lo"}
    assert {key: value - {"ifb0", "ifb1"} for key, value in links.items()} == {
        "a": {"eth0", "cni0", "veth1", "vxlan1", "vxlan2"}, "b": {"eth0"}, "p": {"eth0"}, "m": {"eth0"},
    }  # fmt: skip


@pytest.mark.parametrize("feature", ["qdisc:nonsense", "link:nonsense"])
def test_a_missing_feature_is_reported_with_reason_and_remedy(feature: str) -> None:
    with LocalTestbed().open() as nodes:
        found = nodes.probe([feature])[feature]
    assert not found.available
    assert "nonsense" in found.reason and "modprobe" in found.remedy


def test_the_same_route_by_another_link_is_another_route(nodes: LocalNamespaces) -> None:
    """What is read of a route is kept for the next namespace, where the same number is another link's."""
    routes = [ip_network(f"10.9.{number}.0/24") for number in range(3)]

    def wanted(first: str, second: str, by: str) -> list[KernelObject]:
        links = [Link(name, "bridge", 1500, stable_mac(first, name)) for name in (first, second)]
        return [*links, *(Route(route, by) for route in routes)]

    desired = DesiredState({"a": wanted("br0", "br1", "br0"), "b": wanted("br1", "br0", "br1")})
    nodes.apply(desired)
    assert nodes.apply(desired).unchanged
    moved = nodes.apply(DesiredState({"b": wanted("br1", "br0", "br0")}))
    assert (moved.added["b"], moved.removed["b"]) == (3, 3)
    assert nodes.apply(DesiredState({"a": desired.objects["a"]})).unchanged
