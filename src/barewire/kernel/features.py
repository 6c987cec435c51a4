"""What this kernel can do, found by trying, in a namespace that is thrown away.

A name is `link:KIND`, `nft:nat` or `qdisc:KIND`. Version numbers and configuration files are not asked: a module may be
missing, forbidden, or built in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from barewire.errors import BarewireError, KernelError
from barewire.kernel.engine import Engine
from barewire.kernel.namespaces import Namespaces
from barewire.model.objects import KernelObject, Link, NftTable, Peer, Plan, Qdisc, Value

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
        module = f"{'sch_' if kind == 'qdisc' else ''}{what}" if kind != "nft" else "nf_tables nft_nat nft_masq"
        return Feature(
            name,
            False,
            f"this kernel cannot make {_words(kind, what)}: {error.said or error.what}",
            f"Load the module ({'sudo ' if kind else ''}modprobe {module}) or use a kernel that has it",
        )
    return Feature(name, True)


def _words(kind: str, what: str) -> str:
    return {"link": f"links of kind {what}", "qdisc": f"the qdisc {what}"}.get(kind, "nftables NAT")


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
    body = "chain probe {\ntype nat hook postrouting priority srcnat; policy accept;\nmasquerade\n}"
    return [NftTable("ip", "barewire", body)]


def _qdisc(what: str, here: str, other: str) -> list[KernelObject]:
    options = {"netem": "delay 1ms", "tbf": "rate 1gbit burst 1mb latency 50ms"}.get(what, "")
    return [Link("probe", "veth", 1500, peer=Peer(other, "probe", "", 1500)), Qdisc("probe", what, options)]


_PROBES: dict[str, Callable[[str, str, str], list[KernelObject]]] = {"link": _link, "nft": _nft, "qdisc": _qdisc}
