"""Limits of a whole kernel, which a guest has for itself: cutting them on this machine would disturb all that runs there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from barewire.errors import ProofError
from barewire.lab.lab import Lab, built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.testbed import Command
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.connections import connect

TRACKED = 200
"""Entries that the connection-tracking table is cut to."""

MOST = "/proc/sys/net/netfilter/nf_conntrack_max"
TCP_MEMORY = "/proc/sys/net/ipv4/tcp_mem"
NEIGHBOURS = "/proc/sys/net/ipv4/neigh/default/gc_thresh3"


OUTSIDE = 'umount -l /proc && exec nsenter --net=/proc/1/ns/net sh -c "$1"'
"""Below the lab's /proc is the guest's, whose first process is in the guest's first network namespace."""


def in_the_guest(lab: Lab, line: str) -> str:
    """What a shell prints in the guest's first network namespace, to which the limits of all belong."""
    node = lab.nodes.node("n1")
    done = node.wait(node.spawn(Command("n1", ("unshare", "-m", "sh", "-c", OUTSIDE, "sh", line))), 60)
    assert done.status == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def limit_cut(lab: Lab, path: str, value: int | str) -> Iterator[None]:
    """Write a limit of the guest, and what it was at the end."""
    before = in_the_guest(lab, f"cat {path}")
    in_the_guest(lab, f"echo {value} >{path}")
    try:
        yield
    finally:
        in_the_guest(lab, f"echo {before} >{path}")


def test_a_full_neighbour_table_is_named_by_the_proof(vm: VmTestbed) -> None:
    """It belongs to all namespaces, so others may have filled it: no fault of the network."""
    host = catalogue.network(catalogue.parse("host"))
    with (
        built(host, Topology.uniform(2, 1), vm) as lab,
        limit_cut(lab, NEIGHBOURS, 0),
        pytest.raises(ProofError) as caught,
    ):
        lab.prove()
    assert "ARP table full" in caught.value.said
    assert "gc_thresh3" in caught.value.remedy


def test_a_full_conntrack_table_is_counted_and_rejects_the_trial(vm: VmTestbed) -> None:
    network = catalogue.network(catalogue.parse("docker"))
    with built(network, Topology.uniform(2, 1), vm) as lab:
        assert connect(lab, 50, backlog=64, then="accept") == []
        with limit_cut(lab, MOST, TRACKED):
            found = connect(lab, 2 * TRACKED, backlog=64, then="accept")
    counters = {one["counter"] for one in found if "counter" in one}
    assert counters & {"conntrack drop", "conntrack early drop"}, found
    assert "conntrack table full" in [one.get("rule") for one in found]


def test_tcp_memory_that_is_used_up_rejects_the_trial(vm: VmTestbed) -> None:
    """By connections that nobody reads from: senders wait for memory, and no counter of drops moves."""
    network = catalogue.network(catalogue.parse("host"))
    with built(network, Topology.uniform(2, 1), vm) as lab:
        assert connect(lab, 20, backlog=64, then="wait", sends=4096) == []
        with limit_cut(lab, TCP_MEMORY, "64 64 128"):
            found = connect(lab, 20, backlog=64, then="wait", sends=1 << 20)
    assert "TCP memory limit" in [one.get("rule") for one in found], found
