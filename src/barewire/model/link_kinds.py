"""Kinds of links as data: how `ip` spells their attributes, and with how little the kernel makes one.

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
    by another word. `least` is what a probe must give, `rides` whether it needs a parent."""

    words: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[tuple[str, Value], str] = field(default_factory=dict)
    least: tuple[tuple[str, Value], ...] = ()
    rides: bool = False


KINDS: Mapping[str, LinkKind] = {
    "geneve": LinkKind(least=(("geneve_id", 1), ("geneve_remote", "192.0.2.1"))),
    "gre": LinkKind(least=(("gre_local", "192.0.2.2"), ("gre_remote", "192.0.2.1"))),
    "ip6tnl": LinkKind(
        values={("flags", 1): "encaplimit none", ("proto", 41): "mode ip6ip6"}, least=(("ip6tnl_local", "2001:db8::2"),)
    ),
    "ipip": LinkKind(least=(("ipip_local", "192.0.2.2"), ("ipip_remote", "192.0.2.1"))),
    "ipvlan": LinkKind(values={("mode", 0): "mode l2", ("mode", 1): "mode l3", ("mode", 2): "mode l3s"}, rides=True),
    "macvlan": LinkKind(least=(("macvlan_mode", "bridge"),), rides=True),
    "vlan": LinkKind(least=(("vlan_id", 7),), rides=True),
    "vrf": LinkKind(least=(("vrf_table", 7),)),
    "vxlan": LinkKind(words={"port": "dstport", "local6": "local"}, least=(("vxlan_id", 1), ("vxlan_port", 8472))),
}
