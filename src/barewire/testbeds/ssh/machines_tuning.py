"""The machine settings of a tuning on several machines: put in force on each, and again on one that is logged in to anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from barewire.errors import MeasurementError
from barewire.kernel.tuning.machine import TuningOutcome
from barewire.testbeds.ssh.frames import MachineTuning
from barewire.testbeds.ssh.line import MachineLine


class MachinesTuning:
    """What is in force; nothing at first."""

    def __init__(self) -> None:
        self._wanted: Mapping[str, object] = {}
        self._profile = ""
        self._outcomes: list[TuningOutcome] = []

    def apply(self, lines: Sequence[MachineLine], wanted: Mapping[str, object], profile: str) -> list[TuningOutcome]:
        """Put `wanted` in force on every machine instead of what was; what became of each setting, by node."""
        if wanted or self._wanted:
            self._wanted, self._profile = wanted, profile
            self._outcomes = self._ask(lines)
        return self._outcomes

    def renew(self, lines: Sequence[MachineLine]) -> None:
        """Put what is in force in force on machines with new agents; MeasurementError if it cannot be as it was."""
        if not self._wanted:
            return
        found = {(one.node, one.setting.path): one for one in self._ask(lines)}
        lost = [one for one in self._outcomes if one.met and not found[one.node, one.setting.path].met]
        if lost:
            raise MeasurementError(
                f"the tuning {self._profile} cannot be applied again",
                said="; ".join(f"{one.setting.name} of {one.node}'s machine" for one in lost),
                remedy="See what else changes that machine's settings, and continue with --resume",
            )

    def cpus(self, lines: Sequence[MachineLine]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """CPUs that all machines have, and those that are the first of a NUMA node on any. What is in force stays."""
        found = [self._tuned(line) for line in lines]
        common = set(found[0].cpus).intersection(*(one.cpus for one in found))
        return tuple(sorted(common)), tuple(sorted({cpu for one in found for cpu in one.firsts}))

    def _ask(self, lines: Sequence[MachineLine]) -> list[TuningOutcome]:
        return [
            replace(outcome, node=f"n{number}")
            for number, line in enumerate(lines, start=1)
            for outcome in self._tuned(line).outcomes
        ]

    def _tuned(self, line: MachineLine) -> MachineTuning:
        found: MachineTuning = line.ask("tune", dict(self._wanted), self._profile)
        return found
