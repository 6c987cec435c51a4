"""What joins the pods of a test cluster: the reference bridge plugin with a route to each node, or flannel itself.

Both have IPv4 and IPv6. flannel's daemon runs on each node as in kube-flannel.yml (`--kube-subnet-mgr --ip-masq`), though not in
a pod. Its plugin writes a configuration for the reference bridge plugin and calls that; here the same configuration is there from
the beginning, from the same file of the daemon.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.kubernetes.cluster.control import PODS
from tests.kubernetes.cluster.state import RunningCluster, await_that

BRIDGE = "bridge"
FLANNEL = {"flannel/vxlan": "vxlan", "flannel/host-gw": "host-gw"}
"""flannel's backends by the names of networks."""

NETWORKS = (BRIDGE, *FLANNEL)
_DEFAULTS = [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]
_PORTS = {"type": "portmap", "capabilities": {"portMappings": True}}


def join(cluster: RunningCluster) -> None:
    """Wait for the nodes' pod addresses, and make the network."""
    blocks: dict[str, list[str]] = {}

    def known() -> bool:
        for one in cluster.api("/api/v1/nodes")["items"]:
            if found := one["spec"].get("podCIDRs"):
                blocks[one["metadata"]["name"]] = found
        return set(blocks) >= set(cluster.names)

    await_that(known, "the nodes' pod addresses")
    if cluster.network == BRIDGE:
        _make_bridges(cluster, blocks)
    else:
        _start_flannel(cluster, blocks)


def _make_bridges(cluster: RunningCluster, blocks: dict[str, list[str]]) -> None:
    for name in cluster.names:
        ranges = [[{"subnet": block}] for block in blocks[name]]
        ipam = {"type": "host-local", "ranges": ranges, "routes": _DEFAULTS[: len(ranges)]}
        bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "ipMasq": False}
        for other in [*cluster.names, "cp"]:
            if other != name:
                for block, gateway in zip(blocks[name], cluster.of_both(*addresses(name)), strict=True):
                    cluster.inside(other, "ip", "route", "replace", block, "via", gateway)
        _configure(cluster, name, "barewire-test", [{**bridge, "ipam": ipam}])


def _start_flannel(cluster: RunningCluster, blocks: dict[str, list[str]]) -> None:
    configuration = cluster.folder / "net-conf.json"
    backend = {"Type": FLANNEL[cluster.network]}
    networks: dict[str, object] = {"Network": PODS[0]}
    networks |= {} if cluster.single else {"EnableIPv6": True, "IPv6Network": PODS[1]}
    configuration.write_text(json.dumps({**networks, "EnableNFTables": False, "Backend": backend}))
    for name in cluster.names:
        daemon = ["flanneld", "--ip-masq", "--kube-subnet-mgr", f"--kubeconfig-file={cluster.folder}/node.kubeconfig",
                  f"--net-config-path={configuration}", "--iface=eth0"]  # fmt: skip
        cluster.spawn(f"flanneld-{name}", cluster.entering(name, "env", f"NODE_NAME={name}", *daemon))
    for name in cluster.names:
        written = Path(f"/proc/{cluster.innermost(name)}/root/run/flannel/subnet.env")
        others = [block for other in cluster.names if other != name for block in blocks[other]]
        await_that(lambda written=written: written.exists(), f"flannel on {name}")  # type: ignore[misc]
        await_that(lambda name=name, others=others: _leads(cluster, name, others), f"routes of {name}")  # type: ignore[misc]
        facts = dict(line.split("=", 1) for line in written.read_text().splitlines())
        _configure(cluster, name, "cbr0", [_delegate(facts, blocks[name]), _PORTS])


def _delegate(facts: dict[str, str], blocks: list[str]) -> dict[str, object]:
    """What flannel's plugin makes of subnet.env and of the delegate in kube-flannel.yml."""
    routes = [{"dst": facts[key]} for key in ("FLANNEL_NETWORK", "FLANNEL_IPV6_NETWORK") if facts.get(key)]
    ipam = {"type": "host-local", "ranges": [[{"subnet": block}] for block in blocks], "routes": routes}
    return {"type": "bridge", "hairpinMode": True, "isDefaultGateway": True, "isGateway": True,
            "ipMasq": facts["FLANNEL_IPMASQ"] != "true", "mtu": int(facts["FLANNEL_MTU"]), "ipam": ipam}  # fmt: skip


def addresses(name: str) -> tuple[str, str]:
    """A node's, one a family."""
    return f"10.77.0.{name[1:]}", f"fd00:77::{name[1:]}"


def _leads(cluster: RunningCluster, name: str, blocks: list[str]) -> bool:
    return all(cluster.in_node(name, "ip", "-6" if ":" in block else "-4", "route", "show", block) for block in blocks)


def _configure(cluster: RunningCluster, name: str, network: str, plugins: Sequence[Mapping[str, object]]) -> None:
    path = cluster.folder / name / "cni" / "10-test.conflist"
    conflist = {"cniVersion": "1.0.0", "name": network, "plugins": plugins}
    path.with_suffix(".new").write_text(json.dumps(conflist))
    path.with_suffix(".new").rename(path)
