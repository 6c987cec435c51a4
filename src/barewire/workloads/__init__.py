"""Workloads: the traffic of a study. One module each; the module is the registration.

A workload states everything that other code needs to know of it: which loads a plan makes of it, what serves it, how it runs by
either clock, its metrics, what is counted under the counted clock, and how it is titled. `definition` has the base class and what
workloads share, `generator` the driver of `barewire-load`, `servers` what answers.

    workloads.every()             all of them, in the order in which they are shown
    workloads.by_load("tcp-rr")   the workload that a load of a trial belongs to, by its name

Modules are imported at the first call, so that the command line starts fast.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from barewire.workloads.definition.workload import Workload


def names() -> tuple[str, ...]:
    """The names of all workloads, in alphabetical order. Nothing is imported: their files have the same names."""
    return tuple(sorted(one.name.replace("_", "-") for one in iter_modules(__path__) if not one.ispkg))


@cache
def every() -> tuple[Workload, ...]:
    """Every workload, in the order in which they are shown."""
    modules = (import_module(f"{__name__}.{one.name}") for one in iter_modules(__path__) if not one.ispkg)
    return tuple(sorted((module.WORKLOAD for module in modules), key=lambda one: (one.order, one.name)))


@cache
def by_name(name: str) -> Workload:
    """The workload of this name; KeyError for none."""
    return {one.name: one for one in every()}[name]


@cache
def by_load(load: str) -> Workload:
    """The workload of a load by the load's name; `UNKNOWN` for one that a later version added."""
    from barewire.workloads.definition.workload import UNKNOWN

    return next((one for one in every() if one.names(load)), UNKNOWN)
