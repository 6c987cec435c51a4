"""What every format states about a run whose nodes were machines of their own, or a cluster's: which, and what joins them."""

from __future__ import annotations

from barewire.records.environment import ClusterRecord, NodeMachineRecord
from barewire.render.run.data import ReportData


def sentence(data: ReportData) -> str:
    """`root@a by eth1 (ixgbe, 10,000 Mbit/s) and root@b by a macvlan child of eth0`, or the nodes of a cluster and its network;
    empty for labs on one machine."""
    environment = data.run.environment
    if (cluster := environment.get("cluster")) is not None:
        return _cluster(cluster, environment.get("versions", {}).get("kubernetes", ""))
    return " and ".join(map(_machine, environment.get("nodes", {}).values()))


def _cluster(record: ClusterRecord, version: str) -> str:
    pairs = record.get("pairs") or [[one.get("name", "") for one in record.get("nodes", [])]]
    network = record.get("network", {})
    mode = network.get("service_proxy", "")
    plugins = ", ".join(network.get("plugins", []))
    cni = f"CNI {network.get('cni') or 'unknown'}" + (f", plugins {plugins}" if plugins else "")
    facts = [f"Kubernetes {version}".rstrip(), cni, network.get("path") or "path unknown",
             f"kube-proxy mode {mode or 'unknown'}"]  # fmt: skip
    between = "; ".join(" and ".join(pair) for pair in pairs)
    return f"nodes {between} of a cluster ({'; '.join(facts)})"


def _machine(record: NodeMachineRecord) -> str:
    card = record.get("card", {})
    speed = card.get("link_mbit_per_s")
    known = [card.get("driver", ""), f"{speed:,} Mbit/s" if speed else ""]
    child = "a macvlan child of " if card.get("mode") == "macvlan" else ""
    shared = ", in its own network namespace" if card.get("mode") == "shared" else ""
    said = ", ".join(word for word in known if word)
    return f"{record.get('host', '')} by {child}{card.get('name', '')}" + (f" ({said})" if said else "") + shared
