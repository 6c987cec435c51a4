"""What a cluster's network is made of, from several facts, each kept with the conclusion.

A name alone shows nothing: a DaemonSet may be left over, a link may be called anything. A CNI is named where at least two kinds
of facts agree (DaemonSets, annotations of nodes, links on a node, its CNI configuration); else it is unknown, and the facts are
there to be read. How packets travel is concluded from the client node's route to the server's pod and the kind of link that it
leads to. Limit: BPF programs may carry packets past routes and links, and nobody unprivileged sees them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from barewire.records.environment import CniConfigurationRecord
from barewire.testbeds.kubernetes.cni_files import find_effective, list_types, state_plugin

TUNNELS = ("vxlan", "geneve", "ipip", "wireguard", "gre", "sit")
"""Kinds of links that put packets into packets, as sysfs names them (DEVTYPE)."""

_NAMES_OF_TUNNELS: Mapping[str, str] = {
    "tunl": "ipip",
    "cilium_vxlan": "vxlan",
    "cilium_geneve": "geneve",
    "genev": "geneve",
}
"""For tunnels without a DEVTYPE, by the beginning of the link's name."""


_REJECTS = 0x200
"""RTF_REJECT in the flags of /proc/net/ipv6_route."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """Patterns of one CNI in each kind of facts."""

    daemonsets: str
    annotations: str
    links: str
    plugins: str
    """Of the types in its CNI configuration, or of the configuration's name where the types are anybody's."""


_CNIS: Mapping[str, _Signs] = {
    "Calico": _Signs(r"calico-node", r"projectcalico\.org/", r"cali[0-9a-f]{11}|vxlan\.calico|bpfin\.cali", r"calico"),
    "Cilium": _Signs(
        r"cilium", r"(io\.cilium|network\.cilium\.io)[./]", r"cilium_(host|net|vxlan|geneve)|lxc_health", r"cilium-cni"
    ),
    "flannel": _Signs(r"kube-flannel", r"flannel\.alpha\.coreos\.com/", r"flannel[.-]", r"flannel"),
    "kube-router": _Signs(
        r"kube-router", r"kube-router\.io/", r"kube-bridge|tun-[0-9a-f]", r"kube-router|kubernetes-kube-router"
    ),
    "Antrea": _Signs(r"antrea-agent", r"node\.antrea\.io/", r"antrea-(gw|tun)0", r"antrea"),
    "OVN-Kubernetes": _Signs(r"ovnkube-node", r"k8s\.ovn\.org/", r"ovn-k8s-mp0", r"ovn-k8s-cni-overlay"),
    "Weave Net": _Signs(r"weave-net", r"weave\.works/", r"weave|vethwe-", r"weave-net"),
    "AWS VPC CNI": _Signs(r"aws-node", r"vpc\.amazonaws\.com/", r"eni[0-9a-f]{11}", r"aws-cni"),
    "kindnet": _Signs(r"kindnet", r"kindnet", r"$^", r"kindnet"),
}


@dataclass(frozen=True, slots=True)
class NodeLink:
    """A link of a node; `kind` is empty for a card and a veth, between which sysfs makes no difference."""

    name: str
    kind: str
    mtu: int


@dataclass(frozen=True, slots=True)
class NodeRoute:
    """The client node's route to an address: by which link, and to which gateway if any."""

    dev: str
    gateway: str


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """The conclusions, and each fact that they are drawn from. Empty for what is unknown."""

    cni: str
    path: str
    service_proxy: str
    evidence: tuple[str, ...]
    plugins: tuple[str, ...] = ()
    """Types of the plugins that a pod's interface goes through, in order."""


def conclude(
    daemonsets: Sequence[str],
    annotations: Sequence[str],
    links: Sequence[NodeLink],
    routes: Sequence[NodeRoute],
    proxy: tuple[str, str],
    pod_mtu: int,
    configuration: CniConfigurationRecord | None = None,
) -> NetworkFacts:
    """What the facts show together. `daemonsets` are NAMESPACE/NAME, `annotations` keys of nodes, `routes` of the client's node
    to the server's pod, one for each IP version; `proxy` is kube-proxy's mode and what says so, empty if nothing does."""
    evidence: list[str] = []
    effective = find_effective((configuration or {}).get("files", []))
    words = [effective.get("name", ""), *(one["type"] for one in effective["plugins"])] if effective else []
    found = []
    for name, signs in _CNIS.items():
        kinds = {
            "DaemonSet": [one for one in daemonsets if re.match(signs.daemonsets, one.rpartition("/")[2])],
            "annotation": [one for one in annotations if re.match(signs.annotations, one)],
            "link": [one.name for one in links if re.match(signs.links, one.name)],
            "CNI configuration": [one for one in words if re.fullmatch(signs.plugins, one)],
        }
        shown = [f"{kind} {some[0]}" for kind, some in kinds.items() if some]
        evidence += [f"{one} is one of {name}'s" for one in shown]
        if len(shown) > 1:
            found.append(name)
    if effective:
        chain = ", ".join(map(state_plugin, effective["plugins"]))
        evidence.append(f"{effective['file']} is the CNI configuration of the client's node: {chain}")
    by_name = {one.name: one for one in links}
    seen = set()
    for route in routes:
        kind = kind_of(by_name[route.dev]) if route.dev in by_name else ""
        way = f"by {route.dev}" + (f" (kind {kind})" if kind else "")
        evidence.append(
            f"the client's node reaches the server's pod {way}" + (f" and {route.gateway}" if route.gateway else "")
        )
        seen.add(
            f"{kind} tunnel"
            if kind in TUNNELS
            else "routed, without encapsulation"
            if route.gateway and not kind
            else ""
        )
    path = seen.pop() if len(seen) == 1 else ""
    if pod_mtu:
        others = ", ".join(str(mtu) for mtu in sorted({link.mtu for link in links if link.name != "lo"}))
        evidence.append(f"the pods' MTU is {pod_mtu}, and links of the client's node have {others}")
    mode, source = proxy
    if "kube-ipvs0" in by_name and not mode:
        mode, source = "ipvs", "link kube-ipvs0"
    if mode:
        evidence.append(f"kube-proxy's mode is {mode} ({source})")
    return NetworkFacts(found[0] if len(found) == 1 else "", path, mode, tuple(evidence), tuple(list_types(effective)))


def kind_of(link: NodeLink) -> str:
    """The kind of a link, by sysfs or for some tunnels by name."""
    return link.kind or next((kind for prefix, kind in _NAMES_OF_TUNNELS.items() if link.name.startswith(prefix)), "")


def names_of_links(text: str) -> list[str]:
    """Those in /proc/net/dev."""
    return [line.partition(":")[0].strip() for line in text.splitlines()[2:]]


def route_to(address: str, four: str, six: str) -> NodeRoute | None:
    """The route to an address in /proc/net/route or /proc/net/ipv6_route: the longest prefix, then the lowest metric."""
    found = _routes_of_ipv6(address, six) if ":" in address else _routes_of_ipv4(address, four)
    return max(found, key=lambda one: one[:2])[2] if found else None


def _routes_of_ipv4(address: str, text: str) -> list[tuple[int, int, NodeRoute]]:
    wanted, found = IPv4Address(address), []
    for row in (line.split() for line in text.splitlines()[1:]):
        destination, gateway, mask = (IPv4Address(bytes.fromhex(row[column])[::-1]) for column in (1, 2, 7))
        network = IPv4Network(f"{destination}/{mask}", strict=False)
        if wanted in network:
            route = NodeRoute(row[0], "" if int(gateway) == 0 else str(gateway))
            found.append((network.prefixlen, -int(row[6]), route))
    return found


def _routes_of_ipv6(address: str, text: str) -> list[tuple[int, int, NodeRoute]]:
    wanted, found = IPv6Address(address), []
    for row in (line.split() for line in text.splitlines()):
        network = IPv6Network((bytes.fromhex(row[0]), int(row[1], 16)), strict=False)
        if wanted in network and not int(row[8], 16) & _REJECTS:
            gateway = IPv6Address(bytes.fromhex(row[4]))
            route = NodeRoute(row[9], "" if int(gateway) == 0 else str(gateway))
            found.append((network.prefixlen, -int(row[5], 16), route))
    return found
