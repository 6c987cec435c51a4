"""The engine against a real kernel: what a plan wants is there, twice is once, and only ours is touched."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from barewire.errors import KernelError, PrerequisiteError
from barewire.model.objects import (
    Address,
    DesiredState,
    FdbEntry,
    KernelObject,
    Link,
    Neighbour,
    NftTable,
    Offloads,
    Peer,
    Qdisc,
    Route,
    Sysctl,
    stable_mac,
)
from barewire.testbeds.local import LocalSandbox, LocalTestbed


@pytest.fixture
def sandbox() -> Iterator[LocalSandbox]:
    with LocalTestbed().open() as opened:
        yield opened


NAT = NftTable(
    "ip", "barewire", "chain post {\ntype nat hook postrouting priority srcnat; policy accept;\nmasquerade\n}"
)


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
                "vxlan1", "vxlan", 1450, stable_mac("a", "vxlan1"), parent=("a", "eth0"),
                attributes=(("vxlan_id", 7), ("vxlan_port", 8472), ("vxlan_learning", False)),
            ),
            Address("eth0", ip_interface("10.0.0.1/24")),
            Address("eth0", ip_interface("fd00::1/64")),
            Address("vxlan1", ip_interface("10.1.1.0/32")),
            Sysctl("net.ipv4.conf.eth0.rp_filter", "0"),
            Neighbour("vxlan1", ip_address("10.1.2.0"), stable_mac("b", "vxlan1")),
            FdbEntry("vxlan1", stable_mac("b", "vxlan1"), ip_address("10.0.0.2")),
            Route(ip_network("10.1.2.0/24"), "vxlan1", ip_address("10.1.2.0"), onlink=True),
            Route(ip_network("10.3.0.0/16"), "eth0"),
            Route(ip_network("fd01::/64"), "eth0", ip_address("fd00::2")),
            NAT,
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


def test_a_plan_applied_twice_finds_nothing_to_do(sandbox: LocalSandbox) -> None:
    first = sandbox.converge(DesiredState(everything()))
    assert first.added["a"] == len(everything()["a"])
    second = sandbox.converge(DesiredState(everything()))
    assert second.unchanged, second


REMOVABLE = [thing for thing in everything()["a"] if not isinstance(thing, Link | Sysctl)]


@pytest.mark.parametrize("thing", REMOVABLE, ids=lambda thing: type(thing).__name__)
def test_an_object_left_out_is_removed_and_comes_back(sandbox: LocalSandbox, thing: KernelObject) -> None:
    whole = everything()
    sandbox.converge(DesiredState(whole))
    fewer = {**whole, "a": [other for other in whole["a"] if other != thing]}
    assert sandbox.converge(DesiredState(fewer)).removed["a"] == 1
    if not isinstance(thing, Address):
        assert sandbox.converge(
            DesiredState(fewer)
        ).unchanged  # (a route may not come back without the address it leaned on)
    again = sandbox.converge(DesiredState(whole))
    assert again.added["a"] >= 1
    assert again.removed["a"] == 0
    assert sandbox.converge(DesiredState(whole)).unchanged


def test_a_link_of_another_kind_is_made_anew_with_all_that_was_on_it(sandbox: LocalSandbox) -> None:
    address = Address("x", ip_interface("10.9.0.1/24"))
    sandbox.converge(DesiredState({"a": [Link("x", "bridge", 1500), address]}))
    done = sandbox.converge(
        DesiredState({"a": [Link("x", "veth", 1500, peer=Peer("b", "x", "", 1500)), address], "b": []})
    )
    assert (done.removed["a"], done.added["a"]) == (1, 2)
    assert sandbox.converge(
        DesiredState({"a": [Link("x", "veth", 1500, peer=Peer("b", "x", "", 1500)), address], "b": []})
    ).unchanged


def test_an_mtu_changes_in_place(sandbox: LocalSandbox) -> None:
    sandbox.converge(DesiredState({"a": [Link("x", "bridge", 1500), Address("x", ip_interface("10.9.0.1/24"))]}))
    done = sandbox.converge(DesiredState({"a": [Link("x", "bridge", 1400), Address("x", ip_interface("10.9.0.1/24"))]}))
    assert (done.removed["a"], done.added["a"]) == (0, 1)


def test_a_changed_vni_makes_the_vxlan_anew(sandbox: LocalSandbox) -> None:
    def vxlan(vni: int) -> DesiredState:
        under = Link("under", "bridge", 1500)
        over = Link("v", "vxlan", 1450, parent=("a", "under"), attributes=(("vxlan_id", vni),))
        return DesiredState({"a": [under, over]})

    sandbox.converge(vxlan(1))
    assert sandbox.converge(vxlan(2)).removed["a"] == 1
    assert sandbox.converge(vxlan(2)).unchanged


def test_what_others_made_is_never_touched(sandbox: LocalSandbox) -> None:
    whole = everything()
    sandbox.converge(DesiredState(whole))
    from barewire.testbeds.testbed import Command

    for argv in (
        ("ip", "link", "add", "foreign0", "type", "bridge"),
        ("ip", "address", "add", "10.77.0.1/24", "dev", "foreign0"),
        ("ip", "route", "add", "10.78.0.0/16", "dev", "eth0"),
        ("nft", "add", "table", "ip", "foreign"),
    ):
        done = sandbox.wait(sandbox.spawn(Command("a", argv)), 10)
        assert done.status == 0, done.stderr
    assert sandbox.converge(DesiredState(whole)).unchanged
    listed = sandbox.wait(
        sandbox.spawn(Command("a", ("sh", "-c", "ip addr show foreign0; ip route; nft list tables"))), 10
    )
    for word in ("10.77.0.1", "10.78.0.0", "foreign"):
        assert word in listed.stdout


def test_a_refused_request_names_the_command_the_namespace_and_the_kernels_words(sandbox: LocalSandbox) -> None:
    with pytest.raises(KernelError, match=r"ip link add x .*type nonsense.*\(in a\).*Unknown device type"):
        sandbox.converge(DesiredState({"a": [Link("x", "nonsense", 1500)]}))
    with pytest.raises(KernelError, match=r"ip route add 10\.0\.0\.0/8 via 10\.1\.1\.1.*unreachable"):
        sandbox.converge(
            DesiredState(
                {"b": [Link("x", "bridge", 1500), Route(ip_network("10.0.0.0/8"), "x", ip_address("10.1.1.1"))]}
            )
        )


def test_a_qdisc_that_the_kernel_lacks_is_named_with_a_remedy(sandbox: LocalSandbox) -> None:
    wanted: list[KernelObject] = [Link("x", "veth", 1500, peer=Peer("b", "x", "", 1500)), Qdisc("x", "nonsense", "")]
    with pytest.raises(PrerequisiteError, match=r"no qdisc nonsense.*modprobe sch_nonsense"):
        sandbox.converge(DesiredState({"a": wanted, "b": []}))


def test_offloads_go_off_and_on_and_are_read_back(sandbox: LocalSandbox) -> None:
    def plan(enabled: bool) -> DesiredState:
        return DesiredState(
            {"a": [Link("x", "veth", 1500, peer=Peer("b", "x", "", 1500)), Offloads("x", enabled)], "b": []}
        )

    sandbox.converge(plan(enabled=False))
    assert not any(sandbox.offloads("a", "x").values())
    sandbox.converge(plan(enabled=True))
    assert all(sandbox.offloads("a", "x").values())
    assert sandbox.converge(plan(enabled=True)).unchanged


def test_a_veth_is_born_in_its_namespaces_and_never_elsewhere(sandbox: LocalSandbox) -> None:
    from barewire.testbeds.testbed import Command

    sandbox.converge(DesiredState(everything()))
    links = {}
    for name in ("a", "b", "p", "m"):
        done = sandbox.wait(sandbox.spawn(Command(name, ("ip", "-o", "link"))), 10)
        links[name] = {line.split(": ")[1].split("@")[0] for line in done.stdout.splitlines()} - {"lo"}
    assert {key: value - {"ifb0", "ifb1"} for key, value in links.items()} == {
        "a": {"eth0", "cni0", "veth1", "vxlan1"}, "b": {"eth0"}, "p": {"eth0"}, "m": {"eth0"},
    }  # fmt: skip


@pytest.mark.parametrize("feature", ["qdisc:nonsense", "link:nonsense"])
def test_a_feature_that_this_kernel_lacks_is_told_with_reason_and_remedy(feature: str) -> None:
    with LocalTestbed().open() as sandbox:
        found = sandbox.probe([feature])[feature]
    assert not found.available
    assert "nonsense" in found.reason and "modprobe" in found.remedy
