"""A lab's own tuning on this kernel: it holds in every namespace, steers the wire, and leaves the network as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from barewire.kernel.tuning.setting import Tree
from barewire.lab.lab import built
from barewire.model.network import WIRE_NAMESPACE, Topology
from barewire.model.objects import DesiredState
from barewire.model.tuning import LabTuning
from barewire.networks import catalogue
from barewire.records import plain
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command, LabNodes
from barewire.tuning import find, labs

FIN = ("net.ipv4.tcp_fin_timeout", "10")


@pytest.fixture(scope="module")
def study_2016() -> tuple[LabTuning, list[labs.LabFound]]:
    """What this kernel has of it."""
    wanted = find("study-2016").tuning(Tree())
    found = labs.examine(wanted, LocalTestbed())
    return labs.supported(wanted, found), found


def said(nodes: LabNodes, namespace: str, *argv: str) -> str:
    done = nodes.node(namespace).wait(nodes.node(namespace).spawn(Command(namespace, argv)), 20)
    assert done.status == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["host", "host/conntrack", "docker", "flannel/vxlan", "flannel/vxlan:bare", "ptp"])
def test_a_tuned_lab_is_proved_and_is_what_was_wanted(
    name: str, study_2016: tuple[LabTuning, list[labs.LabFound]]
) -> None:
    network = catalogue.network(catalogue.parse(name))
    topology = replace(Topology.uniform(2, 1), tuning=study_2016[0])
    with built(network, topology, LocalTestbed()) as lab:
        for namespace in lab.desired.objects:
            assert lab.nodes.node(namespace).sysctl(namespace, FIN[0]) == FIN[1]
            assert lab.nodes.node(namespace).sysctl(namespace, "net.ipv4.ip_local_port_range").split() == [
                "2000",
                "65535",
            ]
        assert all(claim.holds for proof in lab.prove() for claim in proof.claims)
        tables = said(lab.nodes, "n1", "/usr/sbin/nft", "list", "tables")
        untracked = name in ("host", "flannel/vxlan:bare", "ptp")
        assert (f"inet {labs.TABLE}" in tables) == untracked, "rules on the nodes need their connections tracked"
        again = lab.nodes.apply(labs.desired_state(network, topology, lab.desired))
        assert again.unchanged, "what is set is found set"


def test_the_network_is_built_and_counted_without_the_tuning(
    study_2016: tuple[LabTuning, list[labs.LabFound]],
) -> None:
    network = catalogue.network(catalogue.parse("ptp"))
    plain, topology = Topology.uniform(2, 1), replace(Topology.uniform(2, 1), tuning=study_2016[0])
    with built(network, plain, LocalTestbed()) as one, built(network, topology, LocalTestbed()) as other:
        assert one.desired == other.desired
        assert one.applied.added == other.applied.added


def test_the_switch_of_the_wire_is_not_tuned() -> None:
    network = catalogue.network(catalogue.parse("flannel/aws-vpc"))
    topology = replace(Topology.uniform(2, 1), tuning=LabTuning((FIN,), notrack=True))
    with built(network, topology, LocalTestbed()) as lab:
        assert lab.nodes.node(WIRE_NAMESPACE).sysctl(WIRE_NAMESPACE, FIN[0]) != FIN[1]
        assert lab.nodes.node("n1").sysctl("n1", FIN[0]) == FIN[1]


def test_what_this_kernel_lacks_is_said_and_left_out() -> None:
    wanted = LabTuning((("net.ipv4.no_such_thing", "1"), FIN, ("net.ipv4.tcp_fin_timeout", "no")))
    found = labs.examine(wanted, LocalTestbed())
    assert [bool(one.reason) for one in found] == [True, False, True]
    assert "no namespace of this kernel has it" in found[0].reason
    assert plain(found[0].record()) == {
        "setting": "net.ipv4.no_such_thing", "where": "every namespace", "before": None, "wanted": "1", "after": None,
        "set": False, "reason": found[0].reason,
    }  # fmt: skip


def test_steering_shows_in_the_files_of_the_namespace(study_2016: tuple[LabTuning, list[labs.LabFound]]) -> None:
    refused = [one.reason for one in study_2016[1] if one.setting == "rps" and one.reason]
    if refused:
        pytest.skip(f"this kernel lets us steer nothing: {refused[0]}")
    topology = replace(Topology.uniform(2, 1), tuning=LabTuning(rps=(0,), rfs=4096))
    with built(catalogue.network(catalogue.parse("host")), topology, LocalTestbed()) as lab:
        # Only a program with a mount namespace of its own can look: the lab's /sys is the machine's.
        script = "mkdir -p /run/look && mount -t sysfs none /run/look && cd /run/look/class/net/eth0/queues/rx-0 && cat rps_*"
        shown = said(lab.nodes, "n1", "/usr/bin/unshare", "-m", "sh", "-c", script)
        assert [int(line.replace(",", ""), 16) for line in shown.splitlines()] == [1, 0x4096]


def test_nothing_is_examined_when_nothing_is_wanted() -> None:
    assert labs.examine(LabTuning(), LocalTestbed()) == []
    assert labs.supported(LabTuning(), []) == LabTuning()
    empty = DesiredState({"n1": ()})
    assert labs.desired_state(catalogue.network(catalogue.parse("host")), Topology.uniform(2, 1), empty).objects == {
        "n1": ()
    }


def test_the_machines_own_network_is_as_it_was(study_2016: tuple[LabTuning, list[labs.LabFound]]) -> None:
    before = Path("/proc/sys/net/ipv4/tcp_fin_timeout").read_text()
    topology = replace(Topology.uniform(2, 1), tuning=study_2016[0])
    with built(catalogue.network(catalogue.parse("host")), topology, LocalTestbed()):
        assert Path("/proc/sys/net/ipv4/tcp_fin_timeout").read_text() == before
