"""The rules that flannel puts on every node: FORWARD accepts the pod network, POSTROUTING masquerades what leaves it.

They are flannel 0.28's with `-ip-masq` and its default `-iptables-forward-rules`, put in by iptables-nft as flanneld does it, so
that a rule's comment is a match that runs for every packet. With the option `nft` they are native rules of nft with the same
chains and matches: what the same policy costs without iptables' matches. Traffic between pods is never translated: its
connections leave the masquerade chain by RETURN. Having the chains turns connection tracking on, which is most of what they cost.

The kernel's chains are not declared: as with flanneld, iptables makes them for their first rule, and then they do not count
packets, as declared ones do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from barewire.model.leases import FamilyLease, NodeView
from barewire.model.objects import IptablesTable, KernelObject, NftTable
from barewire.networks.netfilter import family_name, iptables_table, own_chains
from barewire.networks.own import BothFamilies
from barewire.networks.part import Facts, known_options

_MULTICAST = {4: "224.0.0.0/4", 6: "ff00::/8"}
_MARK = "0x4000"
"""What Kubernetes' proxy marks the packets with that it masquerades itself."""


class FlannelRules(BothFamilies):
    """FLANNEL-FWD in table filter, FLANNEL-POSTRTG in table nat."""

    name: ClassVar[str] = "flannel"
    facts: ClassVar[Facts] = Facts(
        "flannel's forward and masquerade rules on each node", "nothing", "CAP_NET_ADMIN on the node"
    )
    crosses: frozenset[str] = frozenset()

    def __init__(self, *, nft: bool) -> None:
        self.nft = nft

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, ("nft",))
        return cls(nft="nft" in options)

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"nft:nat" if self.nft else "iptables:nat"})

    def node(self, view: NodeView) -> list[KernelObject]:
        tables = _nft_tables if self.nft else _iptables_tables
        return [table for family in view.lease.families for table in tables(family)]


def _iptables_tables(family: FamilyLease) -> tuple[IptablesTable, IptablesTable]:
    network, subnet = family.pods, family.subnet
    forward, masquerade = (f'-m comment --comment "flanneld {what}"' for what in ("forward", "masq"))
    accept = [
        *own_chains("FLANNEL-FWD"),
        f"-A FORWARD {forward} -j FLANNEL-FWD",
        f"-A FLANNEL-FWD -s {network} {forward} -j ACCEPT",
        f"-A FLANNEL-FWD -d {network} {forward} -j ACCEPT",
    ]
    rules = [
        (f"-m mark --mark {_MARK}/{_MARK}", "RETURN"),
        (f"-s {subnet} -d {network}", "RETURN"),
        (f"-s {network} -d {subnet}", "RETURN"),
        (f"! -s {network} -d {subnet}", "RETURN"),
        (f"-s {network} ! -d {_MULTICAST[family.version]}", "MASQUERADE --random-fully"),
        (f"! -s {network} -d {network}", "MASQUERADE --random-fully"),
    ]
    leave = [
        *own_chains("FLANNEL-POSTRTG"),
        f"-A POSTROUTING {masquerade} -j FLANNEL-POSTRTG",
        *(f"-A FLANNEL-POSTRTG {match} {masquerade} -j {target}" for match, target in rules),
    ]
    return iptables_table(family.version, "filter", accept), iptables_table(family.version, "nat", leave)


def _nft_tables(family: FamilyLease) -> tuple[NftTable, NftTable]:
    ip, network, subnet = family_name(family.version), family.pods, family.subnet
    forward = [
        "chain FLANNEL-FWD {",
        f'{ip} saddr {network} counter accept comment "flanneld forward"',
        f'{ip} daddr {network} counter accept comment "flanneld forward"',
        "}",
        "chain FORWARD {",
        "type filter hook forward priority filter; policy accept;",
        'counter jump FLANNEL-FWD comment "flanneld forward"',
        "}",
    ]
    masquerade = [
        f"meta mark & {_MARK} == {_MARK} counter return",
        f"{ip} saddr {subnet} {ip} daddr {network} counter return",
        f"{ip} saddr {network} {ip} daddr {subnet} counter return",
        f"{ip} saddr != {network} {ip} daddr {subnet} counter return",
        f"{ip} saddr {network} {ip} daddr != {_MULTICAST[family.version]} counter masquerade fully-random",
        f"{ip} saddr != {network} {ip} daddr {network} counter masquerade fully-random",
    ]
    leave = [
        "chain FLANNEL-POSTRTG {",
        *(f'{rule} comment "flanneld masq"' for rule in masquerade),
        "}",
        "chain POSTROUTING {",
        "type nat hook postrouting priority srcnat; policy accept;",
        'counter jump FLANNEL-POSTRTG comment "flanneld masq"',
        "}",
    ]
    return NftTable(ip, "filter", "\n".join(forward)), NftTable(ip, "nat", "\n".join(leave))
