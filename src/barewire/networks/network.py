"""A network: three parts that go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from barewire.addresses import fixed
from barewire.errors import NetworkError
from barewire.model.expectation import EncryptedEncapsulation, Target, WireExpectation
from barewire.model.leases import Lease, NodeView, PodLease
from barewire.model.network import NetworkSpec, Node, Pod, Topology
from barewire.model.objects import DesiredState, IPAddress
from barewire.model.racks import Racks, router_name
from barewire.networks import fold, routers
from barewire.networks.encapsulations import outer_family
from barewire.networks.part import NO_RULES, Attach, Part, Policy, Transport
from barewire.networks.programmed import BuiltPods, ProgramAttach

_LEAST_MTU = {4: 68, 6: 1280}


@dataclass(frozen=True)
class Network:
    """Parts resolved from a spec. Everything is computed from a topology; there is no state.

    Where a program attaches the pods, `built` is what it has built in one lab: nothing computes that."""

    spec: NetworkSpec
    attach: Attach
    transport: Transport
    policy: Policy
    summary: str = ""
    built: BuiltPods | None = None

    @property
    def program(self) -> ProgramAttach | None:
        """What attaches the pods, if it is a program and not one of our parts."""
        return self.attach if isinstance(self.attach, ProgramAttach) else None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def families(self) -> frozenset[int]:
        """The IP families that all of its parts carry."""
        return self.attach.families & self.transport.families & self.policy.families

    def needs(self, families: Iterable[int]) -> frozenset[str]:
        """Kernel features for a lab with `families`; every wire needs veth."""
        tunnels = {f"link:{link}" for family in families if (link := self.transport.encapsulation(family).link)}
        return self.attach.needs | self.transport.needs | self.policy.needs | tunnels | {"link:veth"}

    def crosses(self, expected: WireExpectation) -> frozenset[str]:
        """Kinds of the links between wire and pod for packets that look as `expected` on the wire."""
        tunnel = {expected.encapsulation.link} if expected.encapsulation else set()
        return self.attach.crosses | self.transport.crosses | self.policy.crosses | tunnel

    @property
    def rules(self) -> str:
        """The rules that every node has, by the policy part that has them alone (`none` without any).

        Any process of such a node pays for them, so `host+direct+RULES` against the host is what they cost alone.
        """
        # A transport of another package may be older than this attribute.
        found = [str(self.spec.policy), getattr(self.transport, "rules", NO_RULES)]
        return " and ".join(dict.fromkeys(rules for rules in found if rules != NO_RULES)) or NO_RULES

    def check(self, topology: Topology) -> None:
        """NetworkError when the network cannot have this topology: a family that a part does not carry, too many nodes, or an
        MTU too small for IP.

        The smallest MTUs are those of RFC 791 (68) and RFC 8200 (1280); Linux silently takes IPv6 off a smaller link.
        """
        for part in (self.attach, self.transport, self.policy):
            _check_families(self.name, part, topology.addresses.families)
        if topology.racks:
            self._check_segments(topology.racks)
        self.transport.check(topology)
        mtu = self.pod_mtu(topology)
        for family in topology.addresses.families:
            least = _LEAST_MTU[family]
            if mtu < least:
                raise NetworkError(
                    f"{self.name} leaves its pods an MTU of {mtu} bytes on a wire of {topology.wire.mtu}",
                    said=f"IPv{family} takes {least}",
                    remedy=f"Give the wire an MTU of {least + self.encapsulation_bytes(topology)} or more",
                )

    def _check_segments(self, racks: Racks) -> None:
        """NetworkError when nodes must be on one segment or in one cluster. A transport of another package may be older than
        the attribute."""
        if self.program and not self.program.joins_segments:
            raise NetworkError(
                f"{self.name} cannot have nodes in different racks",
                said="it sends to nodes of its own segment alone",
                remedy="Use a mode or backend of it with a tunnel, or leave racks out",
            )
        if self.attach.delivery == "l2" or not getattr(self.transport, "joins_segments", False):
            part = self.spec.attach if self.attach.delivery == "l2" else self.spec.transport
            raise NetworkError(
                f"{self.name} cannot have nodes in different racks",
                said=f"{part} reaches nodes of its own segment alone",
                remedy="Use a tunnel (vxlan:cross-subnet, say) or bgp:router",
            )
        if len(racks.clusters) > 1 and not getattr(self.transport, "joins_clusters", False):
            raise NetworkError(
                f"{self.name} cannot have nodes in different clusters",
                said=f"with {self.spec.transport} a cluster's nodes know nothing of another's",
                remedy="Use bgp:router, docker or the host, or a topology of one cluster",
            )

    def encapsulation_bytes(self, topology: Topology) -> int:
        """Bytes of a packet on the wire that the pod cannot have; the most of all families, since a pod has one MTU."""
        families = topology.addresses.families
        around = [self.transport.encapsulation(family) for family in families]
        return max(one.header_bytes(outer_family(one, families)) for one in around)

    def pod_mtu(self, topology: Topology) -> int:
        """The wire's MTU less the bytes of the encapsulation; where a program has attached the pods, that of their links."""
        if self.built:
            return self.built.mtu
        return topology.wire.mtu - self.encapsulation_bytes(topology)

    def placed(self, topology: Topology) -> Topology:
        """The topology with the addresses that the transport gives out, if it does; else those of its plan."""
        addresses = getattr(self.transport, "addresses", None)
        return replace(topology, addresses=addresses(topology)) if addresses else topology

    def view(self, topology: Topology, node: Node) -> NodeView:
        """What `node` knows of itself, with the leases that `addresses.fixed` gives."""
        topology = self.placed(topology)
        return next(
            self._views(replace(topology, nodes=(node,), pods=tuple(p for p in topology.pods if p.node == node.index)))
        )

    def node_state(self, view: NodeView, peers: Sequence[Lease]) -> DesiredState:
        """What one node and its pods hold, with `peers` as the leases of the other nodes."""
        return (
            fold.attached(self.attach, [view])
            .merged(fold.carried(self.transport, [view], peers))
            .merged(fold.ruled(self.policy, [view]))
        )

    def router_state(self, topology: Topology, leases: Sequence[Lease]) -> DesiredState:
        """What routers hold: the one on the wire, or those of racks and between them. `topology` has this network's addresses."""
        if topology.racks:
            return routers.routed(self.transport, topology.racks, topology, leases)
        return fold.routed(self.transport, self.view(topology, topology.nodes[0]), leases)

    def desired_state(self, topology: Topology) -> DesiredState:
        """Everything in a lab but the wire."""
        topology = self.placed(topology)
        views, leases = list(self._views(topology)), fixed.leases(topology)
        return (
            fold.attached(self.attach, views)
            .merged(self.router_state(topology, leases))
            .merged(fold.carried(self.transport, views, leases))
            .merged(fold.ruled(self.policy, views))
            .merged(self.program.beside(views) if self.program else DesiredState())
        )

    def _views(self, topology: Topology) -> Iterator[NodeView]:
        pods: dict[int, list[PodLease]] = {node.index: [] for node in topology.nodes}
        for pod in topology.pods:
            pods[pod.node].append(fixed.pod_lease(topology, pod))
        pod_mtu = self.pod_mtu(topology)
        for node in topology.nodes:
            yield NodeView(
                fixed.lease(topology.addresses, node.index),
                tuple(pods[node.index]),
                topology.wire.mtu,
                pod_mtu,
                topology.port,
                tuple(family.router(family.rack(node.index)) for family in topology.addresses.each()),
            )

    def pod_namespace(self, pod: Pod) -> str:
        return self.attach.pod_namespace(pod)

    def tapped_last(self, pod: Pod) -> str:
        """Where the last tap sees a packet for `pod`."""
        return self.attach.tapped_last(pod)

    def pod_address(self, topology: Topology, pod: Pod, family: int) -> IPAddress:
        if self.built:
            return self.built.address(pod, family)
        return self.attach.pod_address(self.placed(topology), pod, family)

    def target(self, topology: Topology, pod: Pod, port: int, family: int) -> Target:
        """What a client on another node connects to, to reach `port` of `pod`."""
        return self.transport.target(topology, pod, self.pod_address(topology, pod, family), port)

    def wire(self, topology: Topology, source: Pod, destination: Pod, family: int) -> WireExpectation:
        """What the wire must show of a packet from `source` to `destination`, and what a rack's router does with it."""
        expected = self.transport.wire(
            topology,
            source,
            destination,
            self.pod_address(topology, source, family),
            self.pod_address(topology, destination, family),
        )
        # What is encrypted carries no mark, so no router on its way is seen.
        if not topology.racks or isinstance(expected.encapsulation, EncryptedEncapsulation):
            return expected
        rack, other = (topology.racks.rack(pod.node) for pod in (source, destination))
        router = router_name(rack)
        # A router of the one segment, a VPC's, is that of the rack here, and takes what stays in the rack too.
        routed = rack != other or expected.routed_by
        return replace(expected, routed_by=router) if routed else replace(expected, switched_by=router)


def _check_families(network: str, part: Part, families: Iterable[int]) -> None:
    lacking = [family for family in families if family not in part.families]
    if lacking:
        carried = " and ".join(f"IPv{family}" for family in sorted(part.families))
        raise NetworkError(
            f"{network} cannot carry IPv{lacking[0]}",
            said=f"{part.name} is for {carried} only",
            remedy=f"Use {carried}, or a network without {part.name}",
        )
