"""What a transport promises about packets, as plain data for the proof."""

from __future__ import annotations

from dataclasses import dataclass

from barewire.model.objects import IPAddress


@dataclass(frozen=True, slots=True)
class Encapsulation:
    """A tunnel's header: VXLAN to UDP `port` with `vni`."""

    kind: str
    port: int
    vni: int

    def __str__(self) -> str:
        return f"{self.kind} UDP {self.port} VNI {self.vni}"


@dataclass(frozen=True, slots=True)
class WireExpectation:
    """Addresses on the wire; the inner ones are None without encapsulation. `routed_by` names the namespace of a router
    on the wire that the packet must pass, or is empty."""

    source: IPAddress
    destination: IPAddress
    encapsulation: Encapsulation | None = None
    inner_source: IPAddress | None = None
    inner_destination: IPAddress | None = None
    routed_by: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a client connects to."""

    address: IPAddress
    port: int
