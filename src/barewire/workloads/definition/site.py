"""Where workloads run: CPUs and ports of client and server, and what is the same for all trials of a study."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

from barewire.lab.pinning import Pinning
from barewire.model.addresses import AddressPlan
from barewire.model.network import FIRST_PORT, Topology
from barewire.records import LayoutRecord


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
            addresses = addresses.in_racks(topology.racks)
        return replace(topology, port=self.port, addresses=addresses)

    def record(self) -> LayoutRecord:
        """As a trial keeps it."""
        family = self.addresses.each()[0]
        return LayoutRecord(self.port, str(family.nodes), str(family.pods), self.payload, self.phase_ns, self.order)


@dataclass(frozen=True, slots=True)
class LoadSite:
    """CPUs, what 100 % of the rate is by response size, the first of the server's ports, each network's own maximum, the seconds
    of a load that are left out, and the delay of the wire, one way. By the counted clock, a block's share a layout."""

    pinning: Pinning
    maximum: dict[int, float]
    first_port: int = FIRST_PORT
    own: dict[int, dict[str, float]] = field(default_factory=dict)
    warmup_s: float = 0.2
    delay_ns: int = 0
    layout: Layout | None = None

    def with_layout(self, layout: Layout | None) -> Self:
        """The same under a layout; without one as it is."""
        return replace(self, layout=layout, first_port=layout.port) if layout else self

    def rate(self, network: str, size: int, share: float, *, own: bool = False) -> float:
        """The offered rate, in requests per second; for a network without its own maximum rate, the share of the common one."""
        full = self.maximum[size]
        return share * (self.own.get(size, {}).get(network, full) if own else full)

    def port(self, offset: int) -> int:
        """One of the server's ports."""
        return self.first_port + offset
