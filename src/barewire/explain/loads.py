"""The loads that can be explained, by name: those that workloads name for it.

Each is what a counted study runs, but for the layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from barewire import workloads
from barewire.errors import UsageError
from barewire.workloads.definition.workload import ExplainedLoad, Workload


@dataclass(frozen=True, slots=True)
class CountedLoad:
    """A load of `workload`, and how it is explained."""

    workload: Workload
    how: ExplainedLoad

    @property
    def name(self) -> str:
        return self.how.name

    @property
    def operation(self) -> str:
        """What is counted one by one."""
        return self.workload.unit

    @property
    def bundle(self) -> int:
        """Operations that differences in whole numbers are of: enough that a part of one does not vanish."""
        return 1000 if self.how.per_request == 1 else self.how.per_request


@cache
def every() -> dict[str, CountedLoad]:
    """All of them by name, in the order of their ports."""
    found = [CountedLoad(workload, how) for workload in workloads.every() for how in workload.explained]
    return {load.name: load for load in sorted(found, key=lambda load: load.how.port)}


def load(name: str) -> CountedLoad:
    """UsageError for a name that is none."""
    if name not in every():
        raise UsageError(f"there is no load {name!r} to explain", remedy=f"Take one of {', '.join(every())}")
    return every()[name]


def listed(names: str) -> tuple[CountedLoad, ...]:
    """Several by their names with commas between, each once; UsageError as `load`."""
    return tuple(dict.fromkeys(load(name.strip()) for name in names.split(",")))
