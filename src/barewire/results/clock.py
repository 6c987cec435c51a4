"""The clock of a run, and the smallest change that it resolves.

By the wall clock the spread of the blocks alone decides how small a change can be found. By the counted clock a nanosecond is one
instruction executed by an emulated CPU: blocks of one run can agree to the last instruction, so an interval can have no width at
all, while two runs of one plan still differ a little. `resolution` is how much; no smaller difference is called one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from barewire import workloads

if TYPE_CHECKING:
    from barewire.records import RunRecord

Clock = Literal["wall", "counted"]

COUNTED: Clock = "counted"
WALL: Clock = "wall"

ADDED = "counted"
"""The run within another's directory that has all networks by the counted clock, where the other's kernel lacked some."""


def resolution(load: str) -> float:
    """The ratio, of a network to the host or of one run to another, that counted runs do not distinguish from 1.

    `load` is the name of the load.
    """
    return workloads.by_load(load).resolution


def clock_of(run: RunRecord) -> Clock:
    """The clock of a run by its `run.json`; runs of earlier versions, which do not say, had the wall's."""
    found = run.plan.get("clock") or run.environment.get("vm", {}).get("clock")
    return COUNTED if found == COUNTED else WALL
