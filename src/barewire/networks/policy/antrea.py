"""The rules of iptables that Antrea puts on a node in mode encap, with its proxy for services of pods alone and no policy.

They are those of Antrea 2.7: same chains, order, matches and comments. A tunnel's packets are not tracked (raw); what the node
itself sends to pods is marked, so that policies let probes pass (mangle); what leaves the cluster is masqueraded (nat). Packets
between pods of two nodes meet these rules only inside of a tunnel's packets: Open vSwitch carries them past the node's netfilter.

Limit: the set of pod addresses holds the whole pod network, where Antrea's has a member for each node.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from barewire.model.leases import FamilyLease, NodeView
from barewire.model.objects import IpSet, KernelObject
from barewire.networks.antrea import GATEWAY, UDP_PORT
from barewire.networks.netfilter import family_name, iptables_table, own_chains
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts

_HOOKS = {
    "raw": (("PREROUTING", "ANTREA-PREROUTING", "prerouting"), ("OUTPUT", "ANTREA-OUTPUT", "output")),
    "mangle": (("PREROUTING", "ANTREA-PREROUTING", "prerouting"), ("OUTPUT", "ANTREA-OUTPUT", "output")),
    "filter": (("FORWARD", "ANTREA-FORWARD", "forwarding"),),
    "nat": (("POSTROUTING", "ANTREA-POSTROUTING", "postrouting"),),
}
"""By table: the kernel's chain, Antrea's, and what the jump's comment calls its rules."""

_POD_SETS = {4: "ANTREA-POD-IP", 6: "ANTREA-POD-IP6"}


class AntreaRules(WithoutOptions):
    """Chains `ANTREA-*` in the tables raw, mangle, filter and nat, and a set."""

    name: ClassVar[str] = "antrea"
    facts: ClassVar[Facts] = Facts("Antrea's rules of iptables on each node", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"iptables:nat", "iptables:ct", "iptables:set"})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        wanted: list[KernelObject] = []
        for family in view.lease.families:
            wanted.append(IpSet(family_name(family.version), _POD_SETS[family.version], (family.pods,)))
            rules = {"raw": _raw(), "mangle": _mangle(), "filter": _filter(), "nat": _nat(family)}
            for table, lines in rules.items():
                wanted.append(iptables_table(family.version, table, [*_chains(table), *lines]))
        return wanted


def _raw() -> Iterator[str]:
    for chain, way, end in (("PREROUTING", "incoming", "--dst-type"), ("OUTPUT", "outgoing", "--src-type")):
        comment = f'-m comment --comment "Antrea: do not track {way} encapsulation packets"'
        yield f"-A ANTREA-{chain} -p udp {comment} -m udp --dport {UDP_PORT} -m addrtype {end} LOCAL -j CT --notrack"


def _mangle() -> Iterator[str]:
    comment = '-m comment --comment "Antrea: mark LOCAL output packets"'
    yield f"-A ANTREA-OUTPUT -o {GATEWAY} {comment} -m addrtype --src-type LOCAL -j MARK --set-xmark 0x80000000/0x80000000"


def _filter() -> Iterator[str]:
    for option, way in (("-i", "from"), ("-o", "to")):
        yield f'-A ANTREA-FORWARD {option} {GATEWAY} -m comment --comment "Antrea: accept packets {way} local Pods" -j ACCEPT'


def _nat(family: FamilyLease) -> Iterator[str]:
    chain, outside = "ANTREA-POSTROUTING", f"-m set ! --match-set {_POD_SETS[family.version]} dst"
    comment = '-m comment --comment "Antrea: masquerade Pod to external packets"'
    yield f"-A {chain} -s {family.subnet} ! -o {GATEWAY} {comment} {outside} -j MASQUERADE"
    comment = '-m comment --comment "Antrea: masquerade LOCAL traffic"'
    local = "-m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL"
    yield f"-A {chain} -o {GATEWAY} {comment} {local} -j MASQUERADE --random-fully"


def _chains(table: str) -> Iterator[str]:
    yield from own_chains(*(chain for _, chain, _ in _HOOKS[table]))
    for hook, chain, what in _HOOKS[table]:
        yield f'-A {hook} -m comment --comment "Antrea: jump to Antrea {what} rules" -j {chain}'
