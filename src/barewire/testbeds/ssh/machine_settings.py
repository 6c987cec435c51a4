"""The settings of a machine during a study, on the machine: those of `kernel.tuning`, with its ledger, lock and guard process.

They are put back when the study ends, by the guard when the agent dies, and after the death of both by the next agent. The ledger
is that of a barewire on the machine itself, so two of them never change the same settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from barewire.kernel import tuning
from barewire.kernel.tuning import irq
from barewire.kernel.tuning.hold import Hold, recover
from barewire.kernel.tuning.setting import Setting, Tree
from barewire.testbeds.ssh.frames import MachineTuning


class MachineSettings:
    """What one agent holds of its machine's settings."""

    def __init__(self) -> None:
        self._tree = Tree()
        self._hold = Hold(self._tree)
        self._settings: list[Setting] = []
        self._profile = ""

    def remember_card(self, name: str) -> None:
        """Note the interrupts of a card before it is moved out of sight, and recover what a dead study has left."""
        recover()
        self._tree = replace(self._tree, interrupts=tuple(irq.interrupts(name, self._tree)))

    def apply(self, wanted: Mapping[str, object], profile: str) -> MachineTuning:
        """Make the machine as the table `wanted` of a profile says, and nothing else of ours."""
        recover()
        self._settings, self._profile = tuning.settings(wanted, self._tree), profile
        outcomes = self._hold.apply(self._settings, profile)
        return MachineTuning(tuple(outcomes), self._tree.online(), self._tree.first_of_nodes())

    def renew(self) -> None:
        """Set again what is no longer as wanted: a driver may place a card's interrupts anew when the card is set up."""
        if self._settings:
            self._hold.apply(self._settings, self._profile)

    def release(self) -> list[str]:
        """Put everything back; what could not be."""
        self._hold.release()
        return [f"{one.entry.name} was {one.entry.before} and stays: {one.detail}" for one in self._hold.left]

    def abandon(self) -> None:
        """In a forked child: hold nothing of it."""
        self._hold.abandon()
