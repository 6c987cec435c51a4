"""The NAT chains of published ports as an nft body, shared by the part that publishes pods and the one that has the chains alone;
and the ports that a node publishes without a server.

DNAT of published ports as packets come in, masquerade of what pods send out; a connection's first packet meets these
rules, every other packet only the connection tracking and the hooks that come with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from barewire.model.leases import FamilyLease, NodeView
from barewire.model.network import PORTS_PER_POD, WIRE_DEV
from barewire.model.objects import IPAddress
from barewire.networks.netfilter import family_name


def nat_chains(family: FamilyLease, published: Iterable[tuple[range, IPAddress]]) -> str:
    """The body of a table for the node with this lease that publishes each range of TCP and UDP ports for an address."""
    wire, subnet = family.address.ip, family.subnet
    ip = family_name(wire.version)
    rules = [
        f"{ip} daddr {wire} {protocol} dport {ports.start}-{ports.stop - 1} dnat to {address}"
        for ports, address in published
        for protocol in ("tcp", "udp")
    ]
    lines = [
        "chain publish {",
        "type nat hook prerouting priority dstnat; policy accept;",
        *rules,
        "}",
        "chain leave {",
        "type nat hook postrouting priority srcnat; policy accept;",
        f'{ip} saddr {subnet} oifname "{WIRE_DEV}" masquerade',
        # A pod that reaches itself, or its neighbour, by the published port must not see its own address come in.
        f"{ip} saddr {subnet} {ip} daddr {subnet} ct status dnat masquerade",
        "}",
    ]
    return "\n".join(lines)


def unserved(view: NodeView, number: int) -> Iterator[tuple[range, IPAddress]]:
    """A range of ports below the servers' first for each pod of the node, as wide as there is room, at the pod's address of the
    family with that number."""
    width = max(1, min(PORTS_PER_POD, (view.port - 1) // max(1, len(view.pods))))
    for place, pod in enumerate(view.pods, 1):
        first = view.port - place * width
        yield range(first, first + width), pod.addresses[number].ip
