"""What all parts with rules of netfilter write alike: the name of a family, a table of iptables, the chains that it declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from barewire.model.objects import IptablesTable


def family_name(version: int) -> str:
    """What nft and iptables call IP version 4 or 6."""
    return "ip" if version == 4 else "ip6"


def iptables_table(version: int, name: str, lines: Iterable[str]) -> IptablesTable:
    """A table of iptables or ip6tables by the lines of its body."""
    return IptablesTable(family_name(version), name, "\n".join(lines))


def hooks(*chains: str, policy: str = "ACCEPT") -> Iterator[str]:
    """Declare chains of the kernel's, like FORWARD, with their policy.

    A chain that is declared to iptables-restore, or whose policy `iptables -P` sets, counts every packet that reaches the policy;
    one that iptables makes for its first rule does not. So only what the product declares is declared."""
    return (f":{chain} {policy} [0:0]" for chain in chains)


def own_chains(*chains: str) -> Iterator[str]:
    """Declare chains of a product's own."""
    return (f":{chain} - [0:0]" for chain in chains)
