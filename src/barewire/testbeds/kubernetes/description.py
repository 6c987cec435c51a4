"""What a study records of a cluster: its nodes as pods see them, its version, and what its network is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lightkube.core.exceptions import ApiError
from lightkube.resources.apps_v1 import DaemonSet

from barewire import __version__
from barewire.records.environment import (
    ClusterNetworkRecord,
    ClusterNodeRecord,
    CniConfigurationRecord,
    EnvironmentRecord,
)
from barewire.testbeds.kubernetes import network_facts, service_proxy, ways
from barewire.testbeds.kubernetes.connection import Cluster
from barewire.testbeds.kubernetes.deployment import Deployment
from barewire.testbeds.kubernetes.network_facts import NodeLink, NodeRoute
from barewire.testbeds.kubernetes.node import PodNode
from barewire.testbeds.kubernetes.nodes import ClusterNode

NAME = "kubernetes"
_POD_LINK = re.compile(r"veth[0-9a-f]{8}")
"""Of the reference plugins: one for each pod, by a name that is drawn."""

_SYSCTLS = (
    "net.ipv4.ip_local_port_range", "net.ipv4.tcp_congestion_control", "net.ipv4.tcp_ecn", "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_sack", "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_timestamps", "net.ipv4.tcp_wmem",
    "net.core.rmem_max", "net.core.wmem_max", "net.core.default_qdisc", "net.core.netdev_max_backlog",
)  # fmt: skip
_FILES = {
    "version": "/proc/version",
    "cpu": "/proc/cpuinfo",
    "memory": "/proc/meminfo",
    "online": "/sys/devices/system/cpu/online",
    "clock": "/sys/devices/system/clocksource/clocksource0/current_clocksource",
    "governor": "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
    "status": "/proc/self/status",
}


def describe(
    cluster: Cluster,
    found: Deployment,
    pairs: Sequence[Sequence[ClusterNode]],
    number: int,
    known: Sequence[ClusterNode] | None,
    configuration: CniConfigurationRecord,
) -> EnvironmentRecord:
    """`environment` of `run.json`: the client's node as the machine, and both nodes and the cluster beside it. `number` is the
    pair's that `found` is on."""
    pair = pairs[number]
    client = next(node for role, node in found.nodes.items() if role in (ways.HOST_CLIENT, ways.CLIENT))
    texts = {key: client.texts(path)[path] for key, path in _FILES.items()}
    sysctls = _sysctls(client)
    return {
        "testbed": NAME,
        "kernel": " ".join(texts["version"].split("#")[0].split()[:3]).replace("version ", ""),
        "machine": pair[0].architecture,
        "distribution": pair[0].system,
        "cpu": {"model": _cpu_model(texts["cpu"]), "online": texts["online"].strip()},
        "memory_bytes": _memory(texts["memory"]),
        "sysctls": sysctls,
        "limits": {"cpuset": _field(texts["status"], "Cpus_allowed_list")},
        "congestion_control": sysctls.get("net.ipv4.tcp_congestion_control", ""),
        "clocksource": texts["clock"].strip(),
        "governor": texts["governor"].strip(),
        "versions": {"barewire": __version__, "kubernetes": _version(cluster)},
        "cluster": {
            "context": cluster.context,
            "namespace": cluster.namespace,
            "image": found.objects.image,
            "nodes": [_node(one) for one in pair],
            "pairs": [[one.name for one in each] for each in pairs],
            "network": _network(cluster, found, known, configuration),
        },
    }


def _network(
    cluster: Cluster, found: Deployment, known: Sequence[ClusterNode] | None, configuration: CniConfigurationRecord
) -> ClusterNetworkRecord:
    """Read what there is to read about the network; what may not be read is no evidence."""
    try:
        sets = [*cluster.api.list(DaemonSet, namespace="*")]
    except ApiError:
        sets = []
    daemonsets = sorted(f"{one.metadata.namespace}/{one.metadata.name}" for one in sets if one.metadata)
    annotations = sorted({key for one in known or () for key in one.annotations})
    links: list[NodeLink] = []
    routes: list[NodeRoute] = []
    if (host := found.nodes.get(ways.HOST_CLIENT)) is not None:
        texts = host.texts("/proc/net/dev", "/proc/net/route", "/proc/net/ipv6_route")
        names = sorted(network_facts.names_of_links(texts["/proc/net/dev"]))
        links = _links(host, [name for name in names if not _POD_LINK.fullmatch(name)])
        tables = texts["/proc/net/route"], texts["/proc/net/ipv6_route"]
        to_server = [network_facts.route_to(one, *tables) for one in found.addresses.get(ways.SERVER, ())]
        routes = [one for one in to_server if one is not None]
    client = found.nodes.get(ways.CLIENT)
    pod_mtu = next((link.mtu for link in _links(client, ["eth0"])), 0) if client else 0
    proxy = service_proxy.find_mode(cluster, sets, host)
    facts = network_facts.conclude(
        daemonsets, annotations, links, routes, (proxy.mode, proxy.source), pod_mtu, configuration
    )
    return {
        "cni": facts.cni, "path": facts.path, "service_proxy": facts.service_proxy, "evidence": [*facts.evidence, *found.changes],
        "plugins": list(facts.plugins), "configuration": configuration,
    }  # fmt: skip


def _links(node: PodNode, names: Sequence[str]) -> list[NodeLink]:
    paths = {name: (f"/sys/class/net/{name}/uevent", f"/sys/class/net/{name}/mtu") for name in names}
    texts = node.texts(*(path for pair in paths.values() for path in pair)) if paths else {}
    found = []
    for name, (uevent, mtu) in paths.items():
        kinds = [line.partition("=")[2] for line in texts[uevent].splitlines() if line.startswith("DEVTYPE=")]
        if texts[mtu].strip():
            found.append(NodeLink(name, kinds[0] if kinds else "", int(texts[mtu])))
    return found


def _node(one: ClusterNode) -> ClusterNodeRecord:
    return {"name": one.name, "kernel": one.kernel, "system": one.system, "runtime": one.runtime, "kubelet": one.kubelet,
            "cpus": one.cpus, "zone": one.zone}  # fmt: skip


def _version(cluster: Cluster) -> str:
    response = cluster.http.get("/version")
    return str(response.json().get("gitVersion", "")) if response.is_success else ""


def _sysctls(node: PodNode) -> dict[str, str]:
    paths = {key: "/proc/sys/" + key.replace(".", "/") for key in _SYSCTLS}
    texts = node.texts(*paths.values())
    return {key: " ".join(texts[path].split()) for key, path in paths.items() if texts[path]}


def _cpu_model(text: str) -> str:
    named: Mapping[str, str] = {
        name.strip(): value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())
    }
    return next((named[key] for key in ("model name", "Model", "cpu model", "CPU part") if key in named), "unknown")


def _memory(text: str) -> int:
    return int((_field(text, "MemTotal").split() or ["0"])[0]) * 1024


def _field(text: str, name: str) -> str:
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(f"{name}:")), "")
