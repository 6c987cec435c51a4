"""Settings of every namespace of a lab, whatever its network."""

from __future__ import annotations

from collections.abc import Sequence

from barewire.model.network import Topology
from barewire.model.objects import DesiredState
from barewire.model.settings import Sysctl


def settings(topology: Topology, congestion: str, *, ipv6: bool) -> tuple[Sysctl, ...]:
    """TCP congestion control, by name, and what the IP versions of the lab take; `ipv6` says whether the kernel has it.

    With IPv6 there is no duplicate address detection, which would delay each new address by a second; a lab has no duplicates.
    Where only IPv4 is loaded IPv6 is off: its neighbours' and routers' multicasts would be traffic of their own, and a vxlan
    device that knows no multicast counts each as a drop, which no load has lost."""
    wanted = [congestion_control(congestion)]
    if 6 in topology.addresses.families:
        wanted += [Sysctl("net.ipv6.conf.default.accept_dad", "0"), Sysctl("net.ipv6.conf.default.dad_transmits", "0")]
    elif ipv6:
        wanted.append(Sysctl("net.ipv6.conf.default.disable_ipv6", "1"))
    return tuple(wanted)


def congestion_control(name: str) -> Sysctl:
    """TCP congestion control, also of namespaces that programs add: the kernel gives those the machine's."""
    return Sysctl("net.ipv4.tcp_congestion_control", name)


def everywhere(desired: DesiredState, wanted: Sequence[Sysctl]) -> DesiredState:
    """Every namespace with these settings, before all else."""
    return DesiredState({name: (*wanted, *things) for name, things in desired.objects.items()}, desired.adopted)
