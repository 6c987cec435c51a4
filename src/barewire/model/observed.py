"""Links as they are found in a lab, where nobody planned them."""

from __future__ import annotations

from dataclasses import dataclass

from barewire.model.objects import IPInterface


@dataclass(frozen=True, slots=True)
class ObservedLink:
    """A link with its addresses. `peer` is the other end of a veth pair, `parent` the link that it rides on, each as namespace
    and name; None if there is none, or if it is in a namespace that is not the lab's."""

    name: str
    kind: str
    mtu: int
    up: bool
    addresses: tuple[IPInterface, ...] = ()
    peer: tuple[str, str] | None = None
    parent: tuple[str, str] | None = None
