"""Sets of networks that rules of iptables match (`ipset`), in the caller's namespace.

A set is made and filled by netlink, so that no program is needed for it. It has no place for a mark of ours, and rules that
name it hold it in the kernel: like a sysctl, one that is no longer wanted stays until its namespace goes.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Any

from barewire.errors import KernelError
from barewire.kernel import pyroute
from barewire.model.commands import commands
from barewire.model.objects import IPNetwork, IpSet

_FAMILIES = {"ip": 2, "ip6": 10}
_KIND = "hash:net"


def write(wanted: IpSet, namespace: str) -> None:
    """`ipset create`, if it is not there, `ipset flush` and `ipset add` for each member."""
    family = _FAMILIES[wanted.family]
    with _socket() as sets:
        tried = commands(wanted)
        try:
            sets.create(wanted.name, stype=_KIND, family=family, exclusive=False)
            sets.flush(wanted.name)
            for tried_now, member in zip(tried[1:], wanted.members, strict=True):
                tried = (tried_now,)
                sets.add(wanted.name, str(member), family=family, etype="net")
        except (pyroute.NetlinkError, OSError) as error:
            raise KernelError(f"cannot do `{tried[0]}`", where=namespace, said=str(error)) from error


def holds(wanted: IpSet) -> bool:
    """Whether the set is there with these members and no others."""
    with _socket() as sets:
        try:
            answers = tuple(sets.list(wanted.name))
        except pyroute.NetlinkError:
            return False
    found: set[IPNetwork] = set()
    for answer in answers:
        entries = answer.get_attr("IPSET_ATTR_ADT")
        found.update(_network(entry) for entry in (entries.get_attrs("IPSET_ATTR_DATA") if entries else ()))
    return found == set(wanted.members)


def _network(entry: Any) -> IPNetwork:
    address = entry.get_attr("IPSET_ATTR_IP_FROM")
    length = entry.get_attr("IPSET_ATTR_CIDR")
    if (four := address.get_attr("IPSET_ATTR_IPADDR_IPV4")) is not None:
        return IPv4Network(f"{four}/{32 if length is None else length}")
    return IPv6Network(f"{address.get_attr('IPSET_ATTR_IPADDR_IPV6')}/{128 if length is None else length}")


def _socket() -> Any:
    """Loaded when a set is wanted: most networks have none, and what a lab loads before its first request is part of its time."""
    return pyroute.load_module("ipset").IPSet()
