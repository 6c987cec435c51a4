"""Settings of every namespace of a lab, whatever its network."""

from __future__ import annotations

from barewire.model.objects import DesiredState, Sysctl


def with_congestion(desired: DesiredState, congestion: str) -> DesiredState:
    """Every namespace with its TCP congestion control named."""
    wanted = Sysctl("net.ipv4.tcp_congestion_control", congestion)
    return DesiredState({name: (wanted, *things) for name, things in desired.objects.items()}, desired.adopted)


def without_duplicate_detection(desired: DesiredState) -> DesiredState:
    """Every namespace without IPv6 duplicate address detection, which would delay each new address by a second; a lab has no
    duplicates."""
    wanted = (Sysctl("net.ipv6.conf.default.accept_dad", "0"), Sysctl("net.ipv6.conf.default.dad_transmits", "0"))
    return DesiredState({name: (*wanted, *things) for name, things in desired.objects.items()}, desired.adopted)


def without_ipv6(desired: DesiredState) -> DesiredState:
    """Every namespace with IPv6 off, where only IPv4 is loaded: its neighbours' and routers' multicasts would be traffic of their
    own, and a vxlan device that knows no multicast counts each as a drop, which no load has lost."""
    wanted = Sysctl("net.ipv6.conf.default.disable_ipv6", "1")
    return DesiredState({name: (wanted, *things) for name, things in desired.objects.items()}, desired.adopted)
