"""Rules that reject a trial because the machine dropped packets, or because a table or queue of its kernel was full.

A load that meets such a limit measures the limit and not the network.
"""

from __future__ import annotations

from collections.abc import Collection

from barewire import workloads
from barewire.kernel import kernel_drops
from barewire.records import Load, MachineRecord
from barewire.study.design.broken import Broken
from barewire.workloads.generator.faults import MOST_ERRORS

BACKLOG_PACKETS = 1000
"""The kernel's default for packets waiting on a CPU (net.core.netdev_max_backlog)."""

PACKETS_PER_REQUEST = 4
"""Packets of one request that may be on their way at once: request, answer, and what acknowledges or ends them."""

_FEWER = "open fewer connections (shorter loads, fewer workloads)"
_TRACKING = ("conntrack table full", f"raise net.netfilter.nf_conntrack_max, or {_FEWER}")
_QUEUE = ("listen queue full", "raise net.core.somaxconn and the server's backlog, or use fewer connections")
_NEIGHBOURS = ("neighbour table full", "raise net.ipv4.neigh.default.gc_thresh3 (ipv6 likewise), or use fewer nodes")
_SOCKET = ("socket buffer full", "raise net.core.rmem_default and wmem_default")
_TCP_SOCKET = (
    "socket buffer full",
    "raise net.ipv4.tcp_rmem, and net.ipv4.tcp_mem if the machine's sockets have used it up",
)
_LARGER_RINGS = "give the card larger rings (ethtool -G), or its interrupts a CPU that does nothing else"
LIMITS = {
    kernel_drops.CONNTRACK_DROP: _TRACKING,
    kernel_drops.CONNTRACK_EARLY_DROP: _TRACKING,
    kernel_drops.CONNTRACK_INSERT_FAILED: (
        "conntrack insert failed",
        "two connections took the same tuple; use fewer at a time",
    ),
    kernel_drops.LISTEN_OVERFLOW: _QUEUE,
    kernel_drops.REQUEST_QUEUE_FULL: _QUEUE,
    kernel_drops.SYN_COOKIES: _QUEUE,
    kernel_drops.ARP_TABLE_FULL: _NEIGHBOURS,
    kernel_drops.NDISC_TABLE_FULL: _NEIGHBOURS,
    kernel_drops.UDP_RECEIVE_BUFFER: _SOCKET,
    kernel_drops.UDP_SEND_BUFFER: _SOCKET,
    kernel_drops.UDP_MEMORY: ("socket buffer full", "raise net.ipv4.udp_mem, which other sockets have used up"),
    kernel_drops.TCP_MEMORY: ("TCP memory limit", "raise net.ipv4.tcp_mem, which sockets of this machine have used up"),
    kernel_drops.TCP_RECEIVE_QUEUE: _TCP_SOCKET,
    kernel_drops.TCP_RECEIVE_BUFFER: _TCP_SOCKET,
    kernel_drops.TCP_BACKLOG: ("socket backlog full", "raise net.ipv4.tcp_rmem, or give the server more CPUs"),
}
"""Rule and remedy by counter of `kernel.kernel_drops`. Other counters are recorded and reject nothing."""

FEW_TOLERATED = frozenset({kernel_drops.CONNTRACK_INSERT_FAILED, *kernel_drops.OF_TCP_SOCKETS})
"""A few are lost races between CPUs, or a burst that TCP sends again; they reject a trial only as often as failed requests do."""


def find_drops(did: MachineRecord) -> list[Broken]:
    """Packets that a CPU's backlog had no room for, or a network card's ring."""
    backlog = sum(drop.packets for drop in did.drops if not drop.namespace)
    said = f"CPUs dropped {backlog} packets of a backlog that this load cannot fill"
    found = [Broken("drops outside the lab", said)] if backlog else []
    for drop in (one for one in did.kernel_drops if one.counter.startswith(kernel_drops.CARD)):
        said = f"{drop.namespace}: {drop.counter}, {drop.count} times; {_LARGER_RINGS}"
        found.append(Broken("network card drops", said))
    return found


def find_limits_reached(expected: Collection[str], requests: int, did: MachineRecord) -> list[Broken]:
    """Limits of the kernel's tables and queues that the load met: it measured the limit and not the network."""
    found = []
    for drop in did.kernel_drops:
        counter, count = drop.counter, drop.count
        rule, remedy = LIMITS.get(counter, ("", ""))
        if counter in FEW_TOLERATED and count <= MOST_ERRORS * requests:
            continue
        if rule and counter not in expected:
            where = f"{drop.namespace}: " if drop.namespace else ""
            found.append(Broken(rule, f"{where}{counter}, {count} times; {remedy}"))
    return found


def may_fill_backlog(load: Load) -> bool:
    """Whether the packets of a load that can be on their way at once fill a CPU's backlog; streams know no bound."""
    if workloads.by_load(load.load).unbounded:
        return True
    segments = 1 + (load.response_bytes or 0) // 1400
    return (load.connections or 1) * (load.pipeline or 1) * (PACKETS_PER_REQUEST + segments) >= BACKLOG_PACKETS
