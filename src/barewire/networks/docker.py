"""The rules of dockerd for its default bridge, shared by the part that publishes pods and the one that has the rules alone.

They are Docker 29's with its defaults, by iptables: `DOCKER-USER`, `DOCKER-FORWARD` and the chains below it accept what belongs
to a connection, what leaves the bridge and what comes to a published port, and drop the rest; table nat publishes ports and
masquerades what leaves; table raw drops packets that come to a container's own address from elsewhere. dockerd writes a rule for
each published port where these have one for a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from barewire.model.leases import FamilyLease
from barewire.model.objects import IPAddress, IptablesTable
from barewire.networks.netfilter import hooks, iptables_table, own_chains

BRIDGE = "docker0"

_LOOPBACK = {4: "127.0.0.0/8", 6: "::1/128"}
_OUTSIDE = f"! -i {BRIDGE}"


def tables(family: FamilyLease, published: Iterable[tuple[range, IPAddress]]) -> list[IptablesTable]:
    """The tables of a node with this lease that publishes each range of TCP and UDP ports for an address."""
    pods = list(published)
    return [
        iptables_table(family.version, "raw", _raw([address for _, address in pods])),
        iptables_table(family.version, "nat", _nat(family, pods)),
        iptables_table(family.version, "filter", _filter(pods)),
    ]


def _raw(addresses: Iterable[IPAddress]) -> list[str]:
    return [f"-A PREROUTING -d {address} {_OUTSIDE} -j DROP" for address in addresses]


def _nat(family: FamilyLease, published: Sequence[tuple[range, IPAddress]]) -> list[str]:
    return [
        *own_chains("DOCKER"),
        "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
        f"-A OUTPUT ! -d {_LOOPBACK[family.version]} -m addrtype --dst-type LOCAL -j DOCKER",
        f"-A POSTROUTING -s {family.subnet} ! -o {BRIDGE} -j MASQUERADE",
        *(
            f"-A DOCKER {_OUTSIDE} {_ports(protocol, ports)} -j DNAT --to-destination {address}"
            for ports, address in published
            for protocol in ("tcp", "udp")
        ),
    ]


def _filter(published: Sequence[tuple[range, IPAddress]]) -> list[str]:
    below = ("DOCKER-USER", "DOCKER-FORWARD", "DOCKER-CT", "DOCKER-INTERNAL", "DOCKER-BRIDGE", "DOCKER")
    return [
        # dockerd sets this policy where it was the one to switch forwarding on.
        *hooks("FORWARD", policy="DROP"),
        *own_chains(*below),
        "-A FORWARD -j DOCKER-USER",
        "-A FORWARD -j DOCKER-FORWARD",
        "-A DOCKER-FORWARD -j DOCKER-CT",
        "-A DOCKER-FORWARD -j DOCKER-INTERNAL",
        "-A DOCKER-FORWARD -j DOCKER-BRIDGE",
        f"-A DOCKER-FORWARD -i {BRIDGE} -j ACCEPT",
        f"-A DOCKER-CT -o {BRIDGE} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        f"-A DOCKER-BRIDGE -o {BRIDGE} -j DOCKER",
        *(
            f"-A DOCKER -d {address} {_OUTSIDE} -o {BRIDGE} {_ports(protocol, ports)} -j ACCEPT"
            for ports, address in published
            for protocol in ("tcp", "udp")
        ),
        f"-A DOCKER {_OUTSIDE} -o {BRIDGE} -j DROP",
    ]


def _ports(protocol: str, ports: range) -> str:
    return f"-p {protocol} -m {protocol} --dport {ports.start}:{ports.stop - 1}"
