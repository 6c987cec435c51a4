"""The underlay that a testbed of namespaces makes: veth between the nodes, as a desired state.

Two nodes get one veth pair, the least that can be between two machines; more nodes, or a router on the segment, get a bridge in
a namespace of its own; racks get routers (`racks.py`). Rate and delay are qdiscs at each node's end, where a NIC would serialise.

Loss is an nft rule where packets arrive, and not netem's: nearly every kernel has it, and its named counter shows how many
packets the wire itself has taken. Limit: what crosses in one piece is one packet, with segmentation offloads up to 64 KB.
"""

from __future__ import annotations

from ipaddress import ip_network

from barewire.errors import NetworkError
from barewire.model.network import LOSS_TABLE, WIRE_DEV, WIRE_NAMESPACE, Node, Topology, Wire
from barewire.model.objects import Address, DesiredState, KernelObject, Link, NftTable, Route, stable_mac
from barewire.model.settings import Offloads, Qdisc
from barewire.testbeds import racks
from barewire.testbeds.racks import netem, veth

SWITCH_DEV = "br0"
_LOSS_GRAIN = 1_000_000
_DEFAULT = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}
_LARGEST_BURST = 65_536 + 64
_BURST_SECONDS = 0.008


def topology_kind(topology: Topology, *, wants_switch: bool) -> str:
    """`cable` or `switch` for the topology's wire; NetworkError when a cable cannot join these nodes."""
    asked, nodes = topology.wire.topology, len(topology.nodes)
    if asked == "cable" and (nodes != 2 or wants_switch):
        why = "this network needs a router on it" if wants_switch else f"there are {nodes} nodes"
        raise NetworkError(
            "the wire cannot be a cable", said=why, remedy="Leave the wire's topology out, or say switch"
        )
    if asked == "auto":
        return "switch" if nodes != 2 or wants_switch else "cable"
    return asked


def desired_state(topology: Topology, *, wants_switch: bool) -> DesiredState:
    """The nodes' namespaces with their ends of the wire and their addresses on it."""
    if topology.racks:
        joined = racks.desired_state(topology, topology.racks)
        ends = {node.name: (*joined.objects[node.name], *node_end(topology, node)) for node in topology.nodes}
        return DesiredState({**joined.objects, **ends})
    objects: dict[str, list[KernelObject]] = {node.name: [] for node in topology.nodes}
    mtu = topology.wire.mtu
    if topology_kind(topology, wants_switch=wants_switch) == "cable":
        first, second = topology.nodes
        objects[first.name].append(veth(first.name, WIRE_DEV, second.name, WIRE_DEV, mtu, ""))
    else:
        switch: list[KernelObject] = [
            Link(
                SWITCH_DEV,
                "bridge",
                mtu,
                stable_mac(WIRE_NAMESPACE, SWITCH_DEV),
                attributes=(("br_mcast_snooping", 0),),
            )
        ]
        switch += [veth(WIRE_NAMESPACE, node.name, node.name, WIRE_DEV, mtu, SWITCH_DEV) for node in topology.nodes]
        objects[WIRE_NAMESPACE] = switch
    for node in topology.nodes:
        objects[node.name] += node_end(topology, node)
    return DesiredState(objects)


def loss(topology: Topology) -> DesiredState:
    """The nft tables that drop packets at each node's end of the wire; empty without loss."""
    if not topology.wire.loss:
        return DesiredState()
    body = f"""\
counter {WIRE_DEV}-rx {{
}}
chain arriving {{
  type filter hook ingress device "{WIRE_DEV}" priority 0
  numgen random mod {_LOSS_GRAIN} < {max(1, round(topology.wire.loss * _LOSS_GRAIN))} counter name "{WIRE_DEV}-rx" drop
}}"""
    return DesiredState({node.name: (NftTable("netdev", LOSS_TABLE, body),) for node in topology.nodes})


def qdiscs(wire: Wire) -> list[Qdisc]:
    """`tc qdisc` for one end of the wire: netem for the delay, tbf for the rate, the rate inside the delay."""
    found = []
    if wire.delay:
        found.append(Qdisc(WIRE_DEV, "netem", netem(wire.delay)))
    if wire.rate:
        burst = max(_LARGEST_BURST, int(wire.rate * _BURST_SECONDS / 8))
        parent = {"parent": "1:1", "handle": "2:"} if wire.delay else {}
        found.append(Qdisc(WIRE_DEV, "tbf", f"rate {wire.rate}bit burst {burst}b latency 50ms", **parent))
    return found


def node_end(topology: Topology, node: Node) -> list[KernelObject]:
    """What a node's end of the wire holds, whatever it is: addresses, a default route, offloads, rate and delay."""
    end: list[KernelObject] = [Address(WIRE_DEV, family.node(node.index)) for family in topology.addresses.each()]
    # As on any machine: programs that build networks look for one (proxy ARP answers nothing without a route).
    routers = (family.router(family.rack(node.index)) for family in topology.addresses.each())
    end += [Route(_DEFAULT[router.version], WIRE_DEV, router.ip) for router in routers]
    if not topology.wire.offloads:
        end.append(Offloads(WIRE_DEV, False))
    return [*end, *qdiscs(topology.wire)]
