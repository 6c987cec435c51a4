"""What pods read of a cluster: counters, and what its network is made of."""

from __future__ import annotations

from typing import Any

import pytest

from barewire.errors import PlanError, PrerequisiteError, UsageError
from barewire.testbeds.kubernetes import counters, network_facts, nodes, ways
from barewire.testbeds.kubernetes.network_facts import NodeLink, NodeRoute
from barewire.testbeds.kubernetes.nodes import ClusterNode

STAT = "cpu  100 0 200 1000 50 1 49 7 0 0\ncpu0 100 0 200 1000 50 1 49 7 0 0\nctxt 12345\n"
SNMP = "Tcp: RtoAlgorithm RetransSegs InErrs\nTcp: 1 42 0\n"
DEV = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
    "  eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"
)
BASE = {"/proc/stat": STAT, "/proc/net/snmp": SNMP, "/proc/net/dev": DEV, "/proc/net/softnet_stat": "0000 00000003 0\n"}
V2 = {
    "/sys/fs/cgroup/cpu.stat": "usage_usec 30\nuser_usec 2000000\nsystem_usec 500000\nnr_throttled 1\nthrottled_usec 7\n"
}
V1 = {
    "/sys/fs/cgroup/cpuacct/cpuacct.usage_user": "2000000000\n", "/sys/fs/cgroup/cpuacct/cpuacct.usage_sys": "500000000\n",
    "/sys/fs/cgroup/cpu/cpu.stat": "nr_periods 2\nthrottled_time 7000\n", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
}  # fmt: skip

ROUTES = (
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    "eth0\t00000000\tFE004D0A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth0\t0001F40A\t02004D0A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
)
NOBODY = "0" * 32
UNKNOWN = ("", "")
"""A mode of kube-proxy that nothing shows."""
ROUTES_6 = (
    f"fd000244000000010000000000000000 40 {NOBODY} 00 fd000077000000000000000000000002 00000400 1 0 00000003     eth0\n"
    f"fd000077000000000000000000000000 40 {NOBODY} 00 {NOBODY} 00000100 1 0 00000001     eth0\n"
    f"{NOBODY} 00 {NOBODY} 00 {NOBODY} ffffffff 1 0 00200200       lo\n"
)


def test_counters_of_a_pod_are_read() -> None:
    found = counters.parse(BASE)
    assert (found.node["system"], found.node["steal"], found.context_switches) == (2.0, 0.07, 12345)
    assert (found.retransmissions, found.backlog_drops) == (42, 3)
    assert found.drops == {("eth0", "rx"): 7, ("eth0", "tx"): 15}


@pytest.mark.parametrize(
    ("files", "throttled"), [(V2, None), ({**V2, "/sys/fs/cgroup/cpu.max": "5 9"}, 7000), (V1, 7000)]
)
def test_cpu_time_and_throttling_of_either_cgroup_version(files: dict[str, str], throttled: int | None) -> None:
    found = counters.parse({**BASE, **files})
    assert found.group is not None
    assert (found.group["user"], found.group["system"], found.throttled_ns) == (2.0, 0.5, throttled)


def test_cpu_time_that_cannot_be_read_is_unknown() -> None:
    found = counters.parse(BASE)
    assert (found.group, found.throttled_ns) == (None, None)
    assert "all" not in counters.PodsReading(found, found).counters(["a", "b"]).cpu


def test_two_nodes_of_one_machine_count_once() -> None:
    one = counters.parse({**BASE, **V2, "/proc/sys/kernel/random/boot_id": "x\n"})
    found = counters.PodsReading(one, one).counters(["a", "b"])
    assert found.cpu["nodes"]["system"] == 2.0
    assert found.cpu["all"]["user"] == 4.0


def test_a_cni_is_named_by_two_kinds_of_facts_only() -> None:
    links = [NodeLink("flannel.1", "vxlan", 1450), NodeLink("eth0", "", 1500)]
    alone = network_facts.conclude([], [], links, [], UNKNOWN, 0)
    assert alone.cni == "" and alone.evidence == ("link flannel.1 is one of flannel's",)
    both = network_facts.conclude(
        ["kube-flannel/kube-flannel-ds"], [], links, [NodeRoute("flannel.1", "10.244.1.0")], UNKNOWN, 1450
    )
    assert (both.cni, both.path) == ("flannel", "vxlan tunnel")


def test_a_configuration_is_one_kind_of_facts() -> None:
    file: Any = {
        "file": "10-flannel.conflist",
        "name": "cbr0",
        "plugins": [{"type": "flannel"}, {"type": "portmap", "mtu": 9}],
    }
    configuration: Any = {"files": [{"file": "00-broken.conf", "unread": "it is not JSON"}, file]}
    found = network_facts.conclude([], [], [NodeLink("flannel.1", "vxlan", 1450)], [], UNKNOWN, 0, configuration)
    assert (found.cni, found.plugins) == ("flannel", ("flannel", "portmap"))
    chain = "10-flannel.conflist is the CNI configuration of the client's node: flannel, portmap (MTU 9)"
    assert found.evidence[1:] == ("CNI configuration flannel is one of flannel's", chain)
    hidden: Any = {"files": [{"file": "05-secret.conflist", "unread": "Permission denied"}, file]}
    assert network_facts.conclude([], [], [], [], UNKNOWN, 0, hidden).plugins == (), (
        "the first one may be the one in use"
    )


def test_two_cnis_at_once_are_none() -> None:
    sets = ["kube-system/cilium", "kube-system/calico-node"]
    found = network_facts.conclude(sets, ["projectcalico.org/x"], [NodeLink("cilium_host", "", 1500)], [], UNKNOWN, 0)
    assert found.cni == ""
    assert len(found.evidence) == 4


def test_a_route_by_a_card_and_a_gateway_has_no_tunnel() -> None:
    route = network_facts.route_to("10.244.1.7", ROUTES, "")
    assert route == NodeRoute("eth0", "10.77.0.2")
    links, proxy = [NodeLink("eth0", "", 1500)], ("nftables", "kube-proxy says so")
    found = network_facts.conclude([], [], links, [route], proxy, 1500)
    assert (found.path, found.service_proxy) == ("routed, without encapsulation", "nftables")
    assert found.evidence[-1] == "kube-proxy's mode is nftables (kube-proxy says so)"


def test_the_longest_prefix_is_the_route() -> None:
    assert network_facts.route_to("8.8.8.8", ROUTES, "") == NodeRoute("eth0", "10.77.0.254")
    assert network_facts.route_to("8.8.8.8", ROUTES.splitlines()[0], "") is None


def test_the_route_of_ipv6_is_no_unreachable_one() -> None:
    assert network_facts.route_to("fd00:244:0:1::7", "", ROUTES_6) == NodeRoute("eth0", "fd00:77::2")
    assert network_facts.route_to("2001:db8::1", "", ROUTES_6) is None


def test_ways_that_differ_by_ip_version_are_no_path() -> None:
    links = [NodeLink("eth0", "", 1500), NodeLink("flannel-v6.1", "vxlan", 1430)]
    routes = [NodeRoute("eth0", "10.77.0.2"), NodeRoute("flannel-v6.1", "fd00:244:0:1::")]
    found = network_facts.conclude([], [], links, routes, UNKNOWN, 0)
    assert found.path == ""
    assert sum("reaches the server's pod" in one for one in found.evidence) == 2


def test_ipvs_shows_by_its_link() -> None:
    assert network_facts.conclude([], [], [NodeLink("kube-ipvs0", "", 1500)], [], UNKNOWN, 0).service_proxy == "ipvs"


def node(name: str, architecture: str = "x86_64", **more: Any) -> ClusterNode:
    return ClusterNode(name, architecture, **more)


def test_the_first_two_fit_nodes_are_taken() -> None:
    found = [
        node("a", why_not="it is cordoned"),
        node("b"),
        node("c", architecture="aarch64"),
        node("d"),
        node("e", ready=False),
    ]
    assert [(one.name, other.name) for one, other in nodes.pairs(found, (), 1)] == [("b", "d")]


def test_pairs_of_nodes_are_different() -> None:
    found = nodes.pairs([node("a"), node("b"), node("c")], (), 3)
    assert {frozenset((one.name, other.name)) for one, other in found} == {
        frozenset("ab"), frozenset("ac"), frozenset("bc")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "error", "said"),
    [
        (("a", "x"), UsageError, "there is no node x"),
        (("a", "a"), UsageError, "two different nodes"),
        (("a", "e"), PrerequisiteError, "node e cannot be used: it is not ready"),
        (("a", "c"), PrerequisiteError, "of one architecture"),
    ],
)
def test_nodes_that_cannot_be_used_are_refused(wanted: tuple[str, ...], error: type[Exception], said: str) -> None:
    found = [node("a"), node("c", architecture="aarch64"), node("e", ready=False)]
    with pytest.raises(error, match=said):
        nodes.pairs(found, wanted, 1)


def test_nodes_that_may_not_be_listed_must_be_named() -> None:
    with pytest.raises(PrerequisiteError, match="--nodes a,b"):
        nodes.pairs(None, (), 1)
    assert [one.name for one in nodes.pairs(None, ("a", "b"), 1)[0]] == ["a", "b"]


def test_ways_are_found_by_name() -> None:
    assert ways.find("pod/policies-100").policies == 100
    assert ways.find("node-port").kind == "NodePort"
    ipv6 = ways.find("pod/policies-100/ipv6")
    assert (ipv6.client, ipv6.server, ipv6.version(4)) == ("client", "policies-100-ipv6", 6)
    assert [ways.find("pod").version(study) for study in (4, 6, 46)] == [4, 6, 4]
    for name in ("pods", "/ipv6", "pod/policies-0", "pod/policies-99999", "flannel/vxlan"):
        with pytest.raises(PlanError, match="a cluster has no way"):
            ways.find(name)
