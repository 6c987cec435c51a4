"""Limits of the kernel that a load can meet are counted by name, and what a namespace would inherit has stated values."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barewire.kernel import cgroup, inherited
from barewire.lab.lab import built
from barewire.model.network import Pod, Topology
from barewire.model.objects import DesiredState, Link, Peer, stable_mac
from barewire.networks import catalogue
from barewire.testbeds.local import LocalNamespaces, LocalTestbed
from barewire.testbeds.testbed import Command
from tests.support.connections import connect

SERVER = Pod(2, 1)


def test_a_full_listen_queue_is_counted_in_the_servers_namespace() -> None:
    network = catalogue.network(catalogue.parse("ptp"))
    with built(network, Topology.uniform(2, 1), LocalTestbed()) as lab:
        assert connect(lab, 20, backlog=64, then="accept") == []
        found = connect(lab, 20, backlog=1, then="wait")
    overflows = [one for one in found if one.get("counter") == "listen queue overflow"]
    assert [one["namespace"] for one in overflows] == [lab.namespace(SERVER)]
    assert "listen queue full" in [one.get("rule") for one in found]


@contextmanager
def set_to(key: str, value: str) -> Iterator[None]:
    """One of the machine's own settings, put back afterwards."""
    path = Path("/proc/sys", *key.split("."))
    if os.geteuid() != 0 or not path.exists():
        pytest.skip(f"{key} can be changed by root alone, where the kernel has it")
    before = path.read_text()
    try:
        path.write_text(value)
    except OSError as error:
        pytest.skip(f"{key} cannot be changed here: {error.strerror}")
    try:
        yield
    finally:
        path.write_text(before)


@pytest.fixture
def nodes() -> Iterator[LocalNamespaces]:
    with LocalTestbed().open() as opened:
        yield opened


def test_a_namespace_has_stated_values_whatever_the_machine_has(nodes: LocalNamespaces) -> None:
    with (
        set_to("net.ipv4.conf.default.arp_ignore", "1"),
        set_to("net.ipv4.conf.default.log_martians", "1"),
        set_to("net.ipv4.conf.all.arp_announce", "1"),
    ):
        nodes.apply(DesiredState({"a": ()}))
    found = nodes.inherited("a")
    assert found == {key: value for key, value in inherited.SETTINGS.items() if key in found}
    assert found["net.ipv4.conf.default.arp_ignore"] == "0"


def test_neighbours_of_a_link_have_stated_values_on_any_machine(nodes: LocalNamespaces) -> None:
    """Links copy them from the machine when they are made, a pair's other end and a link with a dot in its name, too."""
    links = (
        Link("eth0", "veth", 1500, stable_mac("a", "eth0"), peer=Peer("b", "eth1", stable_mac("b", "eth1"), 1500)),
        Link("br.0", "bridge", 1500, stable_mac("a", "br.0")),
    )
    with (
        set_to("net.ipv4.neigh.default.gc_stale_time", "77"),
        set_to("net.ipv6.neigh.default.anycast_delay", "7"),
    ):
        nodes.apply(DesiredState({"a": links, "b": ()}))
    for namespace, dev in (("a", "eth0"), ("b", "eth1"), ("a", "br/0"), ("a", "lo")):
        assert nodes.node(namespace).sysctl(namespace, f"net.ipv4.neigh.{dev}.gc_stale_time") == "60"
        assert nodes.node(namespace).sysctl(namespace, f"net.ipv6.neigh.{dev}.anycast_delay") == "100"
    found = nodes.inherited("a")
    assert found["net.ipv4.neigh.lo.gc_stale_time"] == "60"


def test_more_descriptors_than_select_takes_are_no_obstacle(nodes: LocalNamespaces) -> None:
    """A lab of 250 nodes has more namespaces, sockets and taps than 1,023."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        pytest.skip(f"at most {hard} descriptors may be open here")
    nodes.apply(DesiredState({f"x{number}": () for number in range(550)}))
    network, topology = catalogue.network(catalogue.parse("ptp")), Topology.uniform(2, 1)
    with built(network, topology, Standing(nodes)) as lab:
        assert lab.prove()


class Standing(LocalTestbed):
    """Opens the lab that is open already."""

    def __init__(self, nodes: LocalNamespaces) -> None:
        self._nodes = nodes

    @contextmanager
    def open(self) -> Iterator[LocalNamespaces]:  # type: ignore[override]
        yield self._nodes


def test_a_cpu_quota_is_seen_and_what_it_stops_is_counted(nodes: LocalNamespaces) -> None:
    top = next(
        (one for one in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")) if (one / "cgroup.procs").exists()), None
    )
    group = Path(top or "/nonexistent", f"barewire-test-{os.getpid()}")
    try:
        group.mkdir()
        v1 = (group / "cpu.cfs_quota_us").exists()
        (group / ("cpu.cfs_quota_us" if v1 else "cpu.max")).write_text("2000" if v1 else "2000 100000")
    except OSError as error:
        if group.is_dir():
            group.rmdir()
        pytest.skip(f"a control group with a CPU quota cannot be made here: {error.strerror}")
    script = f"""
import os, time
from barewire.kernel import cgroup
open({str(group / "cgroup.procs")!r}, "w").write(str(os.getpid()))
before = cgroup.throttled_ns()
end = time.process_time() + 0.05
while time.process_time() < end:
    pass
print(cgroup.cpu_quota(), cgroup.throttled_ns() - before)
open({str(group.parent / "cgroup.procs")!r}, "w").write(str(os.getpid()))
"""
    try:
        nodes.apply(DesiredState({"a": ()}))
        done = nodes.node("a").wait(nodes.node("a").spawn(Command("a", (sys.executable, "-P", "-c", script))), 30)
    finally:
        group.rmdir()
    assert done.stderr == ""
    quota, stopped = done.stdout.split()
    assert float(quota) == 0.02  # so little that a busy machine gives more
    assert int(stopped) > 0
    assert cgroup.cpu_quota() != 0.02
