"""A lab that somebody changes while it is measured: the kernel's events name the change; what a study does itself is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from barewire.lab import usage
from barewire.lab.lab import Lab, built
from barewire.lab.pinning import Pinning
from barewire.model.addresses import AddressPlan
from barewire.model.network import Pod, Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from tests.support.generator import LIMIT_SECONDS

TOPOLOGY = Topology.uniform(2, 1, addresses=AddressPlan((4, 6)))
CLIENT, SERVER = Pod(1, 1), Pod(2, 1)
IDLE = Pinning((), (), "sleep")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with built(catalogue.network(catalogue.parse("flannel/vxlan")), TOPOLOGY, LocalTestbed()) as lab:
        lab.prove()
        yield lab


def run_in(lab: Lab, namespace: str, *argv: str) -> None:
    node = lab.node(CLIENT if namespace.startswith("n1") else SERVER)
    done = node.wait(node.spawn(Command(namespace, argv)), LIMIT_SECONDS)
    assert done.status == 0, done.stderr


@pytest.mark.parametrize(
    ("namespace", "commands", "changes"),
    [
        # The kernel takes IPv6 addresses of a link that is down away, and does not bring them back.
        ("n1", ["link set cni0 down", "link set cni0 up"],
         ["n1: link cni0 was set down", "n1: address fd00:128:0:1::1/64 of cni0 was removed", "n1: link cni0 was set up"]),
        ("n2-p1", ["link set eth0 mtu 1300"], ["n2-p1: link eth0 has the MTU 1300 (was 1450)"]),
        ("n2", ["link add br7 type bridge", "link del br7"], ["n2: link br7 was added", "n2: link br7 was removed"]),
        ("n1", ["address add 10.99.0.1/24 dev cni0"], ["n1: address 10.99.0.1/24 of cni0 was added"]),
        ("n1", ["route add 10.98.0.0/16 dev cni0"], ["n1: route 10.98.0.0/16 was added"]),
        ("n1", ["-6 route add fd99::/64 dev cni0", "-6 route del fd99::/64"],
         ["n1: route fd99::/64 was added", "n1: route fd99::/64 was removed"]),
        # All neighbours of a lab are static, but others may come and go.
        ("n1", ["neighbour add 10.99.0.9 lladdr 02:00:00:00:00:09 dev cni0"], []),
    ],
)  # fmt: skip
def test_changes_are_named(lab: Lab, namespace: str, commands: list[str], changes: list[str]) -> None:
    before = lab.nodes.counters()
    for command in commands:
        run_in(lab, namespace, "ip", *command.split())
    assert list(usage.difference(before, lab.nodes.counters(), IDLE).changes) == changes
    assert not usage.difference(before, lab.nodes.counters(), IDLE).changes


def test_what_a_trial_does_is_no_change() -> None:
    with built(catalogue.network(catalogue.parse("flannel/vxlan")), TOPOLOGY, LocalTestbed()) as lab:
        before = lab.nodes.counters()
        lab.prove()
        lab.without_offloads()
        assert not usage.difference(before, lab.nodes.counters(), IDLE).changes


def test_a_fresh_lab_changes_no_more() -> None:
    """The kernel reports carriers a while after the links are up."""
    for name in ("host", "flannel/host-gw", "docker", "macvlan"):
        with built(catalogue.network(catalogue.parse(name)), TOPOLOGY, LocalTestbed()) as lab:
            before = lab.nodes.counters()
            run_in(lab, "n1", "sleep", "1.2")
            assert not usage.difference(before, lab.nodes.counters(), IDLE).changes, name
