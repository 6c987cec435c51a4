"""A lab on several machines: each has the part of it whose namespaces are on its node.

Node `n1` is on the first machine, `n2` on the second. What concerns one node is asked of its machine; what concerns all is asked
of each and merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from barewire.errors import KernelError, MeasurementError, PrerequisiteError
from barewire.kernel.counters import Counters
from barewire.kernel.daemon_usage import DaemonUsage
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.kernel.machine import Machine
from barewire.kernel.taps import Frame
from barewire.kernel.wireguard import Owner
from barewire.model.objects import DesiredState, LearnedRoute, Nic
from barewire.model.observed import ObservedLink
from barewire.model.reported import Convergence
from barewire.model.settings import Sysctl
from barewire.model.stages import of_device
from barewire.testbeds.inside.init import Inside
from barewire.testbeds.requests import LabNamespaces, NamespaceNode
from barewire.testbeds.ssh import conversation, merged, public_keys, refusals
from barewire.testbeds.ssh.line import MachineLine
from barewire.testbeds.testbed import Exchange, Seen


class MachineNamespaces(LabNamespaces):
    """The part of a lab that is on one machine."""

    _opened: ClassVar[tuple[object, ...]] = ()
    """How the agent opens it."""

    def __init__(self, name: str, line: MachineLine, machine: Machine) -> None:
        """Open it; `name` is the node's."""
        self.name, self.line = name, line
        self._connection, self._machine = line, lambda: machine
        self._has_card = False
        line.new_lab()
        self.init_pid, self.privilege = line.ask("open", *self._opened)

    def apply(self, desired: DesiredState) -> Applied:
        """As everywhere, with the network card moved in when it is wanted first: after the settings that it inherits."""
        for namespace, wanted in desired.objects.items():
            cards = [thing for thing in wanted if isinstance(thing, Nic)]
            if cards and not self._has_card:
                # Those of a link come with it, and there is none yet.
                inherited = tuple(one for one in wanted if isinstance(one, Sysctl) and not of_device(one))
                super().apply(DesiredState({namespace: inherited}))
                self.line.ask("give", namespace, int(cards[0].mtu))
                self._has_card = True
        return super().apply(desired)

    def require_carrier(self) -> None:
        """MeasurementError unless the network card has a link, if there is one in the lab."""
        if self._has_card and not self.line.ask("await_carrier"):
            raise refusals.no_carrier(f"{self.line.target.nic} of {self.line.target.host}")

    def program(self, name: str, folders: str = "") -> str:
        try:
            return self._ask(Inside.program, name, folders)
        except PrerequisiteError as error:
            raise refusals.placed(error, self.line.target.host) from error

    def counters(self, node: str = "") -> Counters:
        """With what the network card threw away, which no counter of a namespace's interfaces has."""
        found = super().counters(node)
        dropped = self.line.ask("card_drops") if self._has_card else {}
        return replace(
            found, kernel_drops={**found.kernel_drops, **{(self.name, key): count for key, count in dropped.items()}}
        )

    def watch(self) -> None:
        """Capture from now on."""
        self.half("watch")

    def drain(self) -> tuple[Frame, ...]:
        """The frames since the last call."""
        found: tuple[Frame, ...] = self.half("drain")
        return found

    def half(self, method: str, *arguments: Any) -> Any:
        """One step of an exchange (`inside.halves`); OSError with what the kernel there said."""
        value, failed = self._ask(Inside.half, method, *arguments)
        if failed:
            raise OSError(failed)
        return value

    def public_keys(self) -> dict[Owner, str]:
        """Those of the WireGuard interfaces here."""
        return self._ask(Inside.public_keys)

    def learn_keys(self, keys: Mapping[Owner, str]) -> None:
        """Those of other machines' interfaces."""
        self._ask(Inside.learn_keys, dict(keys))

    def kinds(self) -> dict[str, dict[str, str]]:
        """The kind of every link here."""
        return self._ask(Inside.kinds)

    def close(self) -> None:
        """End it; a machine that is gone has ended it already."""
        self.line.ask("close")

    def _lost(self) -> MeasurementError:
        return self.line.lost_lab()


class SshNodes:
    """See `testbeds.testbed.LabNodes` for the operations."""

    privilege = "root"

    def __init__(self, parts: Sequence[MachineNamespaces]) -> None:
        self._parts = {part.name: part for part in parts}
        self.init_pid: int = parts[0].init_pid

    def node(self, namespace: str) -> NamespaceNode:
        name = namespace.partition("-")[0]
        return NamespaceNode(name, self._part(name))

    def apply(self, desired: DesiredState) -> Applied:
        """Machine by machine; then the cards must have a link, which they get when both are up."""
        found: list[Applied] = []
        if public_keys.has_peers(desired):
            first = public_keys.without_unknown_peers(desired, public_keys.publish(self._parts.values()))
            if _count(first) < _count(desired):
                found += self._apply(first)
                public_keys.publish(self._parts.values())
        found += self._apply(desired)
        for part in self._parts.values():
            part.require_carrier()
        return merged.merge_applied(found)

    def _apply(self, desired: DesiredState) -> list[Applied]:
        found = []
        for name, part in self._parts.items():
            own = {one: things for one, things in desired.objects.items() if one.partition("-")[0] == name}
            if own:
                found.append(part.apply(DesiredState(own)))
        for strange in desired.objects:
            self._part(strange.partition("-")[0])
        return found

    def await_daemons(self, seconds: float) -> Convergence:
        return merged.merge_convergence([part.await_daemons(seconds) for part in self._parts.values()])

    def await_learned(self, wanted: Mapping[str, Sequence[LearnedRoute]], seconds: float) -> dict[str, int]:
        """Each time is by the clock of its own machine."""
        found: dict[str, int] = {}
        for name, part in self._parts.items():
            own = {one: routes for one, routes in wanted.items() if one.partition("-")[0] == name}
            found |= part.await_learned(own, seconds) if own else {}
        return found

    def daemon_usage(self) -> tuple[DaemonUsage, ...]:
        return tuple(one for part in self._parts.values() for one in part.daemon_usage())

    def kill_daemons(self, namespace: str) -> None:
        self._part(namespace.partition("-")[0]).kill_daemons(namespace)

    def probe(self, names: Iterable[str]) -> dict[str, Feature]:
        wanted = tuple(names)
        return merged.merge_features({part.line.target.host: part.probe(wanted) for part in self._parts.values()})

    def links(self) -> dict[str, tuple[ObservedLink, ...]]:
        return {name: links for part in self._parts.values() for name, links in part.links().items()}

    def keep_settings(self, wanted: Sequence[Sysctl]) -> None:
        for part in self._parts.values():
            part.keep_settings(wanted)

    def exchange(self, wanted: Sequence[Exchange]) -> tuple[Seen, ...]:
        return conversation.hold(self._parts, wanted)

    def counters(self) -> Counters:
        return merged.merge_counters({name: part.counters() for name, part in self._parts.items()})

    def _part(self, name: str) -> MachineNamespaces:
        part = self._parts.get(name)
        if part is None:
            raise KernelError(f"there is no node {name}", said=f"there are {', '.join(self._parts)}")
        return part


def _count(desired: DesiredState) -> int:
    return sum(map(len, desired.objects.values()))
