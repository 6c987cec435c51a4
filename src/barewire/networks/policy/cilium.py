"""The rules of iptables that Cilium puts on a node by default, with VXLAN or Geneve: its `CILIUM_*` chains.

They are those of Cilium 1.20 without its replacement of kube-proxy and with masquerading by iptables: same chains, order,
matches and comments. A tunnel's packets are not tracked (raw) and accepted at once (filter); what else the node sends is
marked as the host's. Each packet that arrives is asked for a transparent socket of Cilium's proxy (mangle). What leaves the
cluster is masqueraded (nat). Packets between pods meet these rules only inside of a tunnel's packets: programs carry them
past the node's netfilter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Self

from barewire.model.leases import FamilyLease, NodeView
from barewire.model.objects import KernelObject
from barewire.networks import ebpf
from barewire.networks.netfilter import iptables_table, own_chains
from barewire.networks.own import BothFamilies
from barewire.networks.part import Facts, known_options

_TO_PROXY, _FROM_PROXY, _PROXY_REPLY = "0x200/0xf00", "0xa00/0xe00", "0xa00/0xfffffeff"
_FROM_PROXY_WITH_POD = "0x800/0xe00"
_ENCRYPTED, _DECRYPTED, _SKIPS_PROXY, _OVERLAY = "0xe00/0xf00", "0xd00/0xf00", "0x800/0xf00", "0x400/0xf00"
_HOST, _IDENTITY = "0xc00/0xf00", "0xf00/0xf00"
"""Marks of packets, with their masks, by what Cilium means by them."""

_HOOKS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {
    "raw": (("PREROUTING", "CILIUM_PRE_raw", True), ("OUTPUT", "CILIUM_OUTPUT_raw", True)),
    "mangle": (("PREROUTING", "CILIUM_PRE_mangle", True), ("POSTROUTING", "CILIUM_POST_mangle", False)),
    "nat": (
        ("PREROUTING", "CILIUM_PRE_nat", False), ("OUTPUT", "CILIUM_OUTPUT_nat", False), ("POSTROUTING", "CILIUM_POST_nat", True),
    ),
    "filter": (("INPUT", "CILIUM_INPUT", True), ("FORWARD", "CILIUM_FORWARD", True), ("OUTPUT", "CILIUM_OUTPUT", True)),
}  # fmt: skip
"""By table: the kernel's chain, Cilium's, and whether IPv6 has it too."""

_LOOPBACK = {4: "127.0.0.1", 6: "::1"}
_PORTS = {"": 8472, "geneve": 6081}


class CiliumRules(BothFamilies):
    """Chains `CILIUM_*` in the tables raw, mangle, nat and filter; with `geneve` for that tunnel."""

    name: ClassVar[str] = "cilium"
    facts: ClassVar[Facts] = Facts("Cilium's rules of iptables on each node", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"iptables:nat", "iptables:ct", "iptables:socket"})
    crosses: frozenset[str] = frozenset()

    def __init__(self, port: int) -> None:
        self.port = port

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("geneve",))
        return cls(_PORTS["geneve" if "geneve" in options else ""])

    def node(self, view: NodeView) -> list[KernelObject]:
        wanted: list[KernelObject] = []
        for family in view.lease.families:
            rules = {"raw": self._raw, "mangle": _mangle, "nat": _nat, "filter": self._filter}
            for table, lines in rules.items():
                body = [*_chains(table, family.version), *lines(family)]
                wanted.append(iptables_table(family.version, table, body))
        return wanted

    def _raw(self, family: FamilyLease) -> Iterator[str]:
        tunnel, untracked = f"-p udp -m udp --dport {self.port}", "-j CT --notrack"
        for chain in ("CILIUM_PRE_raw", "CILIUM_OUTPUT_raw"):
            yield _rule(chain, tunnel, "cilium: NOTRACK for tunnel traffic", untracked)
        yield _rule("CILIUM_PRE_raw", _mark(_TO_PROXY), "cilium: NOTRACK for proxy traffic", untracked)
        for mark, what in ((_PROXY_REPLY, "proxy return"), (_FROM_PROXY_WITH_POD, "L7 proxy upstream")):
            match = f"-o {ebpf.HOST_DEV} {_mark(mark)}"
            yield _rule("CILIUM_OUTPUT_raw", match, f"cilium: NOTRACK for {what} traffic", untracked)

    def _filter(self, family: FamilyLease) -> Iterator[str]:
        accept, dev = "-j ACCEPT", ebpf.HOST_DEV
        yield _rule("CILIUM_INPUT", _mark(_TO_PROXY), "cilium: ACCEPT for proxy traffic", accept)
        for way, link, what in (
            ("-o", dev, f"any->cluster on {dev} forward accept"),
            ("-i", dev, f"cluster->any on {dev} forward accept (nodeport)"),
            ("-i", "lxc+", "cluster->any on lxc+ forward accept"),
            ("-i", ebpf.HOST_PEER, f"cluster->any on {ebpf.HOST_PEER} forward accept (nodeport)"),
        ):
            yield _rule("CILIUM_FORWARD", f"{way} {link}", f"cilium: {what}", accept)
        chain, tunnel = "CILIUM_OUTPUT", f"-p udp -m udp --dport {self.port}"
        yield _rule(chain, tunnel, "cilium: ACCEPT for tunnel traffic", accept)
        yield _rule(chain, _mark(_FROM_PROXY), "cilium: ACCEPT for proxy traffic", accept)
        if family.version == 4:
            what = "cilium: ACCEPT for l7 proxy upstream traffic"
            yield _rule(chain, _mark(_FROM_PROXY_WITH_POD), what, accept)
        others = " ".join(
            _mark(mark, "! ") for mark in (_DECRYPTED, _ENCRYPTED, _OVERLAY, _FROM_PROXY, _FROM_PROXY_WITH_POD)
        )
        yield _rule(chain, others, "cilium: host->any mark as from host", f"-j MARK --set-xmark {_HOST}")


def _mangle(family: FamilyLease) -> Iterator[str]:
    match = f"! -o lo -m socket --transparent {_mark(_ENCRYPTED, '! ')} {_mark(_SKIPS_PROXY, '! ')}"
    what = "cilium: any->pod redirect proxied traffic to host proxy"
    yield _rule("CILIUM_PRE_mangle", match, what, "-j MARK --set-xmark 0x200/0xffffffff")


def _nat(family: FamilyLease) -> Iterator[str]:
    chain, pods, dev, loopback = "CILIUM_POST_nat", family.subnet, ebpf.HOST_DEV, _LOOPBACK[family.version]
    translate = f"-j SNAT --to-source {family.gateway.ip}"
    yield _rule(chain, f"-s {pods} ! -d {pods} ! -o cilium_+", "cilium masquerade non-cluster", "-j MASQUERADE")
    yield _rule(chain, _mark(_FROM_PROXY), "exclude proxy return traffic from masquerade", "-j ACCEPT")
    yield _rule(chain, f"! -s {pods} ! -d {pods} -o {dev}", "cilium host->cluster masquerade", translate)
    what = f"cilium host->cluster from {loopback} masquerade"
    yield _rule(chain, f"-s {loopback} -o {dev}", what, translate)
    match = f"-o {dev} {_mark(_IDENTITY)} -m conntrack --ctstate DNAT"
    yield _rule(chain, match, "hairpin traffic that originated from a local pod", translate)


def _chains(table: str, version: int) -> Iterator[str]:
    fed = [(hook, chain) for hook, chain, both in _HOOKS[table] if both or version == 4]
    yield from own_chains(*(chain for _, chain in fed))
    for hook, chain in fed:
        yield _rule(hook, "", f"cilium-feeder: {chain}", f"-j {chain}")


def _rule(chain: str, match: str, comment: str, target: str) -> str:
    return " ".join(word for word in (f"-A {chain}", match, f'-m comment --comment "{comment}"', target) if word)


def _mark(mark: str, negation: str = "") -> str:
    return f"-m mark {negation}--mark {mark}"
