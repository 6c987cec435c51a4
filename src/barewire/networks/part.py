"""What a part of a network is.

A part is a class in one file of `attach/`, `transport/` or `policy/`, found by its file (or by an entry point of
the groups `barewire.attach`, `barewire.transport`, `barewire.policy`). It computes wanted kernel
objects for one node, one pod on it and one peer, and states what it needs and promises; it does nothing.
`fold.py` makes a node or a whole lab of its answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, Self

from barewire.errors import NetworkError
from barewire.model.expectation import Encapsulation, Target, WireExpectation
from barewire.model.leases import Lease, NodeView, PodLease
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress, KernelObject

Delivery = Literal["node", "routed", "blocks", "parent", "l2", "programs", "switch"]
"""Where a pod's address answers: it is the node's own (`node`); behind the node (`routed`); behind the node and out of blocks of
addresses that are no subnet of the node's (`blocks`); behind the node's interface on the wire, which alone can carry its packets
(`parent`); on the wire itself (`l2`); behind programs on the node's links (`programs`); behind a port of Open vSwitch, whose
flows alone decide (`switch`)."""

NO_RULES = "none"
"""The policy part without rules, and what a transport says that puts none on a node."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of a part for people: a summary, layer 2 requirements, and required privileges."""

    summary: str
    l2: str
    privileges: str


class Part(Protocol):
    """What all parts share."""

    name: ClassVar[str]
    families: ClassVar[frozenset[int]]
    """The IP families that it can carry; a lab with another one is refused."""

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        """The part with its options; NetworkError for one that it does not take."""
        ...

    @property
    def facts(self) -> Facts: ...

    @property
    def needs(self) -> frozenset[str]:
        """Kernel features, by the names that `kernel.features` probes."""
        ...

    @property
    def crosses(self) -> frozenset[str]:
        """Kinds of the links that every packet crosses because of this part; neither the wire's ends nor the link of an
        encapsulation count."""
        ...


class Attach(Part, Protocol):
    """How a pod gets its interface."""

    @property
    def delivery(self) -> Delivery: ...

    def pod_namespace(self, pod: Pod) -> str: ...
    def tapped_last(self, pod: Pod) -> str:
        """The namespace of the last tap that sees a packet for `pod`: the pod's, if the kernel hands it to a link there."""
        ...

    def pod_address(self, topology: Topology, pod: Pod, family: int) -> IPAddress: ...
    def node(self, view: NodeView) -> Sequence[KernelObject]:
        """What the node holds however many pods it has."""
        ...

    def pod(self, view: NodeView, pod: PodLease) -> tuple[Sequence[KernelObject], Sequence[KernelObject]]:
        """What one pod takes: objects of the node, and objects of the pod's namespace."""
        ...


class Transport(Part, Protocol):
    """How packets reach pods on other nodes."""

    carries: ClassVar[frozenset[Delivery]]
    per_peer: ClassVar[bool]
    """Whether a node holds anything for each other node."""
    rules: ClassVar[str]
    """The policy part that has, alone, the rules this transport puts on every node, or `none`: what they cost any
    process of the node is then measured by that part on the host's own network."""

    @property
    def wants_switch(self) -> bool:
        """Whether it needs a router on the wire, where the nodes are on one segment."""
        ...

    @property
    def joins_segments(self) -> bool:
        """Whether nodes may be on different segments, with routers between that know the nodes' addresses alone."""
        ...

    def encapsulation(self, family: int) -> Encapsulation:
        """What stands around a pod's packet of `family` on the wire. The proof holds every lab to it, and the network derives
        the pods' MTU, the link that packets cross and what the kernel needs for it."""
        ...

    def check(self, topology: Topology) -> None:
        """NetworkError when so many nodes are more than the transport takes."""
        ...

    def node(self, view: NodeView) -> Sequence[KernelObject]:
        """What the node holds however many peers it has."""
        ...

    def peer(self, view: NodeView, peer: Lease) -> Sequence[KernelObject]:
        """What the node holds for one other node, by that node's lease; asked only if `per_peer`."""
        ...

    # A transport may have `shares_peers(view)` too: whether `peer` returns the same for every node of a lab, which then asks once
    # for each peer and not once for each pair of nodes; `peers(view, peers)`: what the node holds for all other nodes together,
    # a daemon that knows them; `routers(racks, routers, leases, plan)`: what each router between racks holds, where static
    # routes do not do; `addresses(topology)`: an address plan of its own for the pods of a lab; and `joins_clusters`: whether
    # nodes of one cluster reach the pods of another (without it they do not).

    def router(self, view: NodeView, leases: Sequence[Lease]) -> Sequence[KernelObject]:
        """What a router on the wire holds for all nodes, for a transport with `wants_switch`; `view` is any node's."""
        ...

    def target(self, topology: Topology, pod: Pod, address: IPAddress, port: int) -> Target: ...
    def wire(
        self,
        topology: Topology,
        source: Pod,
        destination: Pod,
        source_address: IPAddress,
        destination_address: IPAddress,
    ) -> WireExpectation: ...


class Policy(Part, Protocol):
    """What a node's netfilter does with packets: policy, masquerading, connection tracking."""

    def node(self, view: NodeView) -> Sequence[KernelObject]: ...


def no_options(part: str, options: Mapping[str, str]) -> None:
    """NetworkError when a part that takes no options is given one."""
    known_options(part, options, ())


def known_options(part: str, options: Mapping[str, str], known: tuple[str, ...]) -> None:
    """NetworkError for the first option that is not in `known`."""
    for option in options:
        if option not in known:
            takes = f"It takes {', '.join(known)}" if known else "It takes none"
            raise NetworkError(f"{part} has no option {option}", remedy=takes)


def device_option(part: str, options: Mapping[str, str], default: str) -> str:
    """The option `dev`, a link's name; NetworkError for one that the kernel refuses."""
    name = options.get("dev", default)
    if not 0 < len(name) <= 15 or name in (".", "..") or any(sign.isspace() or sign in "/:" for sign in name):
        raise NetworkError(
            f"dev={name} does not fit {part}", remedy=f"Write a name of at most 15 characters, like dev={default}"
        )
    return name


def flag_option(part: str, options: Mapping[str, str], option: str) -> bool:
    """Whether an option without a value is given; NetworkError when it has one."""
    if options.get(option):
        raise NetworkError(f"{option}={options[option]} does not fit {part}", remedy=f"Write {option} without a value")
    return option in options


def number_option(part: str, options: Mapping[str, str], option: str, default: int, low: int, high: int) -> int:
    """The option as a number; NetworkError when it is none, or outside `low` to `high`."""
    text = options.get(option, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise NetworkError(
            f"{option}={text} does not fit {part}",
            remedy=f"Write a whole number from {low} to {high}, like {option}={default}",
        )
    return int(text)
