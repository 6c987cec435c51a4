"""Kinds of links as data: how `ip` spells their attributes, and the least that the kernel needs to create one.

Whatever needs to know more about a kind than its name looks here. A kind that is not listed has netlink's spelling without the
prefix, needs no attribute and rides on no other link, so a package's own kind works without a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from barewire.model.objects import Value


@dataclass(frozen=True, slots=True)
class LinkKind:
    """`words` are attributes that `ip` calls otherwise, without the kind's prefix; `values` those that it writes as a whole
    by another word. `least` is what a probe must give, `rides` whether it needs a parent, `module` the kernel module that has it
    where that is not called like the kind. `fallback` is the link of the kind that the module itself puts into each namespace."""

    words: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[tuple[str, Value], str] = field(default_factory=dict)
    least: tuple[tuple[str, Value], ...] = ()
    rides: bool = False
    module: str = ""
    fallback: str = ""


KINDS: Mapping[str, LinkKind] = {
    "geneve": LinkKind(
        words={"port": "dstport"},
        values={("collect_metadata", True): "external"},
        least=(("geneve_id", 1), ("geneve_remote", "192.0.2.1")),
    ),
    "gre": LinkKind(least=(("gre_local", "192.0.2.2"), ("gre_remote", "192.0.2.1")), module="ip_gre"),
    "ip6gre": LinkKind(
        values={("flags", 1): "encaplimit none"},
        least=(("ip6gre_local", "2001:db8::2"), ("ip6gre_remote", "2001:db8::1")),
        module="ip6_gre",
    ),
    "ip6tnl": LinkKind(
        values={("flags", 1): "encaplimit none", ("proto", 41): "mode ip6ip6"},
        least=(("ip6tnl_local", "2001:db8::2"),),
        module="ip6_tunnel",
    ),
    "ipip": LinkKind(
        words={"encap_dport": "encap-dport"},
        values={("encap_type", 1): "encap fou", ("encap_type", 2): "encap gue", ("encap_sport", 0): "encap-sport auto"},
        least=(("ipip_local", "192.0.2.2"), ("ipip_remote", "192.0.2.1")),
        fallback="tunl0",
    ),
    "ipvlan": LinkKind(values={("mode", 0): "mode l2", ("mode", 1): "mode l3", ("mode", 2): "mode l3s"}, rides=True),
    "macvlan": LinkKind(least=(("macvlan_mode", "bridge"),), rides=True),
    "vlan": LinkKind(least=(("vlan_id", 7),), rides=True, module="8021q"),
    "vrf": LinkKind(least=(("vrf_table", 7),)),
    "vxlan": LinkKind(
        words={"port": "dstport", "local6": "local"},
        values={("collect_metadata", True): "external"},
        least=(("vxlan_id", 1), ("vxlan_port", 8472)),
    ),
}


def is_fallback(kind: str, name: str) -> bool:
    """Whether a link is its module's own, which is there already, or as soon as the module is."""
    return KINDS.get(kind, LinkKind()).fallback == name


def module(kind: str) -> str:
    """The kernel module that has links of a kind, as `modprobe` takes it."""
    return KINDS.get(kind, LinkKind()).module or kind
