"""Counters of what the kernel drops beyond links, from /proc: by name, summed over CPUs, absent where a kernel has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from barewire.kernel import kernel_drops

CONNTRACK = """\
entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error
00000800  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000002 00000010 00000001 00000000
00000800  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 0000000f 00000000 00000000
"""
NETSTAT = """\
TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPBacklogDrop
TcpExt: 0 7 9 3
IpExt: InNoRoutes
IpExt: 0
"""
SNMP = """\
Ip: Forwarding InDiscards OutNoRoutes
Ip: 1 4 5
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
Udp: 1 0 0 1 11 0
"""


def write(net: Path, **files: str) -> Path:
    (net / "stat").mkdir()
    for name, text in files.items():
        (net / name.replace("__", "/")).write_text(text)
    return net


def test_counters_are_found_by_name_and_summed_over_cpus(tmp_path: Path) -> None:
    net = write(
        tmp_path,
        stat__nf_conntrack=CONNTRACK,
        netstat=NETSTAT,
        snmp=SNMP,
        snmp6="Ip6InReceives 1\nUdp6RcvbufErrors 2\n",
    )
    found = kernel_drops.read_namespace("n1", kernel_drops.read_protocols(net), net)
    assert {counter: count for (name, counter), count in found.items() if count and name == "n1"} == {
        "conntrack drop": 0x1F,
        "conntrack early drop": 1,
        "conntrack insert failed": 2,
        "listen queue overflow": 7,
        "TCP socket backlog full": 3,
        "IP input discarded": 4,
        "no route": 5,
        "UDP receive buffer full": 13,
    }


@pytest.mark.parametrize(
    ("file", "text", "counter"),
    [
        ("snmp", "Udp: RcvbufErrors MemErrors\nUdp: 0 3\n", "UDP memory limit"),
        ("snmp6", "Udp6RcvbufErrors 0\nUdp6MemErrors 3\n", "UDP memory limit"),
        ("snmp6", "Ip6InReceives 1\nIp6InDiscards 3\n", "IP input discarded"),
        ("snmp6", "Ip6OutDiscards 3\n", "IP output discarded"),
        ("snmp6", "Ip6OutNoRoutes 3\n", "no route"),
        ("snmp6", "Ip6ReasmFails 3\n", "reassembly failed"),
        ("netstat", "TcpExt: TCPReqQFullDoCookies\nTcpExt: 3\n", "SYN queue full, answered by cookie"),
        ("netstat", "TcpExt: RcvPruned OfoPruned TCPOFODrop\nTcpExt: 0 2 1\n", "TCP receive buffer full"),
        ("netstat", "TcpExt: PFMemallocDrop\nTcpExt: 3\n", "no memory for packets"),
        ("netstat", "TcpExt: IPReversePathFilter\nTcpExt: 3\n", "reverse path filter"),
    ],
)
def test_what_either_family_or_any_socket_drops_is_counted(file: str, text: str, counter: str, tmp_path: Path) -> None:
    net = write(tmp_path, **{file: text})
    found = kernel_drops.read_namespace("n1", kernel_drops.read_protocols(net), net)
    assert {key: count for key, count in found.items() if count} == {("n1", counter): 3}


def test_a_kernel_without_conntrack_or_ipv6_has_no_such_counters(tmp_path: Path) -> None:
    net = write(tmp_path, netstat=NETSTAT, snmp=SNMP)
    found = kernel_drops.read_namespace("n1", kernel_drops.read_protocols(net), net)
    assert ("n1", "conntrack drop") not in found
    assert found["n1", "UDP receive buffer full"] == 11
