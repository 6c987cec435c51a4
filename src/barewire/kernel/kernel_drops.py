"""Drops that no interface and no qdisc counts: connection tracking, sockets, neighbour tables.

A full connection-tracking table or listen queue drops packets of new connections. Clients retry or wait, so a load still ends
without an error, but it measured the table. Sources: /proc/net/stat/nf_conntrack (a line per CPU, hexadecimal), TcpExt of
/proc/net/netstat, /proc/net/snmp and snmp6 of each namespace; RTM_GETNEIGHTBL for the neighbour tables, which all namespaces of
a machine share. A counter that the kernel does not have is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the rules of a study know these counters without netlink's library
    from barewire.kernel.channel import Channel

NET = Path("/proc/self/net")
"""What the caller's namespace counts."""

CONNTRACK_DROP, CONNTRACK_EARLY_DROP = "conntrack drop", "conntrack early drop"
CONNTRACK_INSERT_FAILED = "conntrack insert failed"
LISTEN_OVERFLOW, REQUEST_QUEUE_FULL = "listen queue overflow", "SYN queue full"
SYN_COOKIES = "SYN queue full, answered by cookie"
"""Nothing is dropped, but such a connection has none of the options that its SYN asked for."""

UDP_RECEIVE_BUFFER, UDP_SEND_BUFFER = "UDP receive buffer full", "UDP send buffer full"
UDP_MEMORY = "UDP memory limit"
"""All sockets of the machine together have used it up (net.ipv4.udp_mem)."""

TCP_MEMORY = "TCP memory limit"
"""Sockets get less to send and receive than they ask for; the machine's together have used it up (net.ipv4.tcp_mem)."""

TCP_BACKLOG, TCP_RECEIVE_QUEUE = "TCP socket backlog full", "TCP receive queue full"
TCP_RECEIVE_BUFFER = "TCP receive buffer full"
OF_TCP_SOCKETS = frozenset({TCP_BACKLOG, TCP_RECEIVE_QUEUE, TCP_RECEIVE_BUFFER})
"""A stream fills them by itself; requests and responses do not."""

INPUT_DISCARDED, OUTPUT_DISCARDED = "IP input discarded", "IP output discarded"
NO_ROUTE, REASSEMBLY_FAILED = "no route", "reassembly failed"
ARP_TABLE_FULL, NDISC_TABLE_FULL = "ARP table full", "IPv6 neighbour table full"

SHARED_LIMITS = {
    name: f"All namespaces of this machine share the table: wait for other labs or containers, or make room with sudo sysctl -w "
    f"net.{family}.neigh.default.gc_thresh3=16384"
    for name, family in ((ARP_TABLE_FULL, "ipv4"), (NDISC_TABLE_FULL, "ipv6"))
}
"""What to do where a table was full that others fill, too."""

CARD = "network card"
"""Begins the names of the counters of a network card and its driver (`card_drops`)."""

_CONNTRACK = {
    "drop": CONNTRACK_DROP,
    "early_drop": CONNTRACK_EARLY_DROP,
    "insert_failed": CONNTRACK_INSERT_FAILED,
}
_PROTOCOLS = {
    ("TcpExt", "ListenOverflows"): LISTEN_OVERFLOW,
    ("TcpExt", "TCPReqQFullDrop"): REQUEST_QUEUE_FULL,
    ("TcpExt", "TCPReqQFullDoCookies"): SYN_COOKIES,
    ("TcpExt", "TCPBacklogDrop"): TCP_BACKLOG,
    ("TcpExt", "TCPRcvQDrop"): TCP_RECEIVE_QUEUE,
    ("TcpExt", "RcvPruned"): TCP_RECEIVE_BUFFER,
    ("TcpExt", "OfoPruned"): TCP_RECEIVE_BUFFER,
    ("TcpExt", "TCPOFODrop"): TCP_RECEIVE_BUFFER,
    ("TcpExt", "TCPMemoryPressures"): TCP_MEMORY,
    ("TcpExt", "TCPAbortOnMemory"): TCP_MEMORY,
    ("TcpExt", "PFMemallocDrop"): "no memory for packets",
    ("TcpExt", "TCPTimeWaitOverflow"): "TIME_WAIT table full",
    ("TcpExt", "IPReversePathFilter"): "reverse path filter",
    ("Ip", "InDiscards"): INPUT_DISCARDED,
    ("Ip", "OutDiscards"): OUTPUT_DISCARDED,
    ("Ip", "OutNoRoutes"): NO_ROUTE,
    ("Ip", "ReasmFails"): REASSEMBLY_FAILED,
    ("Udp", "RcvbufErrors"): UDP_RECEIVE_BUFFER,
    ("Udp", "SndbufErrors"): UDP_SEND_BUFFER,
    ("Udp", "MemErrors"): UDP_MEMORY,
}
_SNMP6 = {
    "Ip6InDiscards": INPUT_DISCARDED,
    "Ip6OutDiscards": OUTPUT_DISCARDED,
    "Ip6OutNoRoutes": NO_ROUTE,
    "Ip6ReasmFails": REASSEMBLY_FAILED,
    "Udp6RcvbufErrors": UDP_RECEIVE_BUFFER,
    "Udp6SndbufErrors": UDP_SEND_BUFFER,
    "Udp6MemErrors": UDP_MEMORY,
}
_TABLES = {"arp_cache": ARP_TABLE_FULL, "ndisc_cache": NDISC_TABLE_FULL}

Key = tuple[str, str]
"""Namespace (empty: the whole machine) and counter."""


def read_protocols(net: Path = NET) -> dict[tuple[str, str], int]:
    """All counters of snmp and netstat in the caller's namespace, by group and name: `("Tcp", "RetransSegs")`."""
    lines = [line.split() for file in ("snmp", "netstat") for line in _lines(net / file)]
    return {
        (heads[0].rstrip(":"), name): int(value)
        for heads, values in zip(lines[::2], lines[1::2], strict=False)
        for name, value in zip(heads[1:], values[1:], strict=False)
    }


def read_namespace(name: str, protocols: Mapping[tuple[str, str], int], net: Path = NET) -> dict[Key, int]:
    """The counters of the caller's namespace, called `name`; `protocols` are those of `read_protocols` there."""
    found: dict[Key, int] = {}
    known = ((counter, protocols[where]) for where, counter in _PROTOCOLS.items() if where in protocols)
    for counter, count in (*_conntrack(net), *known, *_snmp6(net)):
        found[name, counter] = found.get((name, counter), 0) + count
    return found


def read_machine(channel: Channel) -> dict[Key, int]:
    """How often a neighbour table of the machine was full, read by the netlink socket of any namespace."""
    found: dict[Key, int] = {}
    for table in channel.dump("get_ntables"):
        name, stats = table.get("NDTA_NAME"), table.get("NDTA_STATS")
        if name in _TABLES and stats is not None and "table_fulls" in stats:
            found["", _TABLES[name]] = int(stats["table_fulls"])
    return found


def _conntrack(net: Path) -> Iterator[tuple[str, int]]:
    heads, *rows = _lines(net / "stat" / "nf_conntrack") or [""]
    names = heads.split()
    for row in rows:
        for name, value in zip(names, row.split(), strict=False):
            if name in _CONNTRACK:
                yield _CONNTRACK[name], int(value, 16)


def _snmp6(net: Path) -> Iterator[tuple[str, int]]:
    for line in _lines(net / "snmp6"):
        name, value = line.split()
        if name in _SNMP6:
            yield _SNMP6[name], int(value)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
