"""CPU topology and noise: hardware threads that share a core, device interrupts, and idle states.

Read from sysfs and /proc/interrupts, below another root for tests. What a kernel does not report (a VM has no idle states, most
containers still show all of it) is left empty. Interrupts are those of devices, the numbered rows of /proc/interrupts: the
others (timers, calls from CPU to CPU) follow what runs on a CPU and not where it was asked to run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from barewire.kernel.tuning.setting import Tree, cpus

_CPU = "/sys/devices/system/cpu"
_LIMITS = (
    "/sys/module/intel_idle/parameters/max_cstate",
    "/sys/module/processor/parameters/max_cstate",
    "/sys/module/intel_idle/parameters/states_off",
)
"""Kernel parameters that limit idle states, by the module that has them."""

CLEARLY = 1.25
"""A CPU has the most interrupts if it has that many times those of the next: else two runs would choose by chance."""


@dataclass(frozen=True, slots=True)
class IdleState:
    """One state of `cpuidle`: its name, how long it takes to leave (us), and whether it is switched off."""

    name: str
    latency_us: int
    disabled: bool


@dataclass(frozen=True, slots=True)
class Processors:
    """`siblings`: the hardware threads of each CPU's core, itself among them; `interrupts`: by CPU, since the boot;
    `idle`: its idle states; `idle_limits`: kernel parameters that limit them, by path."""

    siblings: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    interrupts: Mapping[int, int] = field(default_factory=dict)
    idle: Mapping[int, tuple[IdleState, ...]] = field(default_factory=dict)
    idle_limits: Mapping[str, str] = field(default_factory=dict)

    @property
    def most_interrupted(self) -> int | None:
        """The CPU that clearly has the most interrupts; None where there is no such one."""
        ranked = sorted(self.interrupts, key=lambda cpu: self.interrupts[cpu], reverse=True)
        if len(ranked) < 2 or self.interrupts[ranked[0]] <= CLEARLY * self.interrupts[ranked[1]]:
            return None
        return ranked[0]

    def same_core(self, cpu: int) -> frozenset[int]:
        """The CPUs of one core, `cpu` among them."""
        return frozenset((cpu, *self.siblings.get(cpu, ())))


def read(tree: Tree | None = None) -> Processors:
    """Everything about the CPUs that are on."""
    tree = tree or Tree()
    online = tree.online()
    shared = {cpu: cpus(tree.text(f"{_CPU}/cpu{cpu}/topology/thread_siblings_list")) for cpu in online}
    return Processors(
        {cpu: found for cpu, found in shared.items() if found},
        interrupts(tree),
        {cpu: found for cpu in online if (found := _idle(tree, cpu))},
        {path: text for path in _LIMITS if (text := tree.text(path))},
    )


def interrupts(tree: Tree | None = None) -> dict[int, int]:
    """Interrupts of devices by CPU since the boot; empty where /proc/interrupts cannot be read."""
    lines = (tree or Tree()).text("/proc/interrupts").splitlines()
    if not lines:
        return {}
    names = [int(word.removeprefix("CPU")) for word in lines[0].split()]
    counts = dict.fromkeys(names, 0)
    for line in lines[1:]:
        label, _, rest = line.partition(":")
        if label.strip().isdecimal():
            for cpu, word in zip(names, rest.split(), strict=False):
                counts[cpu] += int(word)
    return counts


def _idle(tree: Tree, cpu: int) -> tuple[IdleState, ...]:
    found = []
    for path in tree.glob(f"{_CPU}/cpu{cpu}/cpuidle/state[0-9]*"):
        latency = tree.text(f"{path}/latency")
        found.append(
            IdleState(tree.text(f"{path}/name"), int(latency or 0), tree.text(f"{path}/disable") not in ("", "0"))
        )
    return tuple(found)
