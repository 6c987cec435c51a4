"""The underlay of racks: a namespace for each router, which is the switch of its rack too, and veth pairs between routers.

A node's default route goes to its rack's router. Rate, delay and loss are those of each node's end, as on one wire; links between
routers are as fast as the kernel, and those between zones or clusters have their delay at either end.
"""

from __future__ import annotations

from barewire.model import fabric
from barewire.model.fabric import SEGMENT_DEV
from barewire.model.network import WIRE_DEV, Topology
from barewire.model.objects import Address, DesiredState, KernelObject, Link, Peer, stable_mac
from barewire.model.racks import Racks
from barewire.model.settings import Qdisc


def desired_state(topology: Topology, racks: Racks) -> DesiredState:
    """The nodes' ends of their racks, and the routers; addresses of the nodes' ends are the caller's."""
    objects: dict[str, list[KernelObject]] = {node.name: [] for node in topology.nodes}
    routers, mtu = fabric.routers(racks, topology.addresses), topology.wire.mtu
    objects |= {router.name: [] for router in routers}
    numbers = {router.name: router.number for router in routers}
    for router in routers:
        wanted = objects[router.name]
        if router.rack:
            mac = stable_mac(router.name, SEGMENT_DEV)
            wanted.append(Link(SEGMENT_DEV, "bridge", mtu, mac, attributes=(("br_mcast_snooping", 0),)))
            wanted += [
                veth(router.name, f"n{node}", f"n{node}", WIRE_DEV, mtu, SEGMENT_DEV)
                for node in racks.members(router.rack)
            ]
            wanted += [Address(SEGMENT_DEV, address) for address in router.segment]
        for link in router.links:
            if router.number < numbers[link.dev]:
                wanted.append(veth(router.name, link.dev, link.dev, router.name, mtu, ""))
            wanted += [Address(link.dev, address) for address in link.addresses]
            if link.delay:
                wanted.append(Qdisc(link.dev, "netem", netem(link.delay)))
    return DesiredState(objects)


def veth(namespace: str, name: str, other: str, other_name: str, mtu: int, master: str) -> Link:
    """A veth pair between two namespaces of the underlay."""
    peer = Peer(other, other_name, stable_mac(other, other_name), mtu)
    return Link(name, "veth", mtu, stable_mac(namespace, name), master, peer=peer)


def netem(delay: int) -> str:
    """What netem takes to delay by so many nanoseconds. The limit holds what a delayed link has in flight; the default of 1000
    packets would drop at 10 Gbit/s."""
    return f"delay {delay / 1000:g}us limit 100000"
