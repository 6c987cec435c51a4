"""The order in which kernel objects are created.

They depend on each other across namespaces (a veth needs both, a macvlan its parent's), so a desired state goes in stage by
stage, each over all namespaces: sysctls without a device, network cards and ports of fou, links, links that ride on others,
what a link's queues do, WireGuard's keys, addresses, sysctls of devices, neighbours with fdb entries and WireGuard's peers,
routes (link scope first), rules that lead to them, sets of networks, tables of rules, sysctls of the modules that these load,
BPF programs, daemons, and the links and routes that daemons make. The engine and the printed script go by the same stages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from barewire.model.daemons import Daemon
from barewire.model.data_path import BpfDataPath
from barewire.model.objects import (
    Address,
    DaemonLink,
    DesiredState,
    FdbEntry,
    FouPort,
    IpSet,
    IptablesTable,
    KernelObject,
    LearnedRoute,
    Link,
    Neighbour,
    NftTable,
    Nic,
    Route,
    RoutingRule,
    WireguardInterface,
    WireguardPeer,
)
from barewire.model.settings import Offloads, Qdisc, Steering, Sysctl

STAGES: tuple[Callable[[KernelObject], bool], ...] = (
    lambda thing: isinstance(thing, Sysctl) and not of_device(thing) and not _of_netfilter(thing),
    lambda thing: isinstance(thing, Nic | FouPort),
    lambda thing: isinstance(thing, Link) and not _leans(thing),
    lambda thing: isinstance(thing, Link) and _leans(thing),
    lambda thing: isinstance(thing, Offloads | Qdisc | Steering),
    lambda thing: isinstance(thing, WireguardInterface),
    lambda thing: isinstance(thing, Address),
    lambda thing: isinstance(thing, Sysctl) and of_device(thing),
    lambda thing: isinstance(thing, Neighbour | FdbEntry | WireguardPeer),
    lambda thing: isinstance(thing, Route) and thing.via is None,
    lambda thing: isinstance(thing, Route) and thing.via is not None,
    lambda thing: isinstance(thing, RoutingRule),
    lambda thing: isinstance(thing, IpSet),
    lambda thing: isinstance(thing, NftTable | IptablesTable),
    lambda thing: isinstance(thing, Sysctl) and _of_netfilter(thing),
    lambda thing: isinstance(thing, BpfDataPath),
    lambda thing: isinstance(thing, Daemon),
    lambda thing: isinstance(thing, DaemonLink | LearnedRoute),
)
"""Every object belongs to exactly one."""


_NUMBERS: dict[object, int] = {}


def stage_number(thing: KernelObject) -> int:
    """The place of an object's stage in `STAGES`; those of a large lab are a million routes, so it is looked for once for each
    kind of object."""
    kind = _kind(thing)
    found = _NUMBERS.get(kind)
    if found is None:
        found = _NUMBERS[kind] = next(number for number, stage in enumerate(STAGES) if stage(thing))
    return found


def _kind(thing: KernelObject) -> object:
    """The type of an object, and for the three whose stage does not follow from that what else it depends on."""
    match thing:
        case Route():
            return Route, thing.via is None
        case Link():
            return Link, _leans(thing)
        case Sysctl():
            return Sysctl, of_device(thing), _of_netfilter(thing)
    return type(thing)


def staged(desired: DesiredState) -> Iterator[tuple[str, KernelObject]]:
    """Every object of `desired` with its namespace, in the order in which they are created."""
    for stage in STAGES:
        for namespace, wanted in desired.objects.items():
            for thing in wanted:
                if stage(thing):
                    yield namespace, thing


def _leans(link: Link) -> bool:
    """Whether a link needs another one to be there: it rides on it, or sends by it."""
    return link.parent is not None or link.underlay != ""


def of_device(thing: KernelObject) -> bool:
    """Whether a sysctl is one device's: `net.ipv4.conf.eth0.forwarding`."""
    parts = thing.key.split(".") if isinstance(thing, Sysctl) else []
    return len(parts) > 4 and parts[2] in ("conf", "neigh") and parts[3] not in ("all", "default")


def _of_netfilter(thing: Sysctl) -> bool:
    """Whether a sysctl is one of connection tracking's, which are there once a rule has had its module loaded."""
    return thing.key.startswith("net.netfilter.")
