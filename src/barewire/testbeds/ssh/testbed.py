"""The testbed `ssh`: labs whose nodes are machines, joined by network cards that they have.

The machines are logged in to with the first request, and stay so until the testbed is closed; their cards are claimed meanwhile.
Each lab moves them into new namespaces and out again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any, Self

from barewire.errors import BarewireError, NetworkError
from barewire.kernel.card_facts import CardFacts
from barewire.kernel.features import Feature
from barewire.kernel.machine import Machine
from barewire.kernel.tuning.machine import TuningOutcome
from barewire.model.network import WIRE_DEV, Topology, Wire
from barewire.model.objects import DesiredState, KernelObject, Nic
from barewire.testbeds import underlay
from barewire.testbeds.ssh import merged, refusals
from barewire.testbeds.ssh import shared as shared_part
from barewire.testbeds.ssh.frames import MachineActivity
from barewire.testbeds.ssh.line import MachineLine
from barewire.testbeds.ssh.machines_tuning import MachinesTuning
from barewire.testbeds.ssh.nodes import MachineNamespaces, SshNodes
from barewire.testbeds.ssh.shared_nodes import SharedNamespaces
from barewire.testbeds.ssh.target import MACVLAN, SHARED, SshTarget
from barewire.units import Bytes

SSH = "ssh"

Say = Callable[[str], None]


class SshTestbed:
    """Labs on `targets`, of which the first is node `n1`. Use it as a context manager, or `close` it."""

    name = SSH

    def __init__(self, targets: Sequence[SshTarget], *, say: Say = lambda text: None) -> None:
        """`say` is a callback for one line of news."""
        self.targets = tuple(targets)
        self._say = say
        self._lines: list[MachineLine] = []
        self._known: list[dict[str, Any]] = []
        self.cards: tuple[CardFacts, ...] = ()
        """What is known of each machine's card, once it is claimed."""
        self._tuning = MachinesTuning()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Have every machine give back what it lent."""
        lines, self._lines, self.cards = self._lines, [], ()
        for line in lines:
            try:
                for left in line.end():
                    self._say(f"{line.target}: could not be put back: {left}")
            except BarewireError as error:
                self._say(str(error))

    def log_in(self) -> list[MachineLine]:
        """The machines, logged in to."""
        if not self._lines:
            try:
                for target in self.targets:
                    self._lines.append(MachineLine(target))
                refusals.refuse_unlike([one.target.host for one in self._lines], [one.facts for one in self._lines])
                self._tuning.renew(self._lines)
            except BaseException:
                self._drop()
                raise
        return self._lines

    def start(self) -> list[MachineLine]:
        """The machines, logged in to and with their cards claimed."""
        lines = self.log_in()
        if not self.cards:
            try:
                self.cards = tuple(line.ask("claim", line.target.nic, line.target.mode) for line in lines)
            except BaseException:
                self._drop()
                raise
        return lines

    def restart(self) -> None:
        """Log in again: the next lab has other agents and guards."""
        self.close()

    def machine(self) -> Machine:
        """The first machine, with what all can do."""
        return merged.merge_machines(self.machines())

    def machines(self) -> tuple[Machine, ...]:
        """Every node's, as it is now."""
        lines = self.log_in()
        if not self._known:
            self._known = [{"host": one.target.host, "versions": one.ask("versions")} for one in lines]
        cards = [
            {**asdict(facts), "mode": target.mode} for facts, target in zip(self.cards, self.targets, strict=False)
        ]
        found = []
        for number, line in enumerate(lines):
            known = {**self._known[number], "card": cards[number]} if cards else self._known[number]
            found.append(replace(line.ask("machine"), node=known))
        # A machine's own namespace keeps its congestion control, so all other namespaces of the lab get that one.
        kept = next((line.ask("sysctl", shared_part.CONGESTION) for line in lines if line.target.mode == SHARED), "")
        return tuple(replace(one, congestion_control=kept or one.congestion_control) for one in found)

    def tune(self, wanted: Mapping[str, object], profile: str) -> list[TuningOutcome]:
        """Put a profile's machine settings in force on every machine, until the next call or the end of the testbed; what became
        of each. A machine that is logged in to anew gets them again."""
        return self._tuning.apply(self.log_in(), wanted, profile)

    def shared_cpus(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """CPUs that every machine has, and those that are the first of a NUMA node on any."""
        return self._tuning.cpus(self.log_in())

    def watch(self, cpus: Sequence[tuple[int, ...]], seconds: float) -> tuple[MachineActivity, ...]:
        """What happens on each machine, one after another, on these CPUs of it. No card is touched."""
        return tuple(line.ask("watch", own, seconds) for line, own in zip(self.log_in(), cpus, strict=True))

    def usual_wire(self) -> Wire:
        """The wire of a lab that nobody has described: cards that their machines go on using keep their MTU, and a child's cannot
        be above its card's."""
        shared, cards = (
            [line.ask("mtu", line.target.nic) for line in self.log_in() if line.target.mode == mode]
            for mode in (SHARED, MACVLAN)
        )
        return Wire(mtu=Bytes(min(shared))) if shared else Wire(mtu=Bytes(min([Wire().mtu, *cards])))

    def underlay(self, topology: Topology, *, wants_switch: bool) -> DesiredState:
        """The network cards with the nodes' addresses. NetworkError for what cards cannot be: racks, a router on the wire."""
        if len(topology.nodes) != len(self.targets):
            raise NetworkError(
                f"{len(topology.nodes)} nodes cannot be on {len(self.targets)} machines",
                remedy="Each machine is one node: leave the number of nodes out, or name as many machines",
            )
        if topology.racks or wants_switch:
            what = "racks" if topology.racks else "a router on the wire"
            raise NetworkError(
                f"{what} cannot be between machines that are joined by a cable or a switch",
                remedy="Leave it out, or build it on this machine alone: --testbed local",
            )
        pair = [node.name for node in topology.nodes] if len(topology.nodes) == 2 else []
        objects: dict[str, Sequence[KernelObject]] = {}
        for node in topology.nodes:
            peer = next(((other, WIRE_DEV) for other in pair if other != node.name), None)
            card = Nic(WIRE_DEV, int(topology.wire.mtu), peer)
            objects[node.name] = (card, *underlay.node_end(topology, node))
        return DesiredState(objects)

    def refusal(self, name: str, desired: DesiredState, *, programs: bool) -> Feature | None:
        shared, children = (
            [f"n{number}" for number, one in enumerate(self.targets, start=1) if one.mode == mode]
            for mode in (SHARED, MACVLAN)
        )
        found = shared_part.refusal(name, desired, shared, programs=programs) if shared else None
        if found := found or self._unmet(name, desired):
            return found
        return refusals.of_children(name, desired, children)

    def _unmet(self, name: str, desired: DesiredState) -> Feature | None:
        """A setting that the network takes and a machine, in whose own namespace it would be, does not have. Of machines that are
        logged in to."""
        for number, line in enumerate(self._lines, start=1):
            if line.target.mode != SHARED:
                continue
            node = f"n{number}"
            for one in shared_part.part_of(node, desired.objects.get(node, ()), desired, line.target.nic).settings:
                found = line.ask("sysctl", one.key)
                if found.split() != one.value.split():
                    return shared_part.lacking_setting(name, one, found.strip(), line.target.host)
        return None

    @contextmanager
    def open(self) -> Iterator[SshNodes]:
        """A lab for the body of the `with`; one at a time."""
        lines = self.start()
        described = self.machines()
        parts: list[MachineNamespaces] = []
        try:
            for number, (line, machine) in enumerate(zip(lines, described, strict=True), start=1):
                kind = SharedNamespaces if line.target.mode == SHARED else MachineNamespaces
                parts.append(kind(f"n{number}", line, machine))
            yield SshNodes(parts)
        finally:
            self._close(parts)

    def _close(self, parts: Sequence[MachineNamespaces]) -> None:
        """End the lab. A machine that does not answer any more is logged in to anew for the next one, and with it all others."""
        for part in parts:
            try:
                part.close()
            except BarewireError as error:
                self._say(str(error))
                self._drop()
                return

    def _drop(self) -> None:
        lines, self._lines, self.cards = self._lines, [], ()
        for line in lines:
            with contextlib.suppress(BarewireError):
                line.end()
