"""A network: three parts that go together."""

from __future__ import annotations

from dataclasses import dataclass

from barewire.errors import NetworkError
from barewire.model.expectation import Target, WireExpectation
from barewire.model.network import NetworkSpec, Pod, Topology
from barewire.model.objects import DesiredState, IPAddress
from barewire.networks.part import NO_RULES, Attach, Policy, Transport

_LEAST_MTU = {4: 68, 6: 1280}


@dataclass(frozen=True)
class Network:
    """Parts resolved from a spec; everything is computed from a topology, nothing is kept."""

    spec: NetworkSpec
    attach: Attach
    transport: Transport
    policy: Policy
    summary: str = ""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def needs(self) -> frozenset[str]:
        """Kernel features; the wire's veth is everybody's."""
        return self.attach.needs | self.transport.needs | self.policy.needs | {"link:veth"}

    @property
    def crosses(self) -> frozenset[str]:
        """Kinds of the links between wire and pod."""
        return self.attach.crosses | self.transport.crosses | self.policy.crosses

    @property
    def rules(self) -> str:
        """The rules that every node has, by the policy part that has them alone (`none` without any).

        Any process of such a node pays for them, so `host+direct+RULES` against the host is what they cost alone.
        """
        # A transport of another package may be older than this attribute.
        found = [str(self.spec.policy), getattr(self.transport, "rules", NO_RULES)]
        return " and ".join(dict.fromkeys(rules for rules in found if rules != NO_RULES)) or NO_RULES

    def check(self, topology: Topology) -> None:
        """NetworkError when the network cannot have this topology: too many nodes, or an MTU too small for IP.

        The smallest MTUs are those of RFC 791 (68) and RFC 8200 (1280); Linux silently takes IPv6 off a smaller link.
        """
        self.transport.check(topology)
        mtu = self.pod_mtu(topology)
        for family in topology.addresses.families:
            least = _LEAST_MTU[family]
            if mtu < least:
                raise NetworkError(
                    f"{self.name} leaves its pods an MTU of {mtu} bytes on a wire of {topology.wire.mtu}",
                    said=f"IPv{family} takes {least}",
                    remedy=f"Give the wire an MTU of {least + self.transport.encapsulation_bytes(topology)} or more",
                )

    def pod_mtu(self, topology: Topology) -> int:
        """The wire's MTU less what the transport costs."""
        return topology.wire.mtu - self.transport.encapsulation_bytes(topology)

    def desired_state(self, topology: Topology) -> DesiredState:
        """Everything but the wire."""
        attached = self.attach.plan(topology, self.pod_mtu(topology))
        return attached.merged(self.transport.plan(topology)).merged(self.policy.plan(topology))

    def pod_namespace(self, pod: Pod) -> str:
        return self.attach.pod_namespace(pod)

    def tapped_last(self, pod: Pod) -> str:
        """Where the last tap sees a packet for `pod`."""
        return self.attach.tapped_last(pod)

    def pod_address(self, topology: Topology, pod: Pod, family: int) -> IPAddress:
        return self.attach.pod_address(topology, pod, family)

    def target(self, topology: Topology, pod: Pod, port: int, family: int) -> Target:
        """What a client on another node connects to, to reach `port` of `pod`."""
        return self.transport.target(topology, pod, self.pod_address(topology, pod, family), port)

    def wire(self, topology: Topology, source: Pod, destination: Pod, family: int) -> WireExpectation:
        """What the wire must show of a packet from `source` to `destination`."""
        return self.transport.wire(
            topology,
            source,
            destination,
            self.pod_address(topology, source, family),
            self.pod_address(topology, destination, family),
        )
