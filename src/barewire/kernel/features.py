"""What this kernel can do, found by trying, in a namespace that is thrown away.

A name is `link:KIND`, `nft:nat`, `nft:notrack`, `qdisc:KIND`, `sysctl:KEY=VALUE` or `steering:rps` (`rfs`, `xps`). Version
numbers and configuration files are not asked: a module may be missing, forbidden, or built in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from barewire.errors import BarewireError, KernelError
from barewire.kernel.engine import Engine
from barewire.kernel.namespaces import Namespaces
from barewire.model.objects import KernelObject, Link, NftTable, Peer, Plan, Qdisc, Steering, Sysctl, Value

_PROBE, _OTHER = "probe", "probe-peer"


@dataclass(frozen=True, slots=True)
class Feature:
    """`reason` and `remedy` are empty when the feature is there."""

    name: str
    available: bool
    reason: str = ""
    remedy: str = ""


def probe(names: Iterable[str]) -> dict[str, Feature]:
    """Try each feature in fresh namespaces of the calling sandbox."""
    return {name: _try(name, number) for number, name in enumerate(sorted(set(names)))}


def _try(name: str, number: int) -> Feature:
    namespaces = Namespaces()
    engine = Engine(namespaces)
    here, other = f"{_PROBE}{number}", f"{_OTHER}{number}"
    kind, _, what = name.partition(":")
    try:
        make = _PROBES[kind]
    except KeyError:
        raise KernelError(f"there is no probe for the feature {name}") from None
    try:
        engine.converge(Plan({here: make(what, here, other), other: ()}))
    except BarewireError as error:
        if kind in _SETTINGS:
            return Feature(name, False, error.said or error.what, "Run it as root, or use a kernel that has it")
        module = f"{'sch_' if kind == 'qdisc' else ''}{what}" if kind != "nft" else "nf_tables nft_nat nft_masq"
        return Feature(
            name,
            False,
            f"this kernel cannot make {_words(kind, what)}: {error.said or error.what}",
            f"Load the module ({'sudo ' if kind else ''}modprobe {module}) or use a kernel that has it",
        )
    return Feature(name, True)


def _words(kind: str, what: str) -> str:
    match kind:
        case "link":
            return f"links of kind {what}"
        case "qdisc":
            return f"the qdisc {what}"
        case "nft":
            return f"nftables {_NFT[what][0]}"
    return what


_ATTRIBUTES: dict[str, tuple[tuple[str, Value], ...]] = {
    "vxlan": (("vxlan_id", 1), ("vxlan_port", 8472)),
    "macvlan": (("macvlan_mode", "bridge"),),
}


def _link(what: str, here: str, other: str) -> list[KernelObject]:
    if what == "veth":
        return [Link("probe", "veth", 1500, peer=Peer(other, "probe", "", 1500))]
    if what == "bridge":
        return [Link("probe", "bridge", 1500)]
    under = Link("under", "bridge", 1500)
    return [under, Link("probe", what, 1450, parent=(here, "under"), attributes=_ATTRIBUTES.get(what, ()))]


def _nft(what: str, here: str, other: str) -> list[KernelObject]:
    return [NftTable("ip", "barewire", f"chain probe {{\n{_NFT[what][1]}\n}}")]


def _qdisc(what: str, here: str, other: str) -> list[KernelObject]:
    options = {"netem": "delay 1ms", "tbf": "rate 1gbit burst 1mb latency 50ms"}.get(what, "")
    return [Link("probe", "veth", 1500, peer=Peer(other, "probe", "", 1500)), Qdisc("probe", what, options)]


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
    "nat": ("NAT", "type nat hook postrouting priority srcnat; policy accept;\nmasquerade"),
    "notrack": ("notrack", "type filter hook prerouting priority raw; policy accept;\nnotrack"),
}
_SETTINGS = ("sysctl", "steering")
_PROBES: dict[str, Callable[[str, str, str], list[KernelObject]]] = {
    "link": _link, "nft": _nft, "qdisc": _qdisc, "sysctl": _sysctl, "steering": _steering,
}  # fmt: skip
