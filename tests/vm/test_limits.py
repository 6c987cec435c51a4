"""Limits of a whole kernel, which a guest has for itself: cutting them on this machine would disturb all that runs there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from barewire.lab.lab import Lab, built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.testbed import Command
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.connections import connect

TRACKED = 200
"""Entries that the connection-tracking table is cut to."""

MOST = "/proc/sys/net/netfilter/nf_conntrack_max"


OUTSIDE = 'umount -l /proc && exec nsenter --net=/proc/1/ns/net sh -c "$1"'
"""Below the lab's /proc is the guest's, whose first process is in the guest's first network namespace."""


def in_the_guest(lab: Lab, line: str) -> str:
    """What a shell prints in the guest's first network namespace, to which the limits of all belong."""
    node = lab.nodes.node("n1")
    done = node.wait(node.spawn(Command("n1", ("unshare", "-m", "sh", "-c", OUTSIDE, "sh", line))), 60)
    assert done.status == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def tracking_at_most(lab: Lab, entries: int) -> Iterator[None]:
    before = in_the_guest(lab, f"cat {MOST}")
    in_the_guest(lab, f"echo {entries} >{MOST}")
    try:
        yield
    finally:
        in_the_guest(lab, f"echo {before} >{MOST}")


def test_a_full_conntrack_table_is_counted_and_rejects_the_trial(vm: VmTestbed) -> None:
    network = catalogue.network(catalogue.parse("docker"))
    with built(network, Topology.uniform(2, 1), vm) as lab:
        assert connect(lab, 50, backlog=64, then="accept") == []
        with tracking_at_most(lab, TRACKED):
            found = connect(lab, 2 * TRACKED, backlog=64, then="accept")
    counters = {one["counter"] for one in found if "counter" in one}
    assert counters & {"conntrack drop", "conntrack early drop"}, found
    assert "conntrack table full" in [one.get("rule") for one in found]
