"""Where workloads run: client and server of a lab, their CPUs and ports, and what is the same for all trials of a study."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from barewire.lab.pinning import Pinning
from barewire.model.addresses import AddressPlan
from barewire.model.expectation import Target
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress
from barewire.records import LayoutRecord

if TYPE_CHECKING:
    # They bring the kernel's interfaces, which a report has no use for.
    from barewire.lab.lab import Lab
    from barewire.testbeds.testbed import Testbed


@dataclass(frozen=True, slots=True)
class Layout:
    """The random layout of a block of a counted study. `port` is the first of the first pod's range; `order` the seed of the
    order of namespaces."""

    port: int
    addresses: AddressPlan
    payload: int
    phase_ns: int
    order: int

    def topology(self, topology: Topology) -> Topology:
        """The same nodes, pods and wire with this layout's ports and addresses."""
        addresses = replace(self.addresses, families=topology.addresses.families)
        if topology.racks:
            addresses = addresses.in_racks(topology.racks.nodes)
        return replace(topology, port=self.port, addresses=addresses)

    def record(self) -> LayoutRecord:
        """As a trial keeps it."""
        family = self.addresses.each()[0]
        return LayoutRecord(self.port, str(family.nodes), str(family.pods), self.payload, self.phase_ns, self.order)


@dataclass(frozen=True, slots=True)
class LoadSite:
    """Testbed, topology, CPUs, what 100 % of the rate is by response size, each network's own maximum, and the seconds of a load
    that are left out. By the counted clock, a block's share a layout."""

    testbed: Testbed
    topology: Topology
    pinning: Pinning
    maximum: dict[int, float]
    own: dict[int, dict[str, float]] = field(default_factory=dict)
    warmup_s: float = 0.2
    layout: Layout | None = None

    def with_layout(self, layout: Layout | None) -> Self:
        """The same under a layout; without one as it is."""
        return replace(self, layout=layout, topology=layout.topology(self.topology)) if layout else self

    def rate(self, network: str, size: int, share: float, *, own: bool = False) -> float:
        """The offered rate, in requests per second; for a network without its own maximum rate, the share of the common one."""
        full = self.maximum[size]
        return share * (self.own.get(size, {}).get(network, full) if own else full)

    @property
    def client(self) -> Pod:
        """The pod that sends."""
        return self.topology.ends[0]

    @property
    def server(self) -> Pod:
        """The pod that answers."""
        return self.topology.ends[1]

    @property
    def family(self) -> int:
        return self.topology.addresses.families[0]

    def port(self, offset: int) -> int:
        """A port of the server pod's range."""
        return self.topology.ports(self.server)[offset]

    def target(self, lab: Lab, offset: int) -> Target:
        """What the client must connect to for the server pod's port."""
        return lab.network.target(self.topology, self.server, self.port(offset), self.family)

    def server_address(self, lab: Lab) -> IPAddress:
        """The server pod's own address."""
        return lab.network.pod_address(self.topology, self.server, self.family)
