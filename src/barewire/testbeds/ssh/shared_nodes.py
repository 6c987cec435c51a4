"""The part of a lab whose node is a machine's own network namespace (`%eth0:shared`); its pods have namespaces as everywhere.

What may be put there is decided by `shared`, and taken away by the guard of the card (`own_namespace`). Here the study's names
become the machine's and back, and what others do in that namespace is kept out of what the lab is judged by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import ip_interface
from typing import ClassVar

from barewire.errors import PrerequisiteError
from barewire.kernel.counters import Counters
from barewire.kernel.engine import Applied
from barewire.kernel.taps import Frame
from barewire.model.expectation import MARK
from barewire.model.objects import DesiredState
from barewire.model.observed import ObservedLink
from barewire.testbeds.ssh import shared
from barewire.testbeds.ssh.nodes import MachineNamespaces
from barewire.testbeds.testbed import Command


class SharedNamespaces(MachineNamespaces):
    """The node `name` is the machine's own namespace."""

    _opened: ClassVar[tuple[object, ...]] = (True,)
    _ours: frozenset[str] = frozenset()
    """Names of the lab's links in that namespace, as the machine has them."""
    _texts: tuple[bytes, ...] = (MARK, MARK[::-1])
    """What the frames have in them that are looked at."""

    def apply(self, desired: DesiredState) -> Applied:
        """As everywhere, but of the machine's own namespace only what may be there, and the card's addresses by the guard."""
        own = desired.objects.get(self.name)
        card = self.line.target.nic
        things = {
            space: tuple(shared.renamed(space, thing, self.name, card) for thing in wanted)
            for space, wanted in desired.objects.items()
            if space != self.name
        }
        if own is None:
            return super().apply(DesiredState(things))
        part = shared.part_of(self.name, own, desired, card)
        if not self._has_card:
            self.line.ask("share", part)
            self._has_card = True
            self._ours = frozenset({card, *part.links})
            nodes = [ip_interface(one).network for one in part.addresses]
            self._texts = (
                MARK,
                MARK[::-1],
                *(_beginning(one.network_address.packed, one.prefixlen) for one in nodes),
            )
        return super().apply(DesiredState({self.name: part.things, **things}, {self.name: shared.OWN}))

    def watch(self) -> None:
        """Of the machine's own traffic nothing is looked at: only packets of a proof, and those between the lab's nodes."""
        self.half("watch", {self.name: self._texts})

    def drain(self) -> tuple[Frame, ...]:
        return tuple(
            replace(frame, dev=self._name(frame.namespace, frame.dev)) if frame.namespace == self.name else frame
            for frame in super().drain()
        )

    def kinds(self) -> dict[str, dict[str, str]]:
        return {
            space: {self._name(space, dev): kind for dev, kind in found.items()}
            for space, found in super().kinds().items()
        }

    def links(self) -> dict[str, tuple[ObservedLink, ...]]:
        """Those of the lab."""
        return {space: tuple(self._observed(space, found)) for space, found in super().links().items()}

    def counters(self, node: str = "") -> Counters:
        """What links of the machine drop that are not the lab's is left out, and so are changes of others."""
        found = super().counters(node)
        drops = {
            (space, self._name(space, dev), direction, reason): count
            for (space, dev, direction, reason), count in found.drops.items()
            if space != self.name or dev in self._ours
        }
        changes = {
            space: tuple(one for one in some if space != self.name or self._ours & set(one.split()))
            for space, some in found.changes.items()
        }
        return replace(found, drops=drops, changes={space: some for space, some in changes.items() if some})

    def offloads(self, namespace: str, dev: str) -> dict[str, bool]:
        return super().offloads(namespace, self._real(namespace, dev))

    def without_offloads(self, namespace: str, dev: str) -> None:
        raise PrerequisiteError(
            "offloads of a card that the machine goes on using are not switched off", where=self.line.target.host,
            remedy="Leave tcp-stream out, give --wire offloads=on, or use a spare card",
        )  # fmt: skip

    def spawn(self, command: Command) -> int:
        if command.on_node:
            raise PrerequisiteError(
                "programs that build networks are not run in a machine's own namespace", where=self.line.target.host,
                remedy="Use a spare card",
            )  # fmt: skip
        return super().spawn(command)

    def _observed(self, space: str, found: Iterable[ObservedLink]) -> Iterable[ObservedLink]:
        for one in found:
            if space != self.name or one.name in self._ours:
                peer, parent = (end and (end[0], self._name(*end)) for end in (one.peer, one.parent))
                yield replace(one, name=self._name(space, one.name), peer=peer, parent=parent)

    @property
    def _names(self) -> Mapping[str, str]:
        return shared.names_of(self.line.target.nic)

    def _name(self, space: str, dev: str) -> str:
        """What the study calls a link."""
        return self._names.get(dev, dev) if space == self.name else dev

    def _real(self, space: str, dev: str) -> str:
        """What the machine calls it."""
        return next((real for real, ours in self._names.items() if ours == dev), dev) if space == self.name else dev


def _beginning(packed: bytes, prefix: int) -> bytes:
    """The whole bytes that all addresses of a network begin with."""
    return packed[: prefix // 8]
