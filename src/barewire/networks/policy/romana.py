"""The rules that Romana's agent and CNI plugin put on a node where no user has written a policy.

They have the chains, matches and order of Romana 2.0.2 with its defaults (policies and NAT on). Established packets that leave by
the wire are accepted first; then each pod's packets go by the name of its veth to the chain for what leaves pods or for what
comes to them, where an established connection is accepted at once and a new one passes the policy that Romana makes for every
namespace that is not isolated: allow all. What leaves the pod network is masqueraded.

The sets of blocks hold the node's own, where Romana's set of a tenant is a set of sets with the blocks of all nodes: packets are
only matched against it on their way to a pod of the node.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2s
from typing import ClassVar

from barewire.model.leases import FamilyLease, NodeView
from barewire.model.network import WIRE_DEV
from barewire.model.objects import IpSet, KernelObject
from barewire.networks.netfilter import iptables_table, own_chains
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts
from barewire.networks.romana import host_end

_TENANT = "default"
"""The tenant of a pod: its namespace in Kubernetes."""

_LOCAL = "localBlocks"
_KNOWN = "RELATED,ESTABLISHED"


class RomanaRules(WithoutOptions):
    """Chains `ROMANA-*` in the tables filter and nat, and the sets that they match."""

    name: ClassVar[str] = "romana"
    families: ClassVar[frozenset[int]] = frozenset({4})
    facts: ClassVar[Facts] = Facts(
        "Romana's rules on each node, no user's policy", "nothing", "CAP_NET_ADMIN on the node"
    )
    needs: frozenset[str] = frozenset({"iptables:nat", "iptables:ct", "iptables:state", "iptables:set"})
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> list[KernelObject]:
        ends = [host_end(pod) for pod in view.pods]
        wanted: list[KernelObject] = []
        for family in view.lease.families:
            wanted += [IpSet("ip", name, family.blocks) for name in (_LOCAL, _hashed(f"tenant_{_TENANT}"))]
            wanted += [
                iptables_table(family.version, "filter", _filter(family, ends)),
                iptables_table(family.version, "nat", _nat(family)),
            ]
        return wanted


def _filter(family: FamilyLease, ends: list[str]) -> Iterator[str]:
    policy, comment = _hashed(f"policy {_TENANT}", "P-"), '-m comment --comment "romana forwarding rules"'
    chains = ("ROMANA-FORWARD-IN", "ROMANA-FORWARD-OUT", "ROMANA-INPUT", "ROMANA-OP", "ROMANA-OP-IN", "ROMANA-OUTPUT")
    yield from own_chains(*chains, policy, f"{policy}_R", f"{policy}_X", "ROMANA_FORWARD")
    for end in ends:
        yield f"-A INPUT -i {end} -j ROMANA-INPUT"
    yield f"-A FORWARD -o {WIRE_DEV} {comment} -m conntrack --ctstate {_KNOWN} -j ACCEPT"
    yield f"-A FORWARD -i {WIRE_DEV} -o {WIRE_DEV} {comment} -j ROMANA_FORWARD"
    for end in ends:
        yield f"-A FORWARD -i {end} -j ROMANA-FORWARD-OUT"
        yield f"-A FORWARD -o {end} -j ROMANA-FORWARD-IN"
    for end in ends:
        yield f"-A OUTPUT -o {end} -j ROMANA-OUTPUT"
    yield f"-A ROMANA-FORWARD-IN -m comment --comment Ingress -m state --state {_KNOWN} -j ACCEPT"
    yield "-A ROMANA-FORWARD-IN -j ROMANA-OP"
    yield f"-A ROMANA-FORWARD-IN -j {policy}"
    yield "-A ROMANA-FORWARD-IN -m comment --comment DefaultDrop -j DROP"
    yield f"-A ROMANA-FORWARD-OUT -m set --match-set {_LOCAL} dst -j ROMANA-FORWARD-IN"
    yield "-A ROMANA-FORWARD-OUT -m comment --comment Egress -j ACCEPT"
    yield "-A ROMANA-INPUT -j ACCEPT"
    yield "-A ROMANA-OP -m comment --comment POLICY_CHAIN_FOOTER -j RETURN"
    yield "-A ROMANA-OP-IN -m comment --comment POLICY_CHAIN_FOOTER -j RETURN"
    yield "-A ROMANA-OUTPUT -j ACCEPT"
    yield f"-A {policy} -m set --match-set {_hashed(f'tenant_{_TENANT}')} dst -j {policy}_X"
    yield f"-A {policy}_R -j ACCEPT"
    yield f"-A {policy}_X -j {policy}_R"
    yield f"-A ROMANA_FORWARD -s {family.pods} -j RETURN"
    yield "-A ROMANA_FORWARD -j ACCEPT"


def _nat(family: FamilyLease) -> Iterator[str]:
    yield from own_chains("ROMANA-MASQ")
    yield f'-A POSTROUTING -s {family.pods} -m comment --comment "romana postrouting rules" -j ROMANA-MASQ'
    yield f"-A ROMANA-MASQ -d {family.pods} -j RETURN"
    yield f"-A ROMANA-MASQ -o {WIRE_DEV} -j MASQUERADE"


def _hashed(text: str, kind: str = "") -> str:
    """A name of Romana's kind: a prefix and sixteen digits of a hash."""
    return f"ROMANA-{kind}{blake2s(text.encode(), digest_size=8).hexdigest()}"
