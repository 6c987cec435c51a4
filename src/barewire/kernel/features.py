"""Features of this kernel, probed in temporary namespaces.

A name is `link:KIND`, `nft:nat`, `nft:ct`, `nft:notrack`, `iptables:nat` (`ct`, `set`, `state`, `rpfilter`, `socket`),
`qdisc:KIND`, `bpf:FEATURE`, `genl:FAMILY` (of generic netlink), `program:NAME` (a program that a network runs),
`sysctl:KEY=VALUE`, `steering:rps` (`rfs`, `xps`), `fou:ports`, `bridge:netfilter` or `tcp:md5`. Version numbers and
configuration files are not used: a module may be missing, forbidden, or built in.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from barewire.errors import REMEDIES, BarewireError, KernelError, PrerequisiteError
from barewire.kernel import bpf, generic_netlink, lab_modules, programs, tcp_signatures
from barewire.kernel.engine import Engine
from barewire.kernel.namespaces import Namespaces
from barewire.model import link_kinds
from barewire.model.link_kinds import KINDS, LinkKind
from barewire.model.objects import DesiredState, FouPort, IpSet, IptablesTable, KernelObject, Link, NftTable, Peer
from barewire.model.settings import Qdisc, Steering, Sysctl

KNOWN = (
    *(f"link:{kind}" for kind in ("veth", "bridge", "ipvlan", "macvlan", "vlan", "vxlan", "geneve", "ipip", "gre")),
    *(f"link:{kind}" for kind in ("ip6gre", "ip6tnl", "wireguard", "vrf", "netkit")),
    *(f"nft:{what}" for what in ("nat", "ct", "notrack")),
    *(f"iptables:{what}" for what in ("nat", "ct", "set", "state", "rpfilter")),
    *(f"qdisc:{kind}" for kind in ("fq", "fq_codel", "netem", "tbf", "htb")),
    *(f"bpf:{what}" for what in bpf.WORDS),
    "genl:ovs_datapath",
    "fou:ports",
    "bridge:netfilter",
)
"""What kernels are asked about when they are listed."""

_PROBE, _OTHER = "probe", "probe-peer"
_PROGRAM, _SIGNED = "program:", "tcp:md5"


@dataclass(frozen=True, slots=True)
class Feature:
    """The result of a probe; `reason` and `remedy` are empty if the feature is available."""

    name: str
    available: bool
    reason: str = ""
    remedy: str = ""


def probe(names: Iterable[str]) -> dict[str, Feature]:
    """Try each feature in fresh namespaces of the calling lab."""
    return {name: _try(name) for name in sorted(set(names))}


def _try(name: str) -> Feature:
    if name.startswith(_PROGRAM):
        return _program(name)
    if name == _SIGNED:
        return _signed()
    with _emptied() as (namespaces, engine):
        return _try_in(namespaces, engine, name)


@contextmanager
def _emptied() -> Iterator[tuple[Namespaces, Engine]]:
    """Namespaces for the body of the `with`: a listing of kernels probes dozens of features in one process."""
    namespaces = Namespaces()
    engine = Engine(namespaces)
    try:
        yield namespaces, engine
    finally:
        for name in namespaces.names:
            engine.remove(name)
        namespaces.close()


def _try_in(namespaces: Namespaces, engine: Engine, name: str, here: str = _PROBE, other: str = _OTHER) -> Feature:
    kind, _, what = name.partition(":")
    try:
        make = _PROBES[kind]
    except KeyError:
        raise KernelError(f"there is no probe for the feature {name}") from None
    try:
        wanted = DesiredState({here: make(what, here, other), other: ()})
        lab_modules.load_for(wanted)
        engine.converge(wanted)
        if kind == "bpf":
            index = engine.channel(here).index("probe")
            with namespaces.enter(here):
                bpf.attempt(what, index)
        if kind == "genl":
            with namespaces.enter(here):
                generic_netlink.require_family(what)
    except BarewireError as error:
        _refuse_lack(name, error)
        if kind == "iptables" and isinstance(error, PrerequisiteError):
            return Feature(name, False, error.what, error.remedy)
        if kind in _SETTINGS:
            return Feature(name, False, error.said or error.what, "Run it as root, or use a kernel that has it")
        if kind == "bpf":
            reason = f"this kernel cannot take {bpf.WORDS[what]}: {error.said or error.what}"
            return Feature(name, False, reason, "Use a newer kernel, or be root")
        reason = f"this kernel cannot make {_words(kind, what)}: {error.said or error.what}"
        return Feature(name, False, reason, _load(kind, what))
    return Feature(name, True)


def _refuse_lack(name: str, error: BarewireError) -> None:
    """Raise where the machine lacked what any probe needs: that says nothing of the kernel."""
    for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        if os.strerror(number) in error.said:
            raise PrerequisiteError(f"{name} cannot be probed", said=error.said, remedy=REMEDIES[number]) from error


def _program(name: str) -> Feature:
    try:
        programs.require_path(name.removeprefix(_PROGRAM), "this network")
    except PrerequisiteError as error:
        return Feature(name, False, error.what, error.remedy)
    return Feature(name, True)


def _signed() -> Feature:
    try:
        tcp_signatures.attempt()
    except OSError as error:
        reason = f"this kernel cannot sign TCP packets: {error.strerror}"
        return Feature(_SIGNED, False, reason, "Use a kernel with CONFIG_TCP_MD5SIG, or leave md5 out")
    return Feature(_SIGNED, True)


def modules(kind: str, what: str) -> tuple[str, ...]:
    """The kernel modules that provide a feature; none if it is always built in."""
    match kind:
        case "link":
            return () if what in _BUILT_IN else (link_kinds.module(what),)
        case "qdisc":
            return (f"sch_{what}",)
        case "bpf":
            return ()
        case "genl":
            return (_FAMILIES[what][1],)
        case "fou":
            return ("fou",)
        case "bridge":
            return (lab_modules.BRIDGE_FILTER,)
        case "iptables":
            return ("nft_compat", "xt_comment", *_IPTABLES[what][3])
    return _NFT[what][2]


def _load(kind: str, what: str) -> str:
    names = modules(kind, what)
    if not names:
        return "Use a kernel that has it: no module brings it"
    several = "-a " if len(names) > 1 else ""
    return f"Load the module (sudo modprobe {several}{' '.join(names)}) or use a kernel that has it"


def _words(kind: str, what: str) -> str:
    match kind:
        case "link":
            return f"links of kind {what}"
        case "qdisc":
            return f"the qdisc {what}"
        case "nft":
            return f"nftables {_NFT[what][0]}"
        case "iptables":
            return f"iptables' {_IPTABLES[what][0]}"
        case "genl":
            return _FAMILIES[what][0]
        case "fou":
            return "ports of Foo over UDP"
        case "bridge":
            return "bridges whose packets pass iptables"
    return what


def _link(what: str, here: str, other: str) -> list[KernelObject]:
    if what == "veth":
        return [Link("probe", "veth", 1500, peer=Peer(other, "probe", "", 1500))]
    known = KINDS.get(what, LinkKind())
    if not known.rides:
        return [Link("probe", what, 1400, attributes=known.least)]
    under = Link("under", "bridge", 1500)
    return [under, Link("probe", what, 1450, parent=(here, "under"), attributes=known.least)]


def _nft(what: str, here: str, other: str) -> list[KernelObject]:
    return [NftTable("ip", "barewire", f"chain probe {{\n{_NFT[what][1]}\n}}")]


def _iptables(what: str, here: str, other: str) -> list[KernelObject]:
    _, table, rules, _ = _IPTABLES[what]
    sets = [IpSet("ip", "probe", ())] if what == "set" else []
    return [*sets, IptablesTable("ip", table, rules)]


def _qdisc(what: str, here: str, other: str) -> list[KernelObject]:
    options = {"netem": "delay 1ms", "tbf": "rate 1gbit burst 1mb latency 50ms", "htb": "default 1"}.get(what, "")
    return [Link("probe", "veth", 1500, peer=Peer(other, "probe", "", 1500)), Qdisc("probe", what, options)]


def _bpf(what: str, here: str, other: str) -> list[KernelObject]:
    return _link("netkit" if what == "netkit" else "veth", here, other)


def _genl(what: str, here: str, other: str) -> list[KernelObject]:
    return []


def _fou(what: str, here: str, other: str) -> list[KernelObject]:
    return [FouPort(5555), FouPort(5556, gue=True)]


def _bridge(what: str, here: str, other: str) -> list[KernelObject]:
    return [Sysctl("net.bridge.bridge-nf-call-iptables", "1")]


def _sysctl(what: str, here: str, other: str) -> list[KernelObject]:
    key, _, value = what.partition("=")
    return [Sysctl(key, value)]


def _steering(what: str, here: str, other: str) -> list[KernelObject]:
    steered = {
        "rps": Steering("probe", rps=(0,)),
        "rfs": Steering("probe", rfs=4096),
        "xps": Steering("probe", xps=(0,)),
    }
    return [Link("probe", "veth", 1500, peer=Peer(other, "probe", "", 1500)), steered[what]]


_NFT = {
    "nat": (
        "NAT",
        "type nat hook postrouting priority srcnat; policy accept;\nmasquerade",
        ("nf_tables", "nft_chain_nat", "nft_nat", "nft_masq"),
    ),
    "ct": ("connection tracking", "ct state new", ("nf_tables", "nft_ct")),
    "notrack": (
        "notrack",
        "type filter hook prerouting priority raw; policy accept;\nnotrack",
        ("nf_tables", "nft_ct"),
    ),
}
_COMMENT = "-m comment --comment probe"
_IPTABLES = {
    "nat": (
        "NAT",
        "nat",
        f":POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -m addrtype --src-type LOCAL {_COMMENT} -j MASQUERADE --random-fully",
        ("nft_chain_nat", "xt_addrtype", "xt_MASQUERADE"),
    ),
    "ct": (
        "connection tracking",
        "filter",
        f":FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate ESTABLISHED {_COMMENT} -j ACCEPT",
        ("xt_conntrack",),
    ),
    "set": (
        "sets of addresses",
        "filter",
        f":FORWARD ACCEPT [0:0]\n-A FORWARD -m set --match-set probe src {_COMMENT} -j ACCEPT",
        ("ip_set_hash_net", "xt_set"),
    ),
    "state": (
        "state of connections",
        "filter",
        f":FORWARD ACCEPT [0:0]\n-A FORWARD -m state --state ESTABLISHED {_COMMENT} -j ACCEPT",
        ("xt_conntrack", "xt_state"),
    ),
    "socket": (
        "match of sockets",
        "mangle",
        f":PREROUTING ACCEPT [0:0]\n-A PREROUTING -m socket --transparent {_COMMENT} -j MARK --set-xmark 0x1/0x1",
        ("xt_socket",),
    ),
    "rpfilter": (
        "check of sources",
        "raw",
        f":PREROUTING ACCEPT [0:0]\n-A PREROUTING -m rpfilter --validmark --invert {_COMMENT} -j DROP",
        ("ipt_rpfilter", "ip6t_rpfilter"),
    ),
}
_FAMILIES = {"ovs_datapath": ("datapaths of Open vSwitch", "openvswitch")}
_SETTINGS = ("sysctl", "steering")
_BUILT_IN = ("netkit",)
"""Kinds of links that no kernel has as a module."""

_PROBES: dict[str, Callable[[str, str, str], list[KernelObject]]] = {
    "link": _link, "nft": _nft, "iptables": _iptables, "qdisc": _qdisc, "bpf": _bpf, "genl": _genl, "sysctl": _sysctl,
    "steering": _steering, "fou": _fou, "bridge": _bridge,
}  # fmt: skip
