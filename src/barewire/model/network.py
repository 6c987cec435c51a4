"""The topology of a lab as plain data: wire, nodes, pods, and the network's three parts by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from barewire.errors import PlanError
from barewire.model.addresses import AddressPlan
from barewire.model.racks import ACROSS, Racks
from barewire.model.tuning import LabTuning
from barewire.units import BitsPerSecond, Bytes, Nanoseconds

WIRE_DEV = "eth0"
"""The node's end of the wire, in every node."""

LOSS_TABLE = "wire_loss"
"""The nft table that makes a wire lose packets: the lab plans it, the kernel's counters know its drops by it."""

FIRST_PORT, PORTS_PER_POD = 20_000, 1000

WIRE_NAMESPACE = "wire"
"""Where the switch lives when the wire is one (more than two nodes, or a router is on it)."""

LONGEST_DELAY = Nanoseconds(1_000_000_000)
"""One way between two nodes, the wire and the links between zones or clusters together."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What joins the nodes: one L2 segment. `rate` 0 and `delay` 0 leave the kernel's own; `loss` is the share of packets
    that never arrive; `topology` is `cable` (one veth pair, two nodes), `switch` (a bridge in a namespace of its own)
    or `auto`."""

    rate: BitsPerSecond = BitsPerSecond(0)
    delay: Nanoseconds = Nanoseconds(0)
    mtu: Bytes = Bytes(1500)
    offloads: bool = True
    topology: str = "auto"
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Node:
    """Node `index` (from 1); `name` is also the name of its namespace."""

    index: int

    @property
    def name(self) -> str:
        return f"n{self.index}"


@dataclass(frozen=True, slots=True)
class Pod:
    """Pod `index` (from 1) of node `node`; `name` is also the name of its namespace, unless the attach part is `host`."""

    node: int
    index: int

    @property
    def name(self) -> str:
        return f"n{self.node}-p{self.index}"


@dataclass(frozen=True, slots=True)
class PartSpec:
    """A part by name with its options, as written: `vxlan:vni=42:port=4789`, `ipvlan:l3`."""

    name: str
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return ":".join([self.name, *(k if v == "" else f"{k}={v}" for k, v in self.options)])


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """attach x transport x policy; `name` is the preset's name or the parts joined by `+`."""

    name: str
    attach: PartSpec
    transport: PartSpec
    policy: PartSpec = PartSpec("none")


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that a part needs to know to plan: the nodes, the pods on them, addresses, the wire, how the lab is tuned, and
    the racks that the nodes stand in (None: one segment). `pair` names the two nodes whose pods are measured, as in
    `model.racks`."""

    nodes: tuple[Node, ...]
    pods: tuple[Pod, ...]
    addresses: AddressPlan = field(default_factory=AddressPlan)
    wire: Wire = field(default_factory=Wire)
    port: int = FIRST_PORT
    tuning: LabTuning = field(default_factory=LabTuning)
    racks: Racks | None = None
    pair: str = ACROSS

    def __post_init__(self) -> None:
        delay = self.wire.delay + (self.racks.longest_delay if self.racks else 0)
        if delay > LONGEST_DELAY:
            raise PlanError(
                f"packets cannot take {delay / 1e9:g} s from one node to another",
                said="the kernel asks for a neighbour three times, a second apart, and then gives up",
                remedy=f"Let the wire and the links between zones or clusters delay by at most {LONGEST_DELAY / 1e9:g} s",
            )

    @property
    def ends(self) -> tuple[Pod, Pod]:
        """The pods that are measured: the first one of the first node sends, the first one of another node answers: of the
        second node, or in racks of the one that `pair` names."""
        server = self.racks.other(self.pair) if self.racks else self.nodes[1].index
        return self.pods[0], next(pod for pod in self.pods if pod.node == server)

    def ports(self, pod: Pod) -> range:
        """The ports that servers in `pod` use: one range a pod of a node, the same inside and published."""
        first = self.port + PORTS_PER_POD * (pod.index - 1)
        return range(first, first + PORTS_PER_POD)

    @classmethod
    def uniform(
        cls,
        nodes: int,
        pods: int,
        *,
        addresses: AddressPlan | None = None,
        wire: Wire | None = None,
        port: int = FIRST_PORT,
        racks: Racks | None = None,
        pair: str = ACROSS,
    ) -> Topology:
        """`nodes` nodes with `pods` pods each, whose servers' ports begin at `port`; with `racks`, as many nodes as these
        have."""
        plan = addresses or AddressPlan()
        if racks:
            nodes, plan = racks.nodes, plan.in_racks(racks)
        return cls(
            tuple(Node(i) for i in range(1, nodes + 1)),
            tuple(Pod(n, p) for n in range(1, nodes + 1) for p in range(1, pods + 1)),
            plan,
            wire or Wire(),
            port,
            racks=racks,
            pair=pair,
        )
