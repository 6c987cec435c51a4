"""The rules that Calico's agent puts on a node whose pods no policy selects: what Calico costs before a user writes one.

They have the chains, matches and order of Calico 3.31 with its iptables data plane (its default) and
`DefaultEndpointToHostAction` ACCEPT, as its manifest has it. Every packet of a pod has its marks cleared and its source checked
against the routes (table raw), is recognised as part of a known connection (mangle), and finds its pod's chain by the name of its
veth (filter), where an established connection is accepted at once; a new one passes the pod's profile, which allows all. What
leaves the pod network is masqueraded (nat). Each rule begins with a comment, which iptables keeps as a match that runs for every
packet. Connection tracking counts packets and bytes, because Felix switches that on. The kernel's chains are not declared:
as with Felix, iptables makes them for their first rule, and then they do not count packets, as declared ones do.

`vxlan` and `ipip` add what Calico has with a pool of that kind: the tunnel's packets are accepted from nodes alone, and VXLAN's
are not tracked. `wireguard` accepts WireGuard's packets from all: its interface drops what is from no peer. The sets of nodes
hold the nodes' network as one member where Calico's have a member for each node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2s
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.leases import FamilyLease, NodeView
from barewire.model.objects import IpSet, KernelObject
from barewire.model.settings import Sysctl
from barewire.networks.calico import PREFIX, host_end
from barewire.networks.netfilter import family_name, iptables_table, own_chains
from barewire.networks.own import BothFamilies
from barewire.networks.part import Facts, known_options

_ACCEPT, _PASS, _FROM_POD, _SCRATCH = 0x10000, 0x20000, 0x80000, 0x100000
"""Bits of a packet's mark: accepted by a policy; passed on to the next one; from a pod; free for use within a chain."""

_ALL = _ACCEPT | _PASS | _FROM_POD | _SCRATCH
_VXLAN_PORT = 4789
_WIREGUARD_PORTS = {4: 51820, 6: 51821}
_DEVICES = {
    ("vxlan", 4): "vxlan.calico", ("vxlan", 6): "vxlan-v6.calico", ("ipip", 4): "tunl0",
    ("wireguard", 4): "wireguard.cali", ("wireguard", 6): "wg-v6.cali",
}  # fmt: skip
_KINDS = ("vxlan", "ipip", "wireguard")
_NEIGHBOUR_DISCOVERY = (130, 131, 132, 133, 135, 136)
_ESTABLISHED = "-m conntrack --ctstate RELATED,ESTABLISHED"
_PROFILE = "kns.default"
"""The profile of a pod in the namespace `default` of Kubernetes."""


class CalicoRules(BothFamilies):
    """Chains `cali-*` in the tables raw, mangle, nat and filter, and the sets of networks that they match."""

    name: ClassVar[str] = "calico"
    facts: ClassVar[Facts] = Facts("Calico's rules on each node, no policy", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"iptables:nat", "iptables:ct", "iptables:set", "iptables:rpfilter"})
    crosses: frozenset[str] = frozenset()

    def __init__(self, tunnel: str) -> None:
        self.tunnel = tunnel

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, _KINDS)
        if len(options) > 1:
            which = "Write calico, calico:vxlan, calico:ipip or calico:wireguard"
            raise NetworkError(f"{cls.name} has one kind of tunnel", remedy=which)
        return cls(next(iter(options), ""))

    def node(self, view: NodeView) -> list[KernelObject]:
        ends = [host_end(pod) for pod in view.pods]
        wanted: list[KernelObject] = [Sysctl("net.netfilter.nf_conntrack_acct", "1")]
        for family in view.lease.families:
            rules = _Rules(family, "" if self.tunnel == "ipip" and family.version == 6 else self.tunnel, ends)
            wanted += rules.sets(family_name(family.version))
            for table in ("raw", "mangle", "nat", "filter"):
                wanted.append(iptables_table(family.version, table, getattr(rules, table)()))
        return wanted


class _Rules:
    """The tables of one family of a node, each as the lines of iptables-save."""

    def __init__(self, family: FamilyLease, tunnel: str, ends: list[str]) -> None:
        self.family, self.tunnel, self.ends = family, tunnel, ends
        self.set = f"cali{family.version}0"

    def sets(self, ip: str) -> list[IpSet]:
        own, pools = self.family.address, (self.family.pods,)
        members = {
            "masq-ipam-pools": pools,
            "network-ip-pools": pools,
            "dscp-src-net": (),
            "this-host": (type(own.network)(own.ip),),
        }
        if self.tunnel in ("vxlan", "ipip"):
            members["all-vxlan-net" if self.tunnel == "vxlan" else "all-hosts-net"] = (own.network,)
        return [IpSet(ip, self.set + name, networks) for name, networks in members.items()]

    def raw(self) -> Iterator[str]:
        untracked = f"-p udp -m udp --dport {_VXLAN_PORT} -j NOTRACK"
        yield from own_chains("cali-PREROUTING", "cali-OUTPUT", "cali-rpf-skip", "cali-from-host-endpoint")
        yield from own_chains("cali-to-host-endpoint")
        yield _rule("PREROUTING", "-j cali-PREROUTING")
        yield _rule("OUTPUT", "-j cali-OUTPUT")
        yield _rule("cali-OUTPUT", _clear(_ALL))
        yield _rule("cali-OUTPUT", "-j cali-to-host-endpoint")
        if self.tunnel == "vxlan":
            yield _rule("cali-OUTPUT", untracked)
        yield _rule("cali-OUTPUT", f"{_marked(_ACCEPT)} -j ACCEPT")
        yield _rule("cali-PREROUTING", _clear(_ALL))
        if self.tunnel == "vxlan":
            yield _rule("cali-PREROUTING", untracked)
        yield _rule("cali-PREROUTING", f"-i {PREFIX}+ {_mark(_FROM_POD)}")
        yield _rule("cali-PREROUTING", f"{_marked(_FROM_POD)} -j cali-rpf-skip")
        yield _rule("cali-PREROUTING", f"{_marked(_FROM_POD)} -m rpfilter --validmark --invert -j DROP")
        yield _rule("cali-PREROUTING", f"{_unmarked(_FROM_POD)} -j cali-from-host-endpoint")
        yield _rule("cali-PREROUTING", f"{_marked(_ACCEPT)} -j ACCEPT")

    def mangle(self) -> Iterator[str]:
        host, outside = "Host endpoint policy accepted packet.", "set dscp for traffic leaving cluster."
        leaves = f"{self._from('dscp-src-net')} {self._not_to('network-ip-pools')} {self._not_to('this-host')}"
        yield from own_chains("cali-PREROUTING", "cali-POSTROUTING", "cali-egress-dscp")
        yield from own_chains("cali-from-host-endpoint", "cali-to-host-endpoint")
        yield _rule("PREROUTING", "-j cali-PREROUTING")
        yield _rule("POSTROUTING", "-j cali-POSTROUTING")
        yield _rule("cali-PREROUTING", f"{_ESTABLISHED} -j ACCEPT")
        yield _rule("cali-PREROUTING", f"{_marked(_ACCEPT)} -j ACCEPT")
        yield _rule("cali-PREROUTING", "-j cali-from-host-endpoint")
        yield _rule("cali-PREROUTING", f"{_marked(_ACCEPT)} -j ACCEPT", host)
        yield _rule("cali-POSTROUTING", f"{leaves} -j cali-egress-dscp", outside)
        yield _rule("cali-POSTROUTING", f"{_marked(_ACCEPT)} -j RETURN")
        yield _rule("cali-POSTROUTING", _clear(_ALL))
        yield _rule("cali-POSTROUTING", "-m conntrack --ctstate DNAT -j cali-to-host-endpoint")
        yield _rule("cali-POSTROUTING", f"{_marked(_ACCEPT)} -j RETURN", host)

    def nat(self) -> Iterator[str]:
        outside = f"{self._from('masq-ipam-pools')} {self._not_to('network-ip-pools')}"
        yield from own_chains("cali-PREROUTING", "cali-OUTPUT", "cali-POSTROUTING")
        yield from own_chains("cali-fip-dnat", "cali-fip-snat", "cali-nat-outgoing")
        for chain in ("PREROUTING", "OUTPUT", "POSTROUTING"):
            yield _rule(chain, f"-j cali-{chain}")
        yield _rule("cali-PREROUTING", "-j cali-fip-dnat")
        yield _rule("cali-OUTPUT", "-j cali-fip-dnat")
        yield _rule("cali-POSTROUTING", "-j cali-fip-snat")
        yield _rule("cali-POSTROUTING", "-j cali-nat-outgoing")
        if self.tunnel:
            wrong = "-m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL"
            device = _DEVICES[self.tunnel, self.family.version]
            yield _rule("cali-POSTROUTING", f"-o {device} {wrong} -j MASQUERADE --random-fully")
        yield _rule("cali-nat-outgoing", f"{outside} -j MASQUERADE --random-fully")

    def filter(self) -> Iterator[str]:
        yield from own_chains("cali-INPUT", "cali-FORWARD", "cali-OUTPUT", "cali-wl-to-host")
        yield from own_chains("cali-from-wl-dispatch", "cali-to-wl-dispatch", "cali-cidr-block")
        yield from own_chains("cali-from-hep-forward", "cali-to-hep-forward")
        yield from own_chains("cali-from-host-endpoint", "cali-to-host-endpoint")
        yield from own_chains(f"cali-pri-{_PROFILE}", f"cali-pro-{_PROFILE}")
        for end in self.ends:
            yield from own_chains(f"cali-fw-{end}", f"cali-tw-{end}")
        for chain in ("INPUT", "FORWARD", "OUTPUT"):
            yield _rule(chain, f"-j cali-{chain}")
        yield _rule("FORWARD", f"{_marked(_ACCEPT)} -j ACCEPT", "Policy explicitly accepted packet.")
        yield _rule("FORWARD", _mark(_ACCEPT))
        yield _rule("cali-FORWARD", _clear(_ALL & ~_ACCEPT))
        yield _rule("cali-FORWARD", f"{_unmarked(_ACCEPT)} -j cali-from-hep-forward")
        yield _rule("cali-FORWARD", f"-i {PREFIX}+ -j cali-from-wl-dispatch")
        yield _rule("cali-FORWARD", f"-o {PREFIX}+ -j cali-to-wl-dispatch")
        yield _rule("cali-FORWARD", "-j cali-to-hep-forward")
        yield _rule("cali-FORWARD", "-j cali-cidr-block")
        yield from self._input()
        yield from self._output()
        for way, short, option in (("from", "fw", "-i"), ("to", "tw", "-o")):
            for end in self.ends:
                yield _rule(f"cali-{way}-wl-dispatch", f"{option} {end} -g cali-{short}-{end}")
            yield _rule(f"cali-{way}-wl-dispatch", "-j DROP", "Unknown interface")
        for end in self.ends:
            yield from self._pod(f"cali-fw-{end}", f"cali-pro-{_PROFILE}", leaves=True)
            yield from self._pod(f"cali-tw-{end}", f"cali-pri-{_PROFILE}", leaves=False)
        for chain, way in ((f"cali-pri-{_PROFILE}", "ingress"), (f"cali-pro-{_PROFILE}", "egress")):
            yield _rule(chain, _mark(_ACCEPT), f"Profile {_PROFILE} {way}")
        if self.family.version == 6:
            for kind in _NEIGHBOUR_DISCOVERY:
                yield _rule("cali-wl-to-host", f"-p ipv6-icmp -m icmp6 --icmpv6-type {kind} -j ACCEPT")
        yield _rule("cali-wl-to-host", "-j cali-from-wl-dispatch")
        yield _rule("cali-wl-to-host", "-j ACCEPT", "Configured DefaultEndpointToHostAction")

    def _input(self) -> Iterator[str]:
        if self.tunnel == "wireguard":
            yield self._encrypted("INPUT", "dst", "Allow incoming WireGuard")
        elif self.tunnel:
            what, sender = self._tunnelled()
            yield _rule(
                "cali-INPUT", f"{what} {self._from(sender)} -m addrtype --dst-type LOCAL -j ACCEPT", "Allow nodes"
            )
            # Felix drops IP in IP from others whatever it is for.
            local = "-m addrtype --dst-type LOCAL " if self.tunnel == "vxlan" else ""
            yield _rule("cali-INPUT", f"{what} {local}-j DROP", "Drop others")
        yield _rule("cali-INPUT", f"-i {PREFIX}+ -g cali-wl-to-host")
        yield _rule("cali-INPUT", f"{_marked(_ACCEPT)} -j ACCEPT")
        yield _rule("cali-INPUT", _clear(_ALL))
        yield _rule("cali-INPUT", "-j cali-from-host-endpoint")
        yield _rule("cali-INPUT", f"{_marked(_ACCEPT)} -j ACCEPT", "Host endpoint policy accepted packet.")

    def _output(self) -> Iterator[str]:
        yield _rule("cali-OUTPUT", f"{_marked(_ACCEPT)} -j ACCEPT")
        yield _rule("cali-OUTPUT", f"-o {PREFIX}+ -j RETURN")
        if self.tunnel == "wireguard":
            yield self._encrypted("OUTPUT", "src", "Allow outgoing WireGuard")
        elif self.tunnel:
            what, receiver = self._tunnelled()
            matches = ["-m addrtype --src-type LOCAL", f"-m set --match-set {self.set}{receiver} dst"]
            ordered = " ".join(matches if self.tunnel == "vxlan" else reversed(matches))
            yield _rule("cali-OUTPUT", f"{what} {ordered} -j ACCEPT", "Allow nodes")
        yield _rule("cali-OUTPUT", _clear(_ALL))
        yield _rule("cali-OUTPUT", "-m conntrack ! --ctstate DNAT -j cali-to-host-endpoint")
        yield _rule("cali-OUTPUT", f"{_marked(_ACCEPT)} -j ACCEPT", "Host endpoint policy accepted packet.")

    def _pod(self, chain: str, profile: str, *, leaves: bool) -> Iterator[str]:
        yield _rule(chain, f"{_ESTABLISHED} -j ACCEPT")
        yield _rule(chain, "-m conntrack --ctstate INVALID -j DROP")
        yield _rule(chain, _clear(_ACCEPT | _PASS))
        if leaves:
            yield _rule(chain, f"-p udp -m multiport --dports {_VXLAN_PORT} -j DROP", "Drop VXLAN from pods")
            yield _rule(chain, "-p 4 -j DROP", "Drop IP in IP from pods")
        yield _rule(chain, f"-j {profile}")
        yield _rule(chain, f"{_marked(_ACCEPT)} -j RETURN", "Return if profile accepted")
        yield _rule(chain, "-j DROP", "Drop if no profiles matched")

    def _tunnelled(self) -> tuple[str, str]:
        """What a tunnel's packets are, and the set of the nodes that may send them."""
        if self.tunnel == "vxlan":
            return f"-p udp -m multiport --dports {_VXLAN_PORT}", "all-vxlan-net"
        return "-p 4", "all-hosts-net"

    def _encrypted(self, chain: str, end: str, comment: str) -> str:
        ports = f"-p udp -m multiport --dports {_WIREGUARD_PORTS[self.family.version]}"
        return _rule(f"cali-{chain}", f"{ports} -m addrtype --{end}-type LOCAL -j ACCEPT", comment)

    def _from(self, name: str) -> str:
        return f"-m set --match-set {self.set}{name} src"

    def _not_to(self, name: str) -> str:
        return f"-m set ! --match-set {self.set}{name} dst"


def _rule(chain: str, rest: str, comment: str = "") -> str:
    """A rule with the hash that Calico knows its rules by, and perhaps a comment."""
    known = blake2s(f"{chain} {rest}".encode(), digest_size=8).hexdigest()
    more = f' -m comment --comment "{comment}"' if comment else ""
    return f'-A {chain} -m comment --comment "cali:{known}"{more} {rest}'


def _clear(bits: int) -> str:
    return f"-j MARK --set-xmark 0x0/{bits:#x}"


def _mark(bit: int) -> str:
    return f"-j MARK --set-xmark {bit:#x}/{bit:#x}"


def _marked(bit: int) -> str:
    return f"-m mark --mark {bit:#x}/{bit:#x}"


def _unmarked(bit: int) -> str:
    return f"-m mark --mark 0x0/{bit:#x}"
