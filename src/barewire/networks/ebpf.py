"""What the attach part and the transport of BPF programs agree on: names of links, identities, and what a node's maps hold.

The maps and what is looked up in them, by which program and in which order, follow Cilium: an endpoint by its address, an
identity and a tunnel's end by a prefix, a connection, a verdict of the pod's own policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network

from barewire.model.data_path import BpfMap, Words
from barewire.model.leases import Lease, NodeView, PodLease
from barewire.model.objects import IPAddress, IPNetwork, stable_mac

POD_IDENTITY, NODE_IDENTITY, HOST_IDENTITY = 10000, 6, 1
"""Cilium numbers what has the same labels: all pods of a lab here. Nodes have reserved numbers, others' and the own one."""

HOST_DEV, HOST_PEER = "cilium_host", "cilium_net"
"""A veth pair that has the address which pods use as their gateway."""

CONNECTIONS = 65_536
_ENTRIES, _POLICY_ENTRIES = 16_384, 16_384
_FIXED_BITS = 32
"""Of a key by prefix: the bits before its address."""

_PASS_BITS = 40
"""Of a policy's key: identity and direction, so that any protocol and port match."""


def host_end(pod: PodLease) -> str:
    """The node's end of a pod's pair."""
    return f"lxc{pod.pod.index}"


def place(pod: PodLease) -> int:
    """Where the program that delivers to a pod stands among those of its node; the next one is IPv6's."""
    return 2 * pod.pod.index


def endpoints(view: NodeView) -> BpfMap:
    """The pods of the node by address, with the link and the MACs that lead to them; the node's own addresses without a link."""
    items: list[tuple[Words, Words]] = []
    for pod in view.pods:
        dev = host_end(pod)
        macs = (_mac(dev, stable_mac(pod.pod.name, "eth0")), _mac(dev, stable_mac(view.name, dev)))
        for interface in pod.addresses:
            items.append((_address_key(interface.ip), (f"@{dev}", _u32(place(pod)), *macs)))
    for family in view.lease.families:
        for address in (family.address.ip, family.gateway.ip):
            items.append((_address_key(address), ("00" * 24,)))
    return BpfMap("endpoints", "hash", 20, 24, _ENTRIES, tuple(items))


def identities(view: NodeView, peers: Sequence[Lease], outer: int) -> BpfMap:
    """Who is behind a prefix, and the end of the tunnel to it over the family `outer`, 0 for none: pods, and nodes."""
    items: list[tuple[Words, Words]] = []

    def add(network: IPNetwork, identity: int, end: IPAddress | None = None) -> None:
        items.append((_prefix_key(network), (_u32(identity), _u32(end is not None), _tunnel_end(end))))

    for family in view.lease.families:
        add(_alone(family.address.ip), HOST_IDENTITY)
        for pod in view.pods:
            for interface in pod.addresses:
                if interface.version == family.version:
                    add(_alone(interface.ip), POD_IDENTITY)
        for peer in peers:
            theirs = peer.family(family.version)
            add(_alone(theirs.address.ip), NODE_IDENTITY)
            add(theirs.subnet, POD_IDENTITY, peer.family(outer).address.ip if outer else None)
    return BpfMap("identities", "lpm_trie", 24, 24, _ENTRIES, tuple(items))


def policies(pods: Iterable[PodLease]) -> Iterator[BpfMap]:
    """The policy of each pod: everyone may come and everything may go, as with Cilium before a user writes one."""
    for pod in pods:
        items = tuple(((_u32(_PASS_BITS), "00" * 4, direction, "00" * 3), ("00" * 8,)) for direction in ("00", "01"))
        yield BpfMap(f"policy_{pod.pod.index}", "lpm_trie", 12, 8, _POLICY_ENTRIES, items)


def connections(version: int) -> BpfMap:
    """The connections of a family: two addresses and ports, protocol and direction; when seen last, and TCP's flags."""
    return BpfMap(f"connections_{version}", "lru_hash", 14 if version == 4 else 38, 16, CONNECTIONS)


def _u32(number: int) -> str:
    return number.to_bytes(4, "little").hex()


def _mac(dev: str, mac: str) -> str:
    return f"~{dev}={mac.replace(':', '')}0000"


def _address_key(address: IPAddress) -> Words:
    return (address.packed.hex().ljust(32, "0"), "01000000" if address.version == 4 else "02000000")


def _prefix_key(network: IPNetwork) -> Words:
    family = "00000001" if network.version == 4 else "00000002"
    return (_u32(_FIXED_BITS + network.prefixlen), family, network.network_address.packed.hex().ljust(32, "0"))


def _tunnel_end(end: IPAddress | None) -> str:
    """As the helper that sets a tunnel's key takes it: IPv4 in the byte order of the CPU, which is little-endian."""
    if end is None:
        return "00" * 16
    return end.packed[::-1].hex().ljust(32, "0") if end.version == 4 else end.packed.hex()


def _alone(address: IPAddress) -> IPNetwork:
    return IPv4Network(address) if address.version == 4 else IPv6Network(address)
