"""The rules that kube-router puts on a node whose pods no policy selects: each pod's chain, and masquerading.

They are those of kube-router 2.1 with `--run-router` and `--run-firewall`, as its manifest for kubeadm has it, written by
iptables: same chains, order, matches and comments. FORWARD goes through `KUBE-ROUTER-FORWARD`, which has four rules for each
pod of the node that lead to the pod's chain, two of them for packets from port to port of the bridge; there an established
connection is accepted at once, and a new one is marked by the default policy and accepted at the end. POSTROUTING asks three
sets of addresses whether a packet leaves the cluster. What comes from the node's pods is looked up in a table of routes of
its own first, which has the tunnels to nodes of other segments: none here, but each lookup on the node asks the rules in
turn. Packets pass iptables in the bridge, by br_netfilter.

Limits: the match `physdev` is not asked for before a lab is built, because the kernel would load br_netfilter for the
question; kernels with that module have it. The sets hold the pod network and the nodes' network as one member each, where
kube-router's have a member for each node.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator
from hashlib import sha256
from typing import ClassVar

from barewire.model.leases import FamilyLease, NodeView
from barewire.model.network import WIRE_DEV
from barewire.model.objects import IPAddress, IpSet, KernelObject, RoutingRule
from barewire.networks import bridge_filter
from barewire.networks.netfilter import family_name, hooks, iptables_table, own_chains
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts

BRIDGE = "kube-bridge"

TABLE, PRIORITY = 77, 32_765
"""The table of routes to tunnels, and what the kernel gives a first rule without a priority: just before the main table's."""

_SERVICES, _NODE_PORTS = "10.96.0.0/12", "30000:32767"
"""Defaults of kube-router; services over IPv6 have none."""

_ALLOWED, _ACCEPTED = "0x10000/0x10000", "0x20000/0x20000"
"""Marks: a policy allows the packet; all that apply do."""

_HOOKS = ("INPUT", "FORWARD", "OUTPUT")
_DEFAULT = "KUBE-NWPLCY-DEFAULT"
_REJECTED = {4: "icmp-port-unreachable", 6: "icmp6-port-unreachable"}


class KubeRouterRules(WithoutOptions):
    """Chains `KUBE-ROUTER-*` and `KUBE-POD-FW-*` in table filter, a rule in table nat, two sets, a rule about routes."""

    name: ClassVar[str] = "kube-router"
    facts: ClassVar[Facts] = Facts(
        "kube-router's rules on each node, no policy", "nothing", "CAP_NET_ADMIN on the node"
    )
    needs: frozenset[str] = frozenset({"iptables:nat", "iptables:ct", "iptables:set", bridge_filter.NEED})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        wanted: list[KernelObject] = []
        for family in view.lease.families:
            ip, prefix = family_name(family.version), "" if family.version == 4 else "inet6:"
            pods, nodes = f"{prefix}kube-router-pod-subnets", f"{prefix}kube-router-node-ips"
            addresses = {pod.pod.name: interface.ip for pod in view.pods for interface in pod.addresses
                         if interface.version == family.version}  # fmt: skip
            wanted += [
                bridge_filter.used(family.version),
                RoutingRule(family.version, TABLE, PRIORITY, family.subnet),
                IpSet(ip, pods, (family.pods,)),
                IpSet(ip, nodes, (family.address.network,)),
                iptables_table(family.version, "filter", _filter(family, addresses)),
                iptables_table(family.version, "nat", _nat(pods, nodes)),
            ]
        return wanted


def _nat(pods: str, nodes: str) -> Iterator[str]:
    outside = f"-m set ! --match-set {pods} dst -m set ! --match-set {nodes} dst"
    yield f"-A POSTROUTING -m set --match-set {pods} src {outside} -j MASQUERADE --random-fully"


def _filter(family: FamilyLease, pods: dict[str, IPAddress]) -> Iterator[str]:
    chains = {name: f"KUBE-POD-FW-{_hash('default', name)}" for name in pods}
    yield from hooks(*_HOOKS)
    yield from own_chains(*(f"KUBE-ROUTER-{hook}" for hook in _HOOKS), _DEFAULT, *chains.values())
    for hook in _HOOKS:
        yield _rule(hook, f"-j KUBE-ROUTER-{hook}", f"kube-router netpol - {_hash(hook)}")
    for match, what in (
        (f"-o {WIRE_DEV}", "allow outbound node port traffic on node interface with which node ip is associated"),
        (f"-o {BRIDGE}", "allow inbound traffic to pods"),
        (f"-i {BRIDGE}", "allow outbound traffic from pods"),
    ):
        yield _rule("FORWARD", f"{match} -j ACCEPT", what)
    yield from _services(family.version)
    for name, chain in chains.items():
        yield from _leading_to(chain, name, pods[name])
    for hook in _HOOKS:
        what = "rule to explicitly ACCEPT traffic that comply to network policies"
        yield _rule(f"KUBE-ROUTER-{hook}", f"-m mark --mark {_ACCEPTED} -j ACCEPT", what)
    yield _rule(_DEFAULT, f"-j MARK --set-xmark {_ALLOWED}", "rule to mark traffic matching a network policy")
    for name, chain in chains.items():
        yield from _of_pod(chain, name, pods[name])


def _services(version: int) -> Iterator[str]:
    """What a node lets in for services."""
    chain = "KUBE-ROUTER-INPUT"
    if version == 4:
        what = f"allow traffic to primary/secondary cluster IP range - {_hash(chain, _SERVICES)}"
        yield _rule(chain, f"-d {_SERVICES} -j RETURN", what)
    for protocol in ("tcp", "udp"):
        what = f"allow LOCAL {protocol.upper()} traffic to node ports - {_hash(chain, protocol)}"
        match = f"-m addrtype --dst-type LOCAL -m multiport --dports {_NODE_PORTS}"
        yield f'-A {chain} -p {protocol} -m comment --comment "{what}" {match} -j RETURN'


def _leading_to(chain: str, name: str, address: IPAddress) -> Iterator[str]:
    """The rules by which a pod's packets come to its chain."""
    to, away = (
        f"rule to jump traffic {way} POD name:{name} namespace: default to chain {chain}"
        for way in ("destined to", "from")
    )
    for hook in ("FORWARD", "OUTPUT"):
        yield _rule(f"KUBE-ROUTER-{hook}", f"-d {address} -j {chain}", to)
    yield _bridged(f"-d {address}", chain, to)
    for hook in _HOOKS:
        yield _rule(f"KUBE-ROUTER-{hook}", f"-s {address} -j {chain}", away)
    yield _bridged(f"-s {address}", chain, away)


def _bridged(match: str, chain: str, comment: str) -> str:
    """The same for packets from port to port."""
    ports = "-m physdev --physdev-is-bridged"
    return f'-A KUBE-ROUTER-FORWARD {match} {ports} -m comment --comment "{comment}" -j {chain}'


def _of_pod(chain: str, name: str, address: IPAddress) -> Iterator[str]:
    """What a pod's chain does without a policy."""
    pod = f"POD name:{name} namespace: default"
    yield _rule(chain, "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "rule for stateful firewall for pod")
    yield _rule(chain, "-m conntrack --ctstate INVALID -j DROP", "rule to drop invalid state for pod")
    what = "rule to permit the traffic traffic to pods when source is the pod's local node"
    yield _rule(chain, f"-m addrtype --src-type LOCAL -d {address} -j ACCEPT", what)
    yield _rule(chain, f"-s {address} -j {_DEFAULT}", "run through default egress network policy chain")
    yield _rule(chain, f"-d {address} -j {_DEFAULT}", "run through default ingress network policy chain")
    refused = f"-m mark ! --mark {_ALLOWED}"
    log = "-m limit --limit 10/min --limit-burst 10 -j NFLOG --nflog-group 100"
    yield _rule(chain, f"{refused} {log}", f"rule to log dropped traffic {pod}")
    reject = f"-j REJECT --reject-with {_REJECTED[address.version]}"
    yield _rule(chain, f"{refused} {reject}", f"rule to REJECT traffic destined for {pod}")
    yield f"-A {chain} -j MARK --set-xmark 0x0/0x10000"
    what = "set mark to ACCEPT traffic that comply to network policies"
    yield _rule(chain, f"-j MARK --set-xmark {_ACCEPTED}", what)


def _rule(chain: str, rest: str, comment: str) -> str:
    return f'-A {chain} -m comment --comment "{comment}" {rest}'


def _hash(*words: str) -> str:
    return b32encode(sha256("".join(words).encode()).digest()).decode()[:16]
