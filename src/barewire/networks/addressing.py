"""Pieces that several parts' plans share: names, default routes, forwarding."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from barewire.model.addresses import FamilyPlan
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress, IPInterface, IPNetwork, Sysctl


def host_part(pod: Pod) -> str:
    """The node's end of a pod's veth pair."""
    return f"veth{pod.index}"


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


def forwarding(topology: Topology) -> list[Sysctl]:
    """What a node that forwards needs. Redirects would teach pods a way around the path that is measured."""
    wanted = []
    if 4 in topology.addresses.families:
        wanted += [
            Sysctl("net.ipv4.ip_forward", "1"),
            Sysctl("net.ipv4.conf.all.send_redirects", "0"),
            Sysctl("net.ipv4.conf.default.send_redirects", "0"),
        ]
    if 6 in topology.addresses.families:
        wanted.append(Sysctl("net.ipv6.conf.all.forwarding", "1"))
    return wanted


def flat(family: FamilyPlan, pod: Pod) -> IPInterface:
    """The pod's address with the prefix of the whole pod network: all pods are on one segment."""
    address = family.pod(pod.node, pod.index).ip
    text = f"{address}/{family.pods.prefixlen}"
    return IPv4Interface(text) if address.version == 4 else IPv6Interface(text)
