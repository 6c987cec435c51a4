"""Pieces that several parts share: default routes, networks of one address, forwarding."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from barewire.model.leases import FamilyLease
from barewire.model.objects import IPAddress, IPInterface, IPNetwork
from barewire.model.settings import Sysctl


def default_route(like: IPAddress) -> IPNetwork:
    """`default` of the family of `like`."""
    return IPv4Network("0.0.0.0/0") if like.version == 4 else IPv6Network("::/0")


def host_network(address: IPAddress) -> IPNetwork:
    """The network that holds `address` alone: /32 or /128."""
    if address.version == 4:
        return IPv4Network(address)
    return IPv6Network(address)


def alone(address: IPAddress) -> IPInterface:
    """`address` as an interface has it that has no neighbours on its link: with /32 or /128."""
    return IPv4Interface(f"{address}/32") if address.version == 4 else IPv6Interface(f"{address}/128")


def forwarding(versions: Iterable[int]) -> list[Sysctl]:
    """What a node that forwards needs. Redirects would teach pods a way around the path that is measured."""
    wanted, families = [], set(versions)
    if 4 in families:
        wanted += [
            Sysctl("net.ipv4.ip_forward", "1"),
            Sysctl("net.ipv4.conf.all.send_redirects", "0"),
            Sysctl("net.ipv4.conf.default.send_redirects", "0"),
        ]
    if 6 in families:
        wanted.append(Sysctl("net.ipv6.conf.all.forwarding", "1"))
    return wanted


def flat(family: FamilyLease, address: IPInterface) -> IPInterface:
    """A pod's address with the prefix of the whole pod network: all pods are on one segment."""
    text = f"{address.ip}/{family.pods.prefixlen}"
    return IPv4Interface(text) if address.version == 4 else IPv6Interface(text)
