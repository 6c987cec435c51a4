"""The rules that flannel puts on every node: FORWARD accepts the pod network, POSTROUTING masquerades what leaves it.

Order and matches are flannel 0.28's with `-ip-masq` and its default `-iptables-forward-rules`, chains, jumps and counters
those of iptables-nft. Traffic between pods meets them and is never translated: its connections leave the masquerade chain
by RETURN. Having the chains turns connection tracking on, which is most of what they cost.

Limit: iptables keeps a rule's comment as a match that runs for every packet (`xt_comment`), which nft cannot write; a
comment of nft's own costs nothing. So this is a lower bound by one call for each rule that is evaluated.
"""

from __future__ import annotations

from typing import ClassVar

from barewire.model.leases import FamilyLease, NodeView
from barewire.model.objects import KernelObject, NftTable
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts

_MULTICAST = {4: "224.0.0.0/4", 6: "ff00::/8"}
_MARK = "0x4000"
"""What Kubernetes' proxy marks the packets with that it masquerades itself."""


class FlannelRules(WithoutOptions):
    """FLANNEL-FWD in table filter, FLANNEL-POSTRTG in table nat."""

    name: ClassVar[str] = "flannel"
    facts: ClassVar[Facts] = Facts(
        "flannel's forward and masquerade rules on each node", "nothing", "CAP_NET_ADMIN on the node"
    )
    needs: frozenset[str] = frozenset({"nft:nat"})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        return [table for family in view.lease.families for table in _tables(family)]


def _tables(family: FamilyLease) -> tuple[NftTable, NftTable]:
    version = family.version
    ip = "ip" if version == 4 else "ip6"
    network, subnet, multicast = family.pods, family.subnet, _MULTICAST[version]
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
        f"{ip} saddr {network} {ip} daddr != {multicast} counter masquerade fully-random",
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
