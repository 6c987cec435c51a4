"""What is said of a kernel is what it does: each feature against the same one asked for by iproute2."""

from __future__ import annotations

import pytest

from barewire.kernel import features
from barewire.model.objects import DesiredState
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command

TYPED = {
    "link:bridge": "bridge",
    "link:geneve": "geneve id 1 remote 192.0.2.1",
    "link:gre": "gre local 192.0.2.2 remote 192.0.2.1",
    "link:ipip": "ipip local 192.0.2.2 remote 192.0.2.1",
    "link:veth": "veth",
    "link:vrf": "vrf table 7",
    "link:vxlan": "vxlan id 1 dstport 8472",
    "link:wireguard": "wireguard",
}


def test_every_feature_is_there_or_has_a_reason_and_a_remedy() -> None:
    with LocalTestbed().open() as nodes:
        found = nodes.probe(features.KNOWN)
    assert set(found) == set(features.KNOWN)
    assert found["link:veth"].available and found["link:bridge"].available
    for feature in found.values():
        assert feature.available == (not feature.reason) == (not feature.remedy), feature


@pytest.mark.parametrize(("name", "typed"), TYPED.items())
def test_a_link_kind_is_there_exactly_when_ip_can_make_it(name: str, typed: str) -> None:
    with LocalTestbed().open() as nodes:
        nodes.apply(DesiredState({"a": ()}))
        done = nodes.node("a").wait(
            nodes.node("a").spawn(Command("a", ("ip", "link", "add", "typed0", "type", *typed.split()))), 10
        )
        assert nodes.probe([name])[name].available is (done.status == 0), done.stderr


def test_a_probe_leaves_no_namespace_and_no_open_file() -> None:
    """A list of kernels probes dozens of features in one process."""
    with LocalTestbed().open() as nodes:
        nodes.apply(DesiredState({"a": ()}))
        names = ["link:veth", "nft:nat", "qdisc:tbf"]
        nodes.probe(names)
        count = Command("a", ("sh", "-c", "ls /proc/1/fd /run/netns | wc -l"))
        before = nodes.node("a").wait(nodes.node("a").spawn(count), 10).stdout
        nodes.probe(names)
        assert nodes.node("a").wait(nodes.node("a").spawn(count), 10).stdout == before
